/**
 * Destroys the versions that nobody needs any more: each costs money for as long as it exists. What cannot be shown to be
 * ours and dead stays.
 */
import { reportOf, type ErrorReport } from './error-report.ts'
import { isKeyferryError } from './errors.ts'
import { effectiveRole } from './exchange.ts'
import { DURATION_SECONDS, HOUR_MS, SECOND_MS } from './limits.ts'
import { readNewest } from './newest-version.ts'
import type { Clock, SecretVersions, VersionRecord } from './ports.ts'
import type { Target } from './target.ts'
import { isUsable, readVersion } from './version-reading.ts'

export interface PruneOptions {
  /** Say what would be destroyed, and destroy nothing. @default false */
  readonly dryRun?: boolean
  /** Versions that are read or destroyed at most; the rest is left to the next run. @default 25 */
  readonly limit?: number
  /** The newest version, where it is known to hold live credentials of this target. @default what reading it says */
  readonly current?: number | undefined
}

export interface PruneResult {
  readonly target: string
  /** The versions that are destroyed; in a dry run, those that would be. */
  readonly destroyed: readonly number[]
  readonly error?: ErrorReport
  readonly dryRun?: true
}

export interface PrunePorts {
  readonly clock: Clock
  readonly secrets: SecretVersions
}

/** Readers that find the newest unusable look this far down. */
const ALWAYS_KEPT = 2
const LIVE_KEPT = 3
/** By then every reader has had the chance to move to a newer one, and the credential itself harms nobody by living on. */
const SUPERSEDED_MS = 2 * HOUR_MS
const LONGEST_LIFE_MS = DURATION_SECONDS.max * SECOND_MS

/** Never rejects: what was destroyed until something failed is in the result, with the failure. */
export async function pruneTarget(
  target: Target,
  ports: PrunePorts,
  options: PruneOptions = {},
): Promise<PruneResult> {
  const destroyed: number[] = []
  const about = { target: target.name, destroyed, ...(options.dryRun && { dryRun: true as const }) }
  try {
    for await (const version of deadVersions(target, ports, options)) {
      if (!options.dryRun) await ports.secrets.destroy(version)
      destroyed.push(version)
    }
    return about
  } catch (error) {
    return { ...about, error: reportOf(error) }
  }
}

async function* deadVersions(
  target: Target,
  { clock, secrets }: PrunePorts,
  { limit = 25, current }: PruneOptions,
): AsyncGenerator<number> {
  // Numbers begin with 1: there are no more versions than that.
  if (current !== undefined && current <= ALWAYS_KEPT) return
  const candidates = candidatesIn(await secrets.list(), target, clock.now())
  if (candidates.length === 0) return
  const newest = current ?? (await newestInUse(target, { clock, secrets }))
  let isAllOurs = newest !== undefined && candidates.length <= limit
  for (const { version, rank, ageMs } of candidates.filter(isReadable).slice(0, limit)) {
    const found = await readVersion(secrets, version, { clock })
    const { roleArn } = found?.stored?.provenance ?? {}
    if (roleArn === undefined) {
      isAllOurs &&= !found || isKeyferryError(found.problem, 'SECRET_DISABLED', 'SECRET_DESTROYED')
      continue
    }
    const isExpired = found?.problem?.code === 'CREDENTIALS_EXPIRED'
    const isSuperseded = newest !== undefined && version < newest && roleArn === effectiveRole(target)
    if (isExpired || (isSuperseded && ageMs >= SUPERSEDED_MS && rank >= LIVE_KEPT)) yield version
  }
  // Nobody can read what is disabled, but nothing of ours lives longer than 12 hours. Where all else in the secret is ours
  // it is taken for ours too; where something else is stored it may be a key that somebody keeps.
  if (!isAllOurs) return
  for (const candidate of candidates) if (!isReadable(candidate)) yield candidate.version
}

interface Candidate extends VersionRecord {
  /** 0 is the newest that exists. */
  readonly rank: number
  readonly ageMs: number
}

/** What is old enough to be dead by this configuration: so that, once read, it is destroyed, but for what is not ours. */
function candidatesIn(listed: readonly VersionRecord[], target: Target, now: number): Candidate[] {
  const lifeMs = target.durationSeconds * SECOND_MS
  return listed
    .filter(({ state, destroyAt }) => state !== 'DESTROYED' && !destroyAt)
    .sort((a, b) => b.version - a.version)
    .map((record, rank) => ({ ...record, rank, ageMs: now - record.createdAt.getTime() }))
    .filter((candidate) => {
      const { rank, ageMs } = candidate
      if (!isReadable(candidate)) return rank >= ALWAYS_KEPT && ageMs >= LONGEST_LIFE_MS
      return rank >= ALWAYS_KEPT && ageMs >= (rank < LIVE_KEPT ? lifeMs : Math.min(lifeMs, SUPERSEDED_MS))
    })
}

function isReadable({ state }: VersionRecord): boolean {
  return state === 'ENABLED'
}

/** The newest version, where it is one that readers of this target can use. */
async function newestInUse(target: Target, { clock, secrets }: PrunePorts): Promise<number | undefined> {
  const { top } = await readNewest(secrets, { clock })
  return isUsable(top) && top.stored.provenance?.roleArn === effectiveRole(target) ? top.version : undefined
}
