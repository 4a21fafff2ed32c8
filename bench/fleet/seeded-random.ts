/** Random numbers that are the same in every run of one seed (mulberry32), and the latencies drawn from them. */
import type { Random } from '../../shared/core/ports.ts'

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A log-normal latency in milliseconds: most calls near the median, some far above. */
export function latency(random: Random, medianMs: number, sigma = 0.55): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return medianMs * Math.exp(sigma * normal)
}
