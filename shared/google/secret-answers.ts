/** What both adapters read out of Secret Manager's answers, and how they check it. */
import { crc32c } from '../core/crc32c.ts'
import type { SecretVersion, VersionRecord } from '../core/ports.ts'
import { corrupt, unintelligible } from './secret-errors.ts'
import type { SecretAttempt } from './secret-refusals.ts'

/** Versions to a page: few enough for the lean transport's bound on an answer, and for one deadline. */
export const PAGE_SIZE = 1_000

/** Versions that are destroyed stay listed for ever: after a year of refreshes they would fill dozens of pages. */
export const NOT_DESTROYED = 'state:ENABLED OR state:DISABLED'

/** A version's metadata as either transport has it. */
export interface VersionAnswer {
  readonly name?: unknown
  readonly state?: unknown
  readonly createdAt?: Date
  /** Where the secret delays destruction, and this version was destroyed. */
  readonly destroyAt?: Date | undefined
}

/** The version that was read. Throws SECRET_CORRUPT where the payload is not the one that was stored. */
export function versionRead(
  attempt: SecretAttempt,
  answer: { readonly name: unknown; readonly data: Uint8Array | undefined; readonly checksum: unknown },
): SecretVersion {
  const version = versionNumber(attempt, answer.name)
  if (!answer.data) throw unintelligible(attempt, 'has no payload')
  if (typeof attempt.version === 'number' && version !== attempt.version)
    throw unintelligible(attempt, `is of version ${version}`)
  // A 64-bit number is a decimal string in JSON.
  if (String(answer.checksum) !== String(crc32c(answer.data))) throw corrupt(attempt)
  return { version, payload: answer.data }
}

/** All versions of all pages, newest first. `pageAfter` fetches one page; an empty token is the first. */
export async function versionsListed(
  attempt: SecretAttempt,
  pageAfter: (token: string) => Promise<{ versions: readonly VersionAnswer[]; next: unknown }>,
): Promise<VersionRecord[]> {
  const records: VersionRecord[] = []
  for (let token = ''; ;) {
    const { versions, next } = await pageAfter(token)
    records.push(...versions.map((version) => versionRecord(attempt, version)))
    if (!next) return records.sort((a, b) => b.version - a.version)
    if (typeof next !== 'string' || next === token) throw unintelligible(attempt, 'goes on to no next page')
    token = next
  }
}

function versionRecord(attempt: SecretAttempt, answer: VersionAnswer): VersionRecord {
  const { name, state, createdAt, destroyAt } = answer
  if (!isState(state)) throw unintelligible(attempt, 'has a version in a state that is not known')
  if (!createdAt || Number.isNaN(createdAt.getTime()))
    throw unintelligible(attempt, 'has a version without its time')
  return { version: versionNumber(attempt, name), state, createdAt, ...(destroyAt && { destroyAt }) }
}

/** The number in a version's resource name, which has the project's number where we say its id: only its end is alike. */
export function versionNumber(attempt: SecretAttempt, name: unknown): number {
  const [, digits] = (typeof name === 'string' && /\/versions\/([1-9]\d{0,14})$/.exec(name)) || []
  if (digits === undefined) throw unintelligible(attempt, 'does not say which version it is of')
  return Number(digits)
}

function isState(state: unknown): state is VersionRecord['state'] {
  return state === 'ENABLED' || state === 'DISABLED' || state === 'DESTROYED'
}
