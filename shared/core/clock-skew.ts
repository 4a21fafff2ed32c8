/** A machine's clock, set right by what the services say the time is: where they agree, and by a quarter of an hour at most. */
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import type { Clock, HttpRequest, HttpResponse, HttpTransport } from './ports.ts'

/** How wrong this machine's clock is. Accurate to two seconds. */
export interface ClockSkew {
  /** How far it runs ahead of the services' clocks, in milliseconds; negative where it is behind them. */
  readonly aheadMs: number
  /** What is added to it, in milliseconds: at most 15 minutes either way, however wrong it is. */
  readonly correctionMs: number
}

/** Three answers to one question. Which one counts is decided by what a mistake would cost. */
export interface CorrectedClock extends Clock {
  /** The time as it probably is: for when to do something, and for whether what others wrote can be true. */
  now(): number
  /** What this machine says: for durations, since `now` may jump between two looks at it. */
  local(): number
  /** The later of the two: what has expired by either has expired. */
  latest(): number
  /** Absent where this machine's clock is right to half a minute, as far as is known. */
  readonly skew: ClockSkew | undefined
  /**
   * Takes note of a service's `Date` header; the instants between which it was made are `local` ones. Returns whether it
   * speaks against `now`, so that another one would help to decide.
   */
  observe(date: string | undefined, sentAt: number, receivedAt: number): boolean
}

/** By more than this no clock is corrected: whoever forges dates gains no more. */
export const CORRECTION_MS_MAX: number = 15 * MINUTE_MS
/** What is not worth a correction. A date has whole seconds, and was made at some time during the exchange. */
const IGNORED_MS = 30 * SECOND_MS
const TOLD_MS = MINUTE_MS
const ROUND_TRIP_MS_MAX = 2 * SECOND_MS
const REMEMBERED = 5
const MAJORITY = 2
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * `clock` as it is, until two dates agree that it is wrong by more than half a minute. From then on the median of the last
 * five decides, if two more agree with it than do not: a service whose own clock is wrong is outvoted by the others, and
 * nothing moves back and forth. `onSkew` is told of what differs by more than a minute from what it was told last.
 */
export function correctedClock(clock: Clock, onSkew?: (skew: ClockSkew) => void): CorrectedClock {
  const offsets: number[] = []
  let offsetMs = 0
  let toldMs = 0
  let correctionMs = 0

  return {
    now: () => clock.now() + correctionMs,
    local: () => clock.now(),
    latest: () => clock.now() + Math.max(0, correctionMs),
    get skew() {
      return offsetMs === 0 ? undefined : skew()
    },
    observe(date, sentAt, receivedAt) {
      const tookMs = receivedAt - sentAt
      const at = date !== undefined && HTTP_DATE.test(date) ? Date.parse(date) : NaN
      // Who waited long may have been frozen: nobody knows when within that time the date was made.
      if (Number.isNaN(at) || !(tookMs >= 0 && tookMs <= ROUND_TRIP_MS_MAX)) return false
      const observedMs = at + SECOND_MS / 2 - (sentAt + tookMs / 2)
      offsets.push(observedMs)
      if (offsets.length > REMEMBERED) offsets.shift()
      const median = medianOf(offsets, offsetMs)
      const votes = offsets.map((each) => (Math.abs(each - median) <= IGNORED_MS ? 1 : -1))
      const majority = votes.reduce((sum, vote) => sum + vote, 0)
      if (Math.abs(median - offsetMs) > IGNORED_MS && majority >= MAJORITY) move(median)
      return Math.abs(observedMs - offsetMs) > IGNORED_MS
    },
  }

  function move(medianMs: number): void {
    // Dates have whole seconds: the rest is chance.
    offsetMs = Math.abs(medianMs) <= IGNORED_MS ? 0 : Math.round(medianMs / SECOND_MS) * SECOND_MS
    correctionMs = Math.max(-CORRECTION_MS_MAX, Math.min(CORRECTION_MS_MAX, offsetMs))
    if (Math.abs(offsetMs - toldMs) <= TOLD_MS) return
    toldMs = offsetMs
    onSkew?.(skew())
  }

  function skew(): ClockSkew {
    return { aheadMs: 0 - offsetMs, correctionMs }
  }
}

/** Of two that are in the middle, the one that is nearer to `presentMs`: in doubt the clock stays. */
function medianOf(offsets: readonly number[], presentMs: number): number {
  const sorted = offsets.toSorted((a, b) => a - b)
  const low = sorted[Math.floor((sorted.length - 1) / 2)] as number
  const high = sorted[Math.floor(sorted.length / 2)] as number
  return Math.abs(low - presentMs) <= Math.abs(high - presentMs) ? low : high
}

/**
 * `http`, with an eye on the dates of its answers. One that speaks against `clock` is made sure of at once, by a question
 * without content to the same server: otherwise the first answer of all would be judged by a clock that is known to be
 * doubtful. The metadata server, which is asked directly, has no other clock than this machine's host.
 */
export function datedTransport(http: HttpTransport, clock: CorrectedClock): HttpTransport {
  return async (request) => {
    if (request.direct) return http(request)
    const { response, isDoubtful } = await observed(request)
    if (isDoubtful) {
      const url = new URL('/', request.url).href
      await observed({ method: 'GET', url, timeoutMs: SECOND_MS }).catch(() => undefined)
    }
    return response
  }

  async function observed(request: HttpRequest): Promise<{ response: HttpResponse; isDoubtful: boolean }> {
    const sentAt = clock.local()
    const response = await http(request)
    const { date, age } = response.headers
    // A cache on the way gives the date of when it was asked first.
    return { response, isDoubtful: age === undefined && clock.observe(date, sentAt, clock.local()) }
  }
}

/** What `clock` says for judging whether something has expired. */
export function latestOf(clock: Clock | CorrectedClock): number {
  return 'latest' in clock ? clock.latest() : clock.now()
}

/** What `clock` says for measuring how long something takes. */
export function localOf(clock: Clock | CorrectedClock): number {
  return 'local' in clock ? clock.local() : clock.now()
}
