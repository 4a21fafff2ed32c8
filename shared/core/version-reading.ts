/** One version of the secret as a reader finds it: of use, or with the reason why not. */
import { isKeyferryError, KeyferryError } from './errors.ts'
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

// The text of the state names the version that `latest` stands for.
function numberIn({ resource = '', message }: KeyferryError): number {
  return Number(/\/versions\/(\d+)/.exec(`${resource} ${message}`)?.[1] ?? 0)
}

function expiredProblem(
  { credentials: { expiration } }: StoredCredentials,
  version: number,
  clock: Clock,
): KeyferryError | undefined {
  if (expiration.getTime() - EXPIRY_MARGIN_MS > clock.now()) return undefined
  return new KeyferryError(
    'CREDENTIALS_EXPIRED',
    `Version ${version} of the secret holds credentials that expired at ${expiration.toISOString()}. The scheduled refresh is overdue: run \`keyferry refresh\` and look at its error.`,
  )
}
