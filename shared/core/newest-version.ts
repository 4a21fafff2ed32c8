/**
 * Finding the newest version of a secret although `latest` lags: Google promises strong consistency only for a read by
 * number, so `latest` is a hint, and the numbers above it are tried before it is believed to be the newest.
 */
import { isNewer, type Dated } from './instants.ts'
import type { StoredCredentials } from './payload.ts'
import type { SecretStore } from './ports.ts'
import {
  isUsable,
  readVersion,
  type UsableVersion,
  type VersionReader,
  type VersionReading,
} from './version-reading.ts'

export interface ReadNewestOptions extends VersionReader {
  /**
   * Where to look first. `latest`: one access when it gives something of use, neither overdue nor older than `newerThan`.
   * `number`: from `known` upward, strongly consistent, and whether `known` itself is still there. `glance`: from `known`
   * upward too, with a single access where nothing is there, and no search for gaps above what is neither overdue nor older.
   * @default 'latest'
   */
  readonly by?: 'latest' | 'number' | 'glance'
  /** The highest version number seen so far. */
  readonly known?: number | undefined
  /** What is held: only something newer is returned as `newest`. */
  readonly newerThan?: Dated | undefined
  /** Whether what `latest` gave cannot be the newest. @default from its RefreshAfter on; without one, never */
  readonly isOverdue?: (stored: StoredCredentials) => boolean
}

export interface NewestReading {
  /** The highest number that exists, whatever it holds. Absent: the secret has no version. */
  readonly top?: VersionReading
  /** The newest version of use, where it is newer than `newerThan` and the secret is not stopped. */
  readonly newest?: UsableVersion
  /** `known` does not exist any more: the secret was deleted, or recreated with numbers from 1. */
  readonly recreated: boolean
  /** All that was read, so that what was refused can be reported. */
  readonly seen: readonly VersionReading[]
}

const CLIMB_ACCESSES_MAX = 8
// Pruning never destroys the two newest.
const DESCENT_ACCESSES_MAX = 3

/**
 * Reads the newest version. Rejects where a read itself failed (SECRET_DENIED, SECRET_UNREADABLE, …); a secret or a
 * version that does not exist, is disabled, destroyed or unusable is an answer.
 */
export async function readNewest(
  secrets: Pick<SecretStore, 'read'>,
  options: ReadNewestOptions,
): Promise<NewestReading> {
  const { known, by = 'latest' } = options
  const seen = new Map<number, VersionReading | undefined>()
  const remember = (reading: VersionReading | undefined): VersionReading | undefined => {
    if (reading && reading.version > 0) seen.set(reading.version, reading)
    return reading
  }
  const latest = async (): Promise<VersionReading | undefined> =>
    remember(await readVersion(secrets, 'latest', options))
  const look: Look = async (version) => {
    if (!seen.has(version)) seen.set(version, await readVersion(secrets, version, options))
    return seen.get(version)
  }

  const isDone = (reading: VersionReading | undefined): reading is UsableVersion =>
    isUsable(reading) && isEnough(reading, options)
  const isPlain = (version: number): boolean =>
    by === 'glance' && (version === known || isDone(seen.get(version)))

  const hinted = by === 'latest' || known === undefined
  let hint = hinted ? await latest() : undefined
  if (isDone(hint)) return summary(hint, seen, options, false)

  let recreated = false
  let top = 0
  if (hint || known !== undefined) {
    top = await climb(Math.max(hint?.version ?? 0, known ?? 0), look, seen, isPlain)
    // Only a read of its own tells whether the number that we know is still there, and not stopped by an operator.
    if (top === known && by !== 'glance' && !(await look(top))) {
      recreated = true
      if (!hinted) hint = await latest()
      top = hint ? await climb(hint.version, look, seen, isPlain) : 0
    }
  }
  let found = top > 0 && !(by === 'glance' && top === known) ? await look(top) : undefined
  // `latest` is stopped or lost and did not say its number: without one of our own it is all there is to believe.
  if (hint?.version === 0 && (known === undefined || recreated) && !isUsable(found))
    found = { ...hint, version: top }
  if (!isUsable(found) && !stops(found) && by !== 'glance') await descend(top, look, options)
  return summary(found, seen, options, recreated)
}

/** Whether the newest version is disabled: Keyferry disables none, so an operator stopped the secret. */
export function isStopped({ top }: { readonly top?: VersionReading | undefined }): boolean {
  return top?.problem?.code === 'SECRET_DISABLED'
}

type Look = (version: number) => Promise<VersionReading | undefined>

/**
 * The highest number that exists from `from` upward, by +1, +2, +4 … and then halving; `from` where there is none.
 * `isPlain`: whether a number may be believed to be the highest once the next one is missing.
 */
async function climb(
  from: number,
  look: Look,
  seen: ReadonlyMap<number, unknown>,
  isPlain: (version: number) => boolean,
): Promise<number> {
  const before = seen.size
  let [start, step, top, missing] = [from, 1, from, Infinity]
  while (seen.size - before < CLIMB_ACCESSES_MAX) {
    const next = missing === Infinity ? start + step : above(top, missing)
    if (await look(next)) {
      if (next > missing) [start, step, missing] = [next, 1, Infinity]
      else step *= 2
      top = next
    } else if (next > missing || (next === top + 1 && isPlain(top))) {
      return top
    } else {
      missing = next
    }
  }
  return top
}

function above(top: number, missing: number): number {
  // Numbers without gaps are not promised: one is stepped over.
  return missing === top + 1 ? top + 2 : top + Math.floor((missing - top) / 2)
}

async function descend(top: number, look: Look, { known, newerThan }: ReadNewestOptions): Promise<void> {
  // Below the version that is held there is nothing newer.
  const least = Math.max(1, top - DESCENT_ACCESSES_MAX, newerThan && known ? known + 1 : 1)
  for (let version = top - 1; version >= least; version--) {
    if (isUsable(await look(version))) return
  }
}

// A stop is obeyed and another grant is a mistake to be mended: what lies below them is no way around.
function stops(reading: VersionReading | undefined): boolean {
  const code = reading?.problem?.code
  return code === 'SECRET_DISABLED' || code === 'SECRET_OTHER_GRANT'
}

function isEnough(hint: UsableVersion, options: ReadNewestOptions): boolean {
  const { stored } = hint
  const { clock, newerThan, isOverdue } = options
  const refreshAfter = stored.provenance?.refreshAfter.getTime() ?? Infinity
  const overdue = isOverdue ? isOverdue(stored) : clock.now() >= refreshAfter
  return !overdue && (!newerThan || isNewer(dated(hint), newerThan))
}

function summary(
  top: VersionReading | undefined,
  seen: ReadonlyMap<number, VersionReading | undefined>,
  { newerThan }: ReadNewestOptions,
  recreated: boolean,
): NewestReading {
  const readings = [...seen.values()].filter((reading) => reading !== undefined)
  const newest = isStopped({ top })
    ? undefined
    : readings
        .filter(isUsable)
        .filter((reading) => !newerThan || isNewer(dated(reading), newerThan))
        .reduce<UsableVersion | undefined>((a, b) => (a && !isNewer(dated(b), dated(a)) ? a : b), undefined)
  return { ...(top && { top }), ...(newest && { newest }), recreated, seen: readings }
}

function dated({ stored, version }: UsableVersion): Dated {
  return { ...stored, version }
}
