/** What both adapters read out of Secret Manager's answers, and how they check it. */
import { crc32c } from '../core/crc32c.ts'
import type { SecretVersion, VersionRecord } from '../core/ports.ts'
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

/** An answer that is not what Secret Manager answers. The adapters translate it, as all that is foreign. */
export class UnreadableAnswer extends Error {
  /** Whether the payload is not the one that its checksum was made of. */
  readonly isCorrupt: boolean

  constructor(what: string, isCorrupt = false) {
    super(what)
    this.isCorrupt = isCorrupt
  }
}

/** The version that was read. Throws {@link UnreadableAnswer}. */
export function versionRead(
  { version: asked }: SecretAttempt,
  answer: { readonly name: unknown; readonly data: Uint8Array | undefined; readonly checksum: unknown },
): SecretVersion {
  const version = versionNumber(answer.name)
  if (!answer.data) throw new UnreadableAnswer('has no payload')
  if (typeof asked === 'number' && version !== asked) throw new UnreadableAnswer(`is of version ${version}`)
  // A 64-bit number is a decimal string in JSON.
  if (String(answer.checksum) !== String(crc32c(answer.data)))
    throw new UnreadableAnswer('has a payload that does not match its checksum', true)
  return { version, payload: answer.data }
}

export interface VersionPage {
  readonly records: readonly VersionRecord[]
  /** Absent on the last page. */
  readonly next?: string
}

/** The page that came for `token`. Throws {@link UnreadableAnswer}. */
export function versionPage(token: string, versions: readonly VersionAnswer[], next: unknown): VersionPage {
  const records = versions.map(versionRecord)
  if (!next) return { records }
  if (typeof next !== 'string' || next === token) throw new UnreadableAnswer('goes on to no next page')
  return { records, next }
}

/** All versions of all pages, newest first. `pageAt` fetches one page; an empty token is the first. */
export async function versionsListed(
  pageAt: (token: string) => Promise<VersionPage>,
): Promise<VersionRecord[]> {
  const all: VersionRecord[] = []
  for (let token: string | undefined = ''; token !== undefined;) {
    const { records, next }: VersionPage = await pageAt(token)
    all.push(...records)
    token = next
  }
  return all.sort((a, b) => b.version - a.version)
}

function versionRecord(answer: VersionAnswer): VersionRecord {
  const { name, state, createdAt, destroyAt } = answer
  if (!isState(state)) throw new UnreadableAnswer('has a version in a state that is not known')
  if (!createdAt || Number.isNaN(createdAt.getTime()))
    throw new UnreadableAnswer('has a version without its time')
  return { version: versionNumber(name), state, createdAt, ...(destroyAt && { destroyAt }) }
}

/** The number in a version's resource name, which has the project's number where we say its id: only its end is alike. */
export function versionNumber(name: unknown): number {
  const [, digits] = (typeof name === 'string' && /\/versions\/([1-9]\d{0,14})$/.exec(name)) || []
  if (digits === undefined) throw new UnreadableAnswer('does not say which version it is of')
  return Number(digits)
}

function isState(state: unknown): state is VersionRecord['state'] {
  return state === 'ENABLED' || state === 'DISABLED' || state === 'DESTROYED'
}
