/** Stores minted credentials as a new version, and reads it back. */
import { reportOf } from './error-report.ts'
import { isKeyferryError, KeyferryError } from './errors.ts'
import { SECOND_MS } from './limits.ts'
import { decodePayload, encodePayload } from './payload.ts'
import type { Clock, SecretVersions, SessionCredentials } from './ports.ts'
import type { Target } from './target.ts'
import { currentVersion, type CurrentVersion } from './verdict.ts'

export interface WrittenVersion extends CurrentVersion {
  /** Why it is not to be relied on, although it was stored; absent where it reads back as it was written. */
  readonly problem?: KeyferryError
}

/** Rejects where nothing was stored; then `current` is what readers still have. */
export async function writeVersion(
  credentials: SessionCredentials,
  target: Target,
  { clock, secrets }: { readonly clock: Clock; readonly secrets: SecretVersions },
  current: CurrentVersion | undefined,
): Promise<WrittenVersion> {
  const payload = payloadOf(credentials, target, clock)
  const version = await secrets.add(payload).catch((error: unknown) => {
    throw notStored(error, target, current)
  })
  const problem = await readBackProblem(version, payload, target, secrets)
  return { ...currentVersion(version, credentials), ...(problem && { problem }) }
}

/** The bytes to store, proven to be what readers accept. */
function payloadOf(credentials: SessionCredentials, target: Target, clock: Clock): Uint8Array {
  const { expiration } = credentials
  const leftMs = (target.durationSeconds - target.refreshAfterSeconds) * SECOND_MS
  try {
    if (!(expiration.getTime() > clock.now())) throw new RangeError('They are expired already.')
    const payload = encodePayload(credentials, {
      exchange: target,
      refreshAfter: expiration.getTime() - leftMs,
    })
    decodePayload(payload, clock)
    return payload
  } catch (error) {
    throw new KeyferryError(
      'EXCHANGE_IMPLAUSIBLE',
      `The credentials minted for ${target.name} are not what readers accept, and were not stored. ${(error as Error).message}`,
      { resource: target.secret },
    )
  }
}

function notStored(error: unknown, { secret }: Target, current: CurrentVersion | undefined): KeyferryError {
  const { code, message, retryable } = reportOf(error)
  const stays = current
    ? ` Version ${current.version} stays current until it expires at ${current.expiration.toISOString()}.`
    : ''
  return new KeyferryError(code, `Credentials were minted, but are not stored. ${message}${stays}`, {
    retryable,
    resource: secret,
  })
}

async function readBackProblem(
  version: number,
  payload: Uint8Array,
  { secret }: Target,
  secrets: SecretVersions,
): Promise<KeyferryError | undefined> {
  try {
    const found = await secrets.read(version)
    if (isSame(found.payload, payload)) return undefined
    return new KeyferryError(
      'SECRET_WRITE_FAILED',
      `Version ${version} of ${secret} does not hold what was written to it. Look at who else writes to this secret.`,
      { resource: secret },
    )
  } catch (error) {
    // A number that was asked for before it existed may stay unknown for a while; the list is of another mind.
    if (isKeyferryError(error, 'SECRET_NOT_FOUND') && (await isListed(version, secrets))) return undefined
    const { code, message, retryable } = reportOf(error)
    return new KeyferryError(
      code,
      `Version ${version} of ${secret} was stored, but could not be read back. ${message} The next run looks at it again.`,
      { retryable, resource: secret },
    )
  }
}

async function isListed(version: number, secrets: SecretVersions): Promise<boolean> {
  const records = await secrets.list().catch(() => [])
  return records.some((record) => record.version === version && record.state === 'ENABLED')
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
