/** Time that only the test moves. */
import { onTestFinished, vi } from 'vitest'
import type { Clock, Random } from '../../shared/core/ports.ts'

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000

export interface VirtualClock extends Clock {
  advance(ms: number): void
  /** Since the clock was made. */
  readonly elapsed: number
}

export function virtualClock(start: number = Date.parse('2026-11-23T18:00:00Z')): VirtualClock {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    get elapsed() {
      return now - start
    },
  }
}

/** Resolves when everything that could go on without time or outside help has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * From now on, and until the test is over, the deadlines that the clients leave to real time pass only when the test says so.
 * What that sets off has gone on when it resolves.
 */
export function deadlinesByHand(): (ms: number) => Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  return async (ms) => {
    await settled()
    await vi.advanceTimersByTimeAsync(ms)
    await settled()
  }
}

/** A random number generator that repeats itself for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A promise to be settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { promise, resolve, reject }
}
