/** One version of the secret as a reader finds it: of use, or with the reason why not. */
import { latestOf } from './clock-skew.ts'
import { isKeyferryError, KeyferryError } from './errors.ts'
import { effectiveRole, grantOf, type ExchangeOptions } from './exchange.ts'
import { SECOND_MS } from './limits.ts'
import { decodePayload, type StoredCredentials } from './payload.ts'
import type { Clock, SecretStore, SecretVersion } from './ports.ts'

/** Requests are in flight for a while: credentials count as expired this long before their expiration. */
export const EXPIRY_MARGIN_MS: number = 5 * SECOND_MS

export interface VersionReading {
  /** 0 where `latest` has a problem and did not say which number it is. */
  readonly version: number
  /** What it holds, also where that is expired or refused. Absent where it cannot be read as credentials. */
  readonly stored?: StoredCredentials
  /** Why it is of no use: SECRET_DISABLED, SECRET_DESTROYED, SECRET_MALFORMED, CREDENTIALS_EXPIRED, …; absent where it is. */
  readonly problem?: KeyferryError
}

export interface UsableVersion extends VersionReading {
  readonly stored: StoredCredentials
  readonly problem?: never
}

export interface VersionReader {
  readonly clock: Clock
  /** Why a readable version is of no use to this reader; `undefined` where it is. */
  readonly refuse?: (stored: StoredCredentials, version: number) => KeyferryError | undefined
}

// What these say is said of one version; any other failure is one of reading.
const VERSION_CODES = ['SECRET_NOT_FOUND', 'SECRET_DISABLED', 'SECRET_DESTROYED', 'SECRET_CORRUPT'] as const

/** `undefined`: there is no such version. Rejects where the read itself failed (SECRET_DENIED, SECRET_UNREADABLE, …). */
export async function readVersion(
  secrets: Pick<SecretStore, 'read'>,
  wanted: 'latest' | number,
  { clock, refuse }: VersionReader,
): Promise<VersionReading | undefined> {
  let found: SecretVersion
  try {
    found = await secrets.read(wanted)
  } catch (error) {
    if (!isKeyferryError(error, ...VERSION_CODES)) throw error
    if (error.code === 'SECRET_NOT_FOUND') return undefined
    return { version: wanted === 'latest' ? numberIn(error) : wanted, problem: error }
  }
  const { version } = found
  try {
    const stored = decodePayload(found.payload, clock)
    const problem = refuse?.(stored, version) ?? expiredProblem(stored, version, clock)
    return { version, stored, ...(problem && { problem }) }
  } catch (error) {
    if (!isKeyferryError(error, 'SECRET_MALFORMED', 'SECRET_IMPLAUSIBLE')) throw error
    return { version, problem: error }
  }
}

export function isUsable(reading: VersionReading | undefined): reading is UsableVersion {
  return reading?.stored !== undefined && !reading.problem
}

/** What a reader expects of a secret: what its exchange would give or, without one, the first role that it saw. */
export interface Expectation {
  /** SECRET_NOT_OURS or SECRET_OTHER_GRANT; `undefined` for what is as expected. */
  refuse(stored: StoredCredentials, version: number): KeyferryError | undefined
  /** To be told what was taken. */
  pin(stored: StoredCredentials): void
}

export function expectation(secret: string, exchange: ExchangeOptions | undefined): Expectation {
  const grant = exchange && grantOf(exchange)
  let pinned: { readonly accountId: string; readonly roleArn: string | undefined } | undefined

  return {
    refuse({ credentials: { accountId }, provenance }, version) {
      const where = `Version ${version} of ${secret}`
      if (exchange) {
        if (provenance?.grant === grant) return undefined
        if (!provenance) return notOurs(where, secret)
        return otherGrant(
          `${where} is of ${provenance.roleArn} and may do something else than "exchange" says: ${effectiveRole(exchange)}, ` +
            'with its chain, policies and session name. Make "exchange" and the target of `keyferry refresh` agree.',
          secret,
        )
      }
      const roleArn = pinned?.roleArn ?? provenance?.roleArn
      if (!pinned || (accountId === pinned.accountId && provenance?.roleArn === roleArn)) return undefined
      return otherGrant(
        `${where} is of ${provenance?.roleArn ?? `account ${accountId}`}; this process began with ` +
          `${pinned.roleArn ?? `account ${pinned.accountId}`}. Restart it if that is meant, or say in "exchange" what to expect.`,
        secret,
      )
    },
    pin({ credentials, provenance }) {
      pinned = { accountId: credentials.accountId, roleArn: provenance?.roleArn ?? pinned?.roleArn }
    },
  }
}

// The text of the state names the version that `latest` stands for.
function numberIn({ resource = '', message }: KeyferryError): number {
  return Number(/\/versions\/(\d+)/.exec(`${resource} ${message}`)?.[1] ?? 0)
}

function expiredProblem(
  { credentials: { expiration } }: StoredCredentials,
  version: number,
  clock: Clock,
): KeyferryError | undefined {
  if (expiration.getTime() - EXPIRY_MARGIN_MS > latestOf(clock)) return undefined
  return new KeyferryError(
    'CREDENTIALS_EXPIRED',
    `Version ${version} of the secret holds credentials that expired at ${expiration.toISOString()}. The scheduled refresh is overdue: run \`keyferry refresh\` and look at its error.`,
  )
}

function otherGrant(message: string, resource: string): KeyferryError {
  return new KeyferryError('SECRET_OTHER_GRANT', message, { resource })
}

function notOurs(where: string, resource: string): KeyferryError {
  const message =
    `${where} was not written by Keyferry, and does not say what its credentials may do. ` +
    'Let `keyferry refresh` write the secret, or leave out "exchange" to take them as they are.'
  return new KeyferryError('SECRET_NOT_OURS', message, { resource })
}
