/** Keeps calls within a quota: each waits until, over any stretch as long as the quota's, no more are made than it allows. */
import type { Clock, Sleep } from './ports.ts'

export interface Quota {
  readonly calls: number
  /** In milliseconds. */
  readonly perMs: number
}

/** Resolves when one more call that counts as `key` may be made; first come, first served. */
export type Pace = (key: string, quota: Quota) => Promise<void>

/** @param options.clock must never be set back: that would hold calls up. `performance` is such a one. */
export function pacing({ clock, sleep }: { readonly clock: Clock; readonly sleep: Sleep }): Pace {
  // When calls were made, or will be: oldest first, and only the last that can still hold one up.
  const made = new Map<string, number[]>()

  return async (key, { calls, perMs }) => {
    const now = clock.now()
    const times = made.get(key) ?? []
    const at = Math.max(now, (times.at(-calls) ?? -Infinity) + perMs)
    made.set(key, [...times, at].slice(-calls))
    if (at > now) await sleep(at - now)
  }
}
