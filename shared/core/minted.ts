/** The check of what STS answered, before anyone relies on it: the right role, for a session, and not over already. */
import { KeyferryError } from './errors.ts'
import { durationSecondsOf, effectiveRole, roleParts, type ExchangeOptions } from './exchange.ts'
import { MINUTE_MS, SECOND_MS } from './limits.ts'
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
  // An assumed-role ARN has the role's name without its path.
  const [, accountId, name] =
    /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(assumedRoleArn) ?? []
  if (accountId === undefined) return 'the ARN in the answer is not one of an assumed role'
  if (accountId !== asked.accountId || credentials.accountId !== asked.accountId)
    return `it is for account ${accountId === asked.accountId ? credentials.accountId : accountId}`
  if (name !== asked.name) return `it is for the role ${name}`
  if (credentials.accessKeyId.startsWith('AKIA')) return 'it is a long-term key'
  if (!credentials.sessionToken) return 'it has no session token'
  const expiresAt = credentials.expiration.getTime()
  if (!(expiresAt > now)) return `it expired at ${timeOf(expiresAt)}; check this machine's clock`
  // Readers refuse an IssuedAt that is further ahead, so nobody could use it.
  if (expiresAt - durationSecondsOf(exchange) * SECOND_MS > now + 5 * MINUTE_MS)
    return `it expires at ${timeOf(expiresAt)}, over 5 minutes later than asked; check this machine's clock`
  return undefined
}

function timeOf(ms: number): string {
  return Number.isNaN(ms) ? 'an unreadable time' : new Date(ms).toISOString()
}
