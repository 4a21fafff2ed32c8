/**
 * When an instance stops waiting for the writer and mints for itself: drawn so that, however many instances there are, the
 * second one comes late enough to find what the first one published.
 */
import { fallbackWindow } from './fallback-window.ts'
import { between, MANDATORY_MS } from './instants.ts'
import { MINUTE_MS } from './limits.ts'
import type { Random } from './ports.ts'

export interface FallbackPoint {
  /** Remaining life at which to decide, in milliseconds. */
  readonly leftMs: number
  /** Remaining life down to which the decision may be put off while the secret cannot be asked. */
  readonly leastMs: number
  /** Mean of the draw where instances publish: the time that minting and publishing must stay far below. */
  readonly meanMs?: number
}

export interface DrawOptions {
  /** From `IssuedAt` to `Expiration`. */
  readonly lifeMs: number
  /** From `RefreshAfter` to `Expiration`. */
  readonly overdueMs: number
  /** What is left of the life now. */
  readonly leftMs: number
  readonly publishes: boolean
  readonly random: Random
}

/**
 * Draws the point. Publishers: the window's floor and an exponential above it, truncated to the ceiling and to the life that
 * is left; the largest of any number of such draws keeps its distance from the next. Others, for whom that would pile up
 * the mints: evenly below the floor, so that publishers always go first. Who comes too late for that has what is left.
 */
export function drawFallbackPoint({
  lifeMs,
  overdueMs,
  leftMs,
  publishes,
  random,
}: DrawOptions): FallbackPoint {
  const window = fallbackWindow(lifeMs, overdueMs)
  const ceilingMs = Math.min(window.ceilingMs, leftMs)
  // A schedule that refreshes late leaves less than the usual floor.
  const floorMs = window.floorMs < window.ceilingMs ? window.floorMs : window.ceilingMs / 2
  // The last minute is for the callers: whoever comes even later than that does not wait at all.
  const lateMs = Math.min(leftMs, Math.max(leftMs / 3, MANDATORY_MS))
  // Of the usual floor 15 of 16 minutes, which is what botocore and the AWS CLI insist on.
  const leastMs = Math.max(MANDATORY_MS, (15 / 16) * floorMs)
  if (!publishes) {
    const fromMs = Math.max(MINUTE_MS, floorMs / 3)
    return leftMs > fromMs
      ? { leftMs: between(fromMs, Math.min(floorMs, leftMs), random), leastMs }
      : { leftMs: between(lateMs, leftMs, random), leastMs }
  }
  const isLate = ceilingMs - floorMs < LEAST_SPAN_MS
  const [fromMs, toMs] = isLate ? [lateMs, leftMs] : [floorMs, ceilingMs]
  const meanMs = (toMs - fromMs) / MEANS
  return { leftMs: fromMs + truncatedExponential(meanMs, toMs - fromMs, random), leastMs, meanMs }
}

/** Fifteen means leave room for the first of 100,000 draws: ln(100,000) + 3. */
const MEANS = 15
const LEAST_SPAN_MS = MINUTE_MS

/** An exponential draw of mean `meanMs`, drawn again while it is above `spanMs`: one look at the inverse does the same. */
export function truncatedExponential(meanMs: number, spanMs: number, random: Random): number {
  if (spanMs <= 0) return 0
  return -meanMs * Math.log1p(-random() * -Math.expm1(-spanMs / meanMs))
}
