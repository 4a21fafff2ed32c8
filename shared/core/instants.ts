/**
 * The instants that the caching rules turn on: windows of remaining life, which of two credentials is newer, and waits after
 * a failure. In milliseconds.
 */
import { isKeyferryError } from './errors.ts'
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import type { Random } from './ports.ts'
import { EXPIRY_MARGIN_MS } from './version-reading.ts'

/**
 * - `empty`: nothing is held.
 * - `fresh`: handed out at once.
 * - `advisory`: handed out at once, while newer ones are looked for in the background.
 * - `mandatory`: the last minute; callers wait up to a second for newer ones.
 * - `expired`: from 5 s before the expiration on; never handed out.
 */
export type Freshness = 'empty' | 'fresh' | 'advisory' | 'mandatory' | 'expired'

/** Remaining life from which on callers wait a little for newer credentials. */
export const MANDATORY_MS: number = MINUTE_MS

/** Remaining life from which on a provider is asked again: the common design of AWS's SDKs. */
export function advisoryWindowMs(lifetimeMs: number): number {
  if (lifetimeMs <= 20 * MINUTE_MS) return 5 * MINUTE_MS
  return lifetimeMs < 90 * MINUTE_MS ? 15 * MINUTE_MS : 60 * MINUTE_MS
}

interface Expiring {
  readonly expiresAt: number
}

export function freshness({ expiresAt }: Expiring, advisoryAt: number, now: number): Freshness {
  if (!isValidAt({ expiresAt }, now)) return 'expired'
  if (isMandatoryAt({ expiresAt }, now)) return 'mandatory'
  return now >= advisoryAt ? 'advisory' : 'fresh'
}

export function isValidAt({ expiresAt }: Expiring, now: number): boolean {
  return now < expiresAt - EXPIRY_MARGIN_MS
}

export function isMandatoryAt({ expiresAt }: Expiring, now: number): boolean {
  return now >= expiresAt - MANDATORY_MS
}

/** When what is held turns mandatory or, if it is that already, expired. */
export function nextStateAt({ expiresAt }: Expiring, now: number): number {
  return expiresAt - (isMandatoryAt({ expiresAt }, now) ? EXPIRY_MARGIN_MS : MANDATORY_MS)
}

/** What can be ordered: stored, minted or held credentials. */
export interface Dated {
  readonly credentials: { readonly accessKeyId: string; readonly expiration?: Date }
  readonly provenance?: { readonly issuedAt: Date }
  readonly version?: number
}

/**
 * Whether `a` is newer than `b`: a later `IssuedAt`, then a later `Expiration`; without one they never expire. Version numbers
 * only locate: they restart when a secret is recreated.
 */
export function isNewer(a: Dated, b: Dated): boolean {
  const [issuedA, issuedB] = [a.provenance?.issuedAt.getTime(), b.provenance?.issuedAt.getTime()]
  // What something else made has no IssuedAt: its expiration is all there is to compare.
  if (issuedA !== undefined && issuedB !== undefined && issuedA !== issuedB) return issuedA > issuedB
  const [expiresA, expiresB] = [expiresAt(a), expiresAt(b)]
  if (expiresA !== expiresB) return expiresA > expiresB
  // Of two that were issued in one second, the one written last: so all readers end with the same.
  return a.credentials.accessKeyId !== b.credentials.accessKeyId && (a.version ?? 0) > (b.version ?? 0)
}

function expiresAt({ credentials }: Dated): number {
  return credentials.expiration?.getTime() ?? Infinity
}

export interface BackOff {
  /** The next wait. */
  next(): number
  reset(): void
}

/**
 * Waits that double from `baseMs` on, each drawn between itself and its double, none above `capMs`: those who failed
 * together come back apart, and never sooner than is said.
 */
export function backOff(baseMs: number, capMs: number, random: Random): BackOff {
  let failures = 0
  return {
    next() {
      const leastMs = Math.min(baseMs * 2 ** failures++, capMs / 2)
      return between(leastMs, 2 * leastMs, random)
    },
    reset() {
      failures = 0
    },
  }
}

/** After a refusal with credentials still held: 60 s, doubling to 600 s. Whoever mends it is not waiting for us. */
export function refusedBackOff(random: Random): BackOff {
  return backOff(60 * SECOND_MS, 600 * SECOND_MS, random)
}

/** A uniform draw from [low, high). */
export function between(low: number, high: number, random: Random): number {
  return low + random() * (high - low)
}

/** Whether trying again unchanged cannot mend it. What is not an error of ours may pass. */
export function isRefusal(error: unknown): boolean {
  return (
    isKeyferryError(error) &&
    !error.retryable &&
    !isKeyferryError(error, 'SECRET_UNREADABLE', 'SECRET_CORRUPT', 'EXCHANGE_FAILED', 'LOAD_TIMED_OUT')
  )
}
