/**
 * The stretch of a credential's remaining life in which consumers stop waiting for the writer and mint for themselves.
 * The client draws its point from it; the configuration is checked against it.
 */
import { HOUR_MS, MINUTE_MS } from './limits.ts'

/** Remaining life, in milliseconds: from `ceilingMs` down to `floorMs` consumers fall back. */
export interface FallbackWindow {
  readonly floorMs: number
  readonly ceilingMs: number
  /** Mean of the exponential draw above the floor. */
  readonly meanMs: number
}

/**
 * @param lifeMs from `IssuedAt` to `Expiration`
 * @param overdueMs from `RefreshAfter` to `Expiration`
 */
export function fallbackWindow(lifeMs: number, overdueMs: number): FallbackWindow {
  const floorMs = floorOf(lifeMs)
  const ceilingMs = Math.min(lifeMs / 2, 0.6 * overdueMs, floorMs + HOUR_MS)
  // Fifteen means leave room for the first of 100,000 draws: ln(100,000) + 3.
  return { floorMs, ceilingMs, meanMs: Math.max(0, ceilingMs - floorMs) / 15 }
}

function floorOf(lifeMs: number): number {
  if (lifeMs <= 20 * MINUTE_MS) return 2 * MINUTE_MS
  // botocore and the AWS CLI refuse to go on with less than 15 minutes.
  return lifeMs >= HOUR_MS ? 16 * MINUTE_MS : lifeMs / 4
}
