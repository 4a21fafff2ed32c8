/** The endpoint's own timer: clients ask when little life is left, and by then newer credentials must be held already. */
import { setTimeout as sleep } from 'node:timers/promises'
import { between } from '../../shared/core/instants.ts'
import { SECOND_MS } from '../../shared/core/limits.ts'
import type { Random } from '../../shared/core/ports.ts'

export interface RenewalOptions {
  /** Ends it, also in the middle of a pause. */
  readonly signal: AbortSignal
  readonly random?: Random
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** The rules say when a call costs anything: asking often is free, and with nothing held the next try is what matters. */
const EVERY_MS = 30 * SECOND_MS
const EVERY_MS_EMPTY = SECOND_MS

/** Calls `renew` now and then, whatever it fails with, until the signal. The timer keeps no process alive. */
export async function keepRenewing(
  renew: () => Promise<unknown>,
  { signal, random = Math.random, pause = unheard }: RenewalOptions,
): Promise<void> {
  while (!signal.aborted) {
    const isHeld = await renew().then(
      () => true,
      () => false,
    )
    await pause((isHeld ? EVERY_MS : EVERY_MS_EMPTY) * between(0.75, 1.25, random), signal)
  }
}

async function unheard(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, signal }).catch(() => undefined)
}
