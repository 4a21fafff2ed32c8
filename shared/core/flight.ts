/** One load at a time, with a deadline over the whole, and an eye for those that were frozen with their process. */
import type { LoadTask } from './credential-source.ts'
import { KeyferryError } from './errors.ts'
import type { Clock, SettlesWithin } from './ports.ts'

export type Purpose = LoadTask<unknown>['purpose']

export interface Flight {
  readonly purpose: Purpose
  /** By the clock. */
  readonly startedAt: number
  /** Resolves when it is over, however it ended. */
  readonly done: Promise<void>
  /** What it failed with. */
  readonly error?: unknown
  /** It goes on to mint, which takes longer than reading. */
  mints: boolean
  /** Shared: however many callers come, none waits after the first one's patience is over. */
  patience?: Promise<void>
}

export interface FlightsOptions<T> {
  readonly clock: Clock
  readonly settlesWithin: SettlesWithin
  readonly timeoutMs: number
  readonly act: (flight: Flight) => Promise<T>
  /** Whose answer it is that a flight waits for, for the error of one that took too long. */
  readonly awaited: (flight: Flight) => string
  /** A result came, in time or late. It may throw: then the flight failed. */
  readonly land: (result: T) => void
  /** The current flight is over; `error` is set where it failed. */
  readonly onEnd: (flight: Flight) => void
  /** It took over twice its deadline, so nothing follows from how it ended. */
  readonly onFrozen: (tookMs: number) => void
}

export interface Flights {
  readonly current: Flight | undefined
  begin(purpose: Purpose): Flight
  /** A process that wakes up calls before its timers fire: what was frozen is given up, and its result taken if it comes. */
  giveUpFrozen(): void
}

export function flights<T>(options: FlightsOptions<T>): Flights {
  const { clock, settlesWithin, timeoutMs, act, awaited, land, onEnd, onFrozen } = options
  let current: Flight | undefined

  return {
    get current() {
      return current
    },
    begin(purpose) {
      const flight: Flight = { purpose, startedAt: clock.now(), mints: false, done: Promise.resolve() }
      current = flight
      return Object.assign(flight, { done: carryOut(flight) })
    },
    giveUpFrozen() {
      const tookMs = current ? clock.now() - current.startedAt : 0
      if (tookMs <= 2 * timeoutMs) return
      current = undefined
      onFrozen(tookMs)
    },
  }

  async function carryOut(flight: Flight): Promise<void> {
    const work = (async () => act(flight))()
    try {
      if (!(await settlesWithin(work, timeoutMs))) {
        // Should it come after all, it is as good as any.
        work.then(land).catch(() => undefined)
        throw timedOut(timeoutMs, awaited(flight))
      }
      land(await work)
    } catch (error) {
      Object.assign(flight, { error })
    }
    if (current !== flight) return
    current = undefined
    const tookMs = clock.now() - flight.startedAt
    if ('error' in flight && tookMs > 2 * timeoutMs) onFrozen(tookMs)
    else onEnd(flight)
  }
}

function timedOut(ms: number, awaited: string): KeyferryError {
  return new KeyferryError(
    'LOAD_TIMED_OUT',
    `No credentials came within ${ms} ms: ${awaited} did not answer in time. The events before this one say more; the next call tries again.`,
    { retryable: true },
  )
}
