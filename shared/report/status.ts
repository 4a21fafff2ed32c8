/** What each target's secret holds, as data: read only, and fit for a person, a script or a page to be made of. */
import { reportOf, type ErrorReport } from '../core/error-report.ts'
import { isKeyferryError } from '../core/errors.ts'
import { effectiveRole, grantOf } from '../core/exchange.ts'
import { SECOND_MS } from '../core/limits.ts'
import { readNewest, type NewestReading } from '../core/newest-version.ts'
import type { StoredCredentials } from '../core/payload.ts'
import type { Clock, SecretVersions, VersionRecord } from '../core/ports.ts'
import { displayKey } from '../core/redaction.ts'
import type { Target } from '../core/target.ts'
import { dueAt, judge } from '../core/verdict.ts'
import { problemOf, stateOf, type TargetState } from './target-state.ts'

/** What `keyferry status --json` prints. Times are ISO 8601, durations whole seconds. */
export interface StatusReport {
  /** Whether every target's secret is of use to its readers, and can be kept so: a refresh does not refuse it. */
  readonly ok: boolean
  readonly checkedAt: string
  readonly targets: readonly TargetStatus[]
}

export interface TargetStatus {
  readonly target: string
  readonly secret: string
  /** The role that the target is configured for: the last of a chain. */
  readonly roleArn: string
  readonly state: TargetState
  /** Whether a reader of this target gets valid credentials from the secret now. */
  readonly usable: boolean
  /** The version that a reader gets, where the newest is of no use to it, and will not be replaced. */
  readonly readVersion?: number
  /** The newest version, found by number. */
  readonly version?: number
  /** The last four characters of the access key id. */
  readonly key?: string
  readonly issuedAt?: string
  /** From when on the writer replaces it, by this configuration. */
  readonly refreshAfter?: string
  readonly expiration?: string
  readonly ageSeconds?: number
  readonly lifeSeconds?: number
  readonly lifeLeftSeconds?: number
  /** Enabled and disabled versions: Secret Manager bills both. Absent where listing them is not permitted. */
  readonly activeVersions?: number
  /** US dollars at list price, for one location and without the free tier. */
  readonly monthlyListPriceUsd?: number
  /** Why the writer would replace it at its next run, or leave it. */
  readonly reason?: string
  readonly problem?: ErrorReport
}

export interface StatusOptions {
  readonly clock?: Clock
  readonly storeOf: (target: Target) => Pick<SecretVersions, 'read' | 'list'>
}

/** Each active version costs this much a month and location. https://cloud.google.com/secret-manager/pricing */
const VERSION_USD_A_MONTH = 0.06

export async function gatherStatus(
  targets: readonly Target[],
  { clock = Date, storeOf }: StatusOptions,
): Promise<StatusReport> {
  const statuses = await Promise.all(targets.map((target) => statusOf(target, storeOf(target), clock)))
  return {
    ok: statuses.every(({ usable, readVersion }) => usable && readVersion === undefined),
    checkedAt: new Date(clock.now()).toISOString(),
    targets: statuses,
  }
}

async function statusOf(
  target: Target,
  store: Pick<SecretVersions, 'read' | 'list'>,
  clock: Clock,
): Promise<TargetStatus> {
  const listed = await listing(store)
  return {
    target: target.name,
    secret: target.secret,
    roleArn: effectiveRole(target),
    ...(await held(target, store, clock, listed?.[0]?.version)),
    ...(listed && costOf(listed)),
  }
}

async function held(
  target: Target,
  store: Pick<SecretVersions, 'read'>,
  clock: Clock,
  known: number | undefined,
): Promise<Omit<TargetStatus, 'target' | 'secret' | 'roleArn'>> {
  let reading: NewestReading
  try {
    // `latest` may lag however young what it gives is: only the numbers above it tell.
    reading = await readNewest(store, { clock, known, isOverdue: () => true })
  } catch (error) {
    return { state: 'unreadable', usable: false, problem: reportOf(error) }
  }
  const { top, newest } = reading
  const verdict = judge(top, target, { now: clock.now() })
  const state = stateOf(verdict, top, target, clock)
  const shown = newest ?? top
  // Readers go on with an older one until it expires, and the writer replaces nothing.
  const isStuck = verdict.kind === 'refused' && newest !== undefined && newest.version !== top?.version
  const problem = problemOf(state, verdict, top, target)
  return {
    state,
    // A reader that asks for this grant takes no other.
    usable: newest?.stored.provenance?.grant === grantOf(target),
    ...(shown && shown.version > 0 && { version: isStuck ? verdict.version : shown.version }),
    ...(isStuck && { readVersion: newest.version }),
    ...(shown?.stored && lifeOf(shown.stored, target, clock)),
    ...('reason' in verdict && { reason: verdict.reason }),
    ...(problem && { problem: reportOf(problem) }),
  }
}

function lifeOf(stored: StoredCredentials, target: Target, clock: Clock): Partial<TargetStatus> {
  const { credentials, provenance } = stored
  const [now, expires] = [clock.now(), credentials.expiration.getTime()]
  const issued = provenance?.issuedAt.getTime()
  return {
    key: displayKey(credentials.accessKeyId),
    expiration: credentials.expiration.toISOString(),
    lifeLeftSeconds: Math.max(0, seconds(expires - now)),
    ...(issued !== undefined && {
      issuedAt: new Date(issued).toISOString(),
      refreshAfter: new Date(Math.max(issued, dueAt(stored, target))).toISOString(),
      ageSeconds: Math.max(0, seconds(now - issued)),
      lifeSeconds: seconds(expires - issued),
    }),
  }
}

/** Newest first; undefined where the secret may be read but not listed, or not even that. */
async function listing(store: Pick<SecretVersions, 'list'>): Promise<readonly VersionRecord[] | undefined> {
  try {
    return await store.list()
  } catch (error) {
    if (isKeyferryError(error)) return undefined
    throw error
  }
}

function costOf(
  listed: readonly VersionRecord[],
): Pick<TargetStatus, 'activeVersions' | 'monthlyListPriceUsd'> {
  const activeVersions = listed.filter(({ state }) => state !== 'DESTROYED').length
  return { activeVersions, monthlyListPriceUsd: Number((activeVersions * VERSION_USD_A_MONTH).toFixed(2)) }
}

function seconds(ms: number): number {
  return Math.round(ms / SECOND_MS)
}
