/** The check of what STS answered, before anyone relies on it: the right role, for a session, and not over already. */
import { KeyferryError } from './errors.ts'
import { assumedRoleParts, effectiveRole, roleParts, type ExchangeOptions } from './exchange.ts'
import type { AssumedRole, Clock, SessionCredentials } from './ports.ts'

/** The credentials in `assumed`. Throws EXCHANGE_IMPLAUSIBLE if they cannot be what `exchange` asked for. */
export function checkMinted(
  assumed: AssumedRole,
  exchange: ExchangeOptions,
  clock: Clock = Date,
): SessionCredentials {
  const doubt = doubtAbout(assumed, exchange, clock.now())
  if (doubt === undefined) return assumed.credentials
  const resource = effectiveRole(exchange)
  throw new KeyferryError(
    'EXCHANGE_IMPLAUSIBLE',
    `What STS answered for ${resource} is not what was asked for: ${doubt}. Nothing was stored or handed out.`,
    { resource },
  )
}

function doubtAbout(
  { credentials, assumedRoleArn }: AssumedRole,
  exchange: ExchangeOptions,
  now: number,
): string | undefined {
  const asked = roleParts(effectiveRole(exchange))
  const { accountId, name } = assumedRoleParts(assumedRoleArn) ?? {}
  if (accountId === undefined) return 'the ARN in the answer is not one of an assumed role'
  if (accountId !== asked.accountId || credentials.accountId !== asked.accountId)
    return `it is for account ${accountId === asked.accountId ? credentials.accountId : accountId}`
  if (name !== asked.name) return `it is for the role ${name}`
  if (credentials.accessKeyId.startsWith('AKIA')) return 'it is a long-term key'
  if (!credentials.sessionToken) return 'it has no session token'
  const expiresAt = credentials.expiration.getTime()
  if (Number.isNaN(expiresAt)) return 'its expiration is not a time'
  if (expiresAt <= now)
    return `it expired at ${credentials.expiration.toISOString()}; check this machine's clock`
  return undefined
}
