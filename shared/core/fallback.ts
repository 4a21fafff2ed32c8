/** When a client of a secret mints for itself: at its own drawn point, if nobody has refreshed the secret until then. */
import { localOf } from './clock-skew.ts'
import type { Held, Loaded, LoadTask } from './credential-source.ts'
import { isKeyferryError, KeyferryError } from './errors.ts'
import { drawFallbackPoint, truncatedExponential } from './fallback-point.ts'
import { between, isRefusal, MANDATORY_MS, refusedBackOff } from './instants.ts'
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import { mintAndPublish, type MintAndPublishOptions } from './mint-and-publish.ts'
import type { NewestReading } from './newest-version.ts'
import type { Provenance } from './payload.ts'
import type { Random, SessionCredentials } from './ports.ts'

export interface FallbackOptions extends MintAndPublishOptions {
  /** Whether what is minted goes into the secret. */
  readonly publish: boolean
  readonly random: Random
}

export interface Fallback {
  /** Draws the instant from which on to mint. Again, for an instance that was away at that instant, as all others may have been. */
  draw(held: Held<SessionCredentials>, now: number): void
  /** From when on to mint, by the clock. */
  dueAt(held: Held<SessionCredentials>): number
  /**
   * The secret cannot be asked at the point, since its quota is used up: whether to ask again a little later rather than to
   * mint. In a fleet that is too large for its quota somebody has most likely minted and published.
   */
  putsOff(held: Held<SessionCredentials>, now: number): boolean
  /** Whether what is minted goes into the secret. Not after it was refused. */
  readonly publishes: boolean
  /** AWS refuses what is held, and nobody has anything newer: whether to mint at once, rather than when it is due. */
  replacesSuspectNow(now: number): boolean
  /**
   * Mints, and publishes where the newest version that was read is ours. `instead` of what it is, where that is an error
   * that the caller should hear of too if the mint fails.
   */
  mint(
    task: LoadTask<SessionCredentials>,
    reading: NewestReading | undefined,
    instead?: unknown,
  ): Promise<Loaded<SessionCredentials>>
  onFailed(error: unknown, now: number): void
  /** At `now`, which may be earlier than before: no wait is longer from then on than it was meant to be. */
  forgetFailures(now: number): void
}

const SUSPECT_DRAW = { spanMs: 30 * SECOND_MS, meanMs: 2 * SECOND_MS }
const SUSPECT_EVERY_MS = 5 * MINUTE_MS

export function fallback(options: FallbackOptions): Fallback {
  const { clock, random, tell } = options
  const refused = refusedBackOff(random)
  const tookMs: number[] = []
  let publishes = options.publish
  let pointAt = Infinity
  let leastMs = Infinity
  let meanMs: number | undefined
  let notBefore = -Infinity
  let suspectAt = Infinity
  let suspectNotBefore = -Infinity
  let isShortSaid = false

  return {
    get publishes() {
      return publishes
    },
    draw({ expiresAt, provenance }, now) {
      suspectAt = pointAt = leastMs = Infinity
      if (!provenance) return
      const point = drawFallbackPoint({
        lifeMs: expiresAt - provenance.issuedAt.getTime(),
        overdueMs: expiresAt - provenance.refreshAfter.getTime(),
        leftMs: expiresAt - now,
        publishes,
        random,
      })
      pointAt = expiresAt - point.leftMs
      ;({ leastMs, meanMs } = point)
    },
    dueAt({ expiresAt, suspect }) {
      const at = Math.min(pointAt, expiresAt - MANDATORY_MS)
      return Math.max(suspect ? Math.min(at, suspectAt) : at, notBefore)
    },
    putsOff({ expiresAt, suspect }, now) {
      // The quota is one of accesses a minute.
      const again = now + between(0.5, 1.5, random) * MINUTE_MS
      if (suspect || again > expiresAt - leastMs) return false
      pointAt = again
      return true
    },
    replacesSuspectNow(now) {
      const from = Math.max(now, suspectNotBefore)
      const { spanMs, meanMs } = SUSPECT_DRAW
      // Mirrored, so that the first of many comes alone, and the next one finds what it published.
      suspectAt = publishes ? from + spanMs - truncatedExponential(meanMs, spanMs, random) : from
      return suspectAt <= now
    },
    async mint(task, reading, instead) {
      const startedAt = localOf(clock)
      if (task.held?.suspect) suspectAt = suspectNotBefore = clock.now() + SUSPECT_EVERY_MS
      const over = publishes && reading ? ours(reading) : undefined
      const { loaded, mayPublish } = await mintAndPublish(options, task, over).catch((error: unknown) => {
        throw instead === undefined ? error : both(error, instead)
      })
      publishes &&= mayPublish
      measure(localOf(clock) - startedAt)
      return loaded
    },
    onFailed(error, now) {
      notBefore = now + (isRefusal(error) ? refused.next() : between(MINUTE_MS, 5 * MINUTE_MS, random))
    },
    forgetFailures(now) {
      notBefore = -Infinity
      refused.reset()
      const latest = now + SUSPECT_EVERY_MS
      suspectNotBefore = Math.min(suspectNotBefore, latest)
      if (suspectAt < Infinity) suspectAt = Math.min(suspectAt, latest + SUSPECT_DRAW.spanMs)
    },
  }

  // Whoever draws a point within this time of the first one mints beside it: with a tenth of the mean, one in ten does.
  function measure(ms: number): void {
    tookMs.push(ms)
    if (tookMs.length > 20) tookMs.shift()
    const p95 = tookMs.toSorted((a, b) => a - b)[Math.ceil(0.95 * tookMs.length) - 1] as number
    if (isShortSaid || meanMs === undefined || meanMs >= 10 * p95) return
    isShortSaid = true
    tell('warning', { type: 'window-short', meanMs, tookMs: p95 })
  }
}

/** What the newest version is that still holds anything, if it is ours and of the same grant; expired or not. */
function ours({ seen }: NewestReading): Provenance | undefined {
  const newest = seen
    .toSorted((a, b) => b.version - a.version)
    .find(({ problem }) => !isKeyferryError(problem, 'SECRET_DESTROYED'))
  if (newest?.problem && !isKeyferryError(newest.problem, 'CREDENTIALS_EXPIRED')) return undefined
  return newest?.stored?.provenance
}

function both(error: unknown, problem: unknown): unknown {
  if (!isKeyferryError(error) || !isKeyferryError(problem)) return error
  // Both wanted the same first: a credential file, say.
  if (error.message === problem.message) return error
  const { code, message, retryable, cause, resource } = error
  const about = { retryable: retryable || !isRefusal(problem), cause, ...(resource && { resource }) }
  // Some messages end with a command, and without a full stop.
  const first = message.endsWith('.') ? message : `${message}.`
  return new KeyferryError(code, `${first} The secret was tried first: ${problem.message}`, about)
}
