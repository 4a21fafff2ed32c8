/** One process of the machine at a time, as far as that can be had: nothing that must be true may rest on it. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Random, Sleep } from '../core/ports.ts'

export interface TurnOptions<T> {
  /** What another process may have done meanwhile: looked for while waiting, and again once it is our turn. */
  readonly done: () => Promise<T | undefined>
  /** Waiting longer than this is worse than doing it twice. In milliseconds. @default 5000 */
  readonly lockDeadlineMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

/** A holder that was killed is taken over after this long; a live one says every second that it is there. */
const STALE_MS = 4_000
const HEARTBEAT_MS = 1_000
const POLL_MS = 50

/** What `done` finds, or what `act` makes of it: in turn with the other processes that name the same file. */
export async function oneAtATime<T>(
  file: string,
  act: () => Promise<T>,
  options: TurnOptions<T>,
): Promise<T> {
  const { done, lockDeadlineMs = 5_000, sleep = sleepFor, random = Math.random } = options
  const giveUpAt = performance.now() + lockDeadlineMs
  for (;;) {
    const release = await takeLock(file)
    if (release || performance.now() >= giveUpAt) {
      try {
        return (await done()) ?? (await act())
      } finally {
        await release?.()
      }
    }
    const found = await done()
    if (found !== undefined) return found
    await sleep(POLL_MS * (0.5 + random()))
  }
}

/** Gives the lock back. Never rejects. */
type Release = () => Promise<void>

/** `undefined`: another process has it. Where no lock can be had at all it counts as ours. */
async function takeLock(file: string): Promise<Release | undefined> {
  // Loaded where an exchange is due, which is far slower than loading it.
  const { lock } = await import('proper-lockfile')
  try {
    const release = await lock(file, {
      realpath: false,
      stale: STALE_MS,
      update: HEARTBEAT_MS,
      // Whoever took over a lock that we still hold makes a second exchange; the newer one of both wins.
      onCompromised: () => {},
    })
    return () => release().catch(() => {})
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ELOCKED' ? undefined : async () => {}
  }
}
