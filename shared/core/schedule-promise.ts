/**
 * What a schedule promises, checked before anything relies on it: even after two missed runs consumers hold credentials
 * with enough life left, and none of them has started to mint for itself.
 */
import { fallbackWindow } from './fallback-window.ts'
import { CHAINED_DURATION_SECONDS_MAX, DURATION_SECONDS, SECOND_MS } from './limits.ts'

/** In seconds, as configured. */
export interface Schedule {
  /** L: the life of a credential. */
  readonly durationSeconds: number
  /** R: the age from which on it is replaced. @default a third of the life */
  readonly refreshAfterSeconds?: number | undefined
  /** P: how often the schedule fires. */
  readonly everySeconds: number
  /** Whether the role is reached through a chain: AWS caps such sessions at an hour. */
  readonly chained?: boolean
}

/** For a run to mint, store and be seen. */
const RUN_SECONDS = 180
/** The third run after the refresh age is the last that may be needed: two are missed. */
const RUNS = 3

export function defaultRefreshAfterSeconds(durationSeconds: number): number {
  return Math.floor(durationSeconds / 3)
}

/** Why the schedule cannot keep its promise, with the numbers and what to change; `undefined` where it can. */
export function schedulePromiseProblem(schedule: Schedule): string | undefined {
  if (keeps(schedule)) return undefined
  const { life, refresh, every } = numbersOf(schedule)
  const left = life - refresh - RUNS * every
  const margin = marginSeconds(life)
  const needed =
    left - RUN_SECONDS < margin
      ? `where ${margin + RUN_SECONDS} s are needed: ${margin} s for consumers and ${RUN_SECONDS} s for the run`
      : `where consumers begin to mint for themselves at ${ceilingSeconds(life, refresh)} s`
  return (
    `credentials that live ${life} s (durationSeconds) and are replaced from ${refresh} s of age on ` +
    `(refreshAfterSeconds), every ${every} s (everySeconds), have ${left} s left when two runs are missed, ` +
    `${needed}. ${remedy(schedule)}`
  )
}

function keeps(schedule: Schedule): boolean {
  const { life, refresh, every } = numbersOf(schedule)
  const left = life - refresh - RUNS * every
  return left >= RUN_SECONDS + marginSeconds(life) && left >= ceilingSeconds(life, refresh)
}

function numbersOf({ durationSeconds, refreshAfterSeconds, everySeconds }: Schedule): {
  life: number
  refresh: number
  every: number
} {
  const refresh = refreshAfterSeconds ?? defaultRefreshAfterSeconds(durationSeconds)
  return { life: durationSeconds, refresh, every: everySeconds }
}

// What botocore wants to have left, or a fair part of a life too short for that.
function marginSeconds(life: number): number {
  return Math.min(900, life / 4)
}

function ceilingSeconds(life: number, refresh: number): number {
  return fallbackWindow(life * SECOND_MS, (life - refresh) * SECOND_MS).ceilingMs / SECOND_MS
}

// Each field alone, the cheapest change first: a denser schedule, an earlier refresh, a longer life.
function remedy(schedule: Schedule): string {
  const { life, refresh, every } = numbersOf(schedule)
  const everyMost = largest(every, 60, (everySeconds) => keeps({ ...schedule, everySeconds }))
  const refreshMost = largest(refresh, 60, (refreshAfterSeconds) =>
    keeps({ ...schedule, refreshAfterSeconds }),
  )
  const longest = schedule.chained ? CHAINED_DURATION_SECONDS_MAX : DURATION_SECONDS.max
  const lifeLeast = smallest(life, longest, (durationSeconds) => keeps({ ...schedule, durationSeconds }))
  const ways = [
    everyMost && `everySeconds (and the schedule itself) to ${everyMost} or less`,
    refreshMost && `refreshAfterSeconds to ${refreshMost} or less`,
    lifeLeast && `durationSeconds to ${lifeLeast} or more`,
  ].filter((way) => way !== undefined)
  if (ways.length > 0) return `Set ${ways.join(', or ')}`
  return 'No single field mends it: fire every 60 s, and leave refreshAfterSeconds at a third of durationSeconds'
}

// Both conditions only get easier as the schedule gets denser, the refresh earlier or the life longer.
function largest(from: number, least: number, fits: (value: number) => boolean): number | undefined {
  for (let value = Math.floor(from); value >= least; value--) if (fits(value)) return value
  return undefined
}

function smallest(from: number, most: number, fits: (value: number) => boolean): number | undefined {
  for (let value = Math.ceil(from); value <= most; value++) if (fits(value)) return value
  return undefined
}
