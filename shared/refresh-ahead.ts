/**
 * `refreshAhead`: the caching rules around any provider. What differs from a secret is when it is asked, and that asking it
 * makes new credentials. With real time for what cannot be decided at a call.
 */
import type { AwsCredentialIdentity } from '@smithy/types'
import { correctedClock, CORRECTION_MS_MAX, type ClockSkew } from './core/clock-skew.ts'
import type { CredentialSource } from './core/credential-source.ts'
import { KeyferryError } from './core/errors.ts'
import { teller, type EventLevel, type KeyferryEvent } from './core/events.ts'
import {
  advisoryWindowMs,
  backOff,
  between,
  isMandatoryAt,
  isNewer,
  isRefusal,
  refusedBackOff,
} from './core/instants.ts'
import { MINUTE_MS, SECOND_MS } from './core/limits.ts'
import type { Clock, Random, Sleep } from './core/ports.ts'
import type { KeyferryProvider } from './core/provider.ts'
import { refreshAheadOf, type RefreshAheadParts } from './core/refresh-ahead.ts'

/** What every client takes: collaborators, with the real ones as defaults. */
export interface ClientOptions {
  /** @default Date. With another clock nothing waits for real time that could be decided by it. */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: Random
  /** Told of everything that happens; see {@link KeyferryEvent}. What it throws is ignored. */
  readonly onEvent?: (event: KeyferryEvent) => void
  /** Deadline of a load as a whole, in milliseconds. @default 8000 */
  readonly loadTimeoutMs?: number
}

export interface RefreshAheadOptions extends ClientOptions {
  /**
   * Remaining life from which on `load` is called in the background, in milliseconds. Each instance waits up to a tenth of it
   * more. @default by lifetime: 5 min up to 20 min, 15 min below 90 min, else 60 min
   */
  readonly advisoryWindowMs?: number
}

/**
 * Credentials of `load`, loaded anew ahead of their end, so that callers neither wait nor fail while held ones are valid.
 * Any provider of the AWS SDK will do. Credentials without an expiration are kept for good.
 *
 * @example
 * const s3 = new S3Client({ credentials: refreshAhead(fromTokenFile()) })
 */
export function refreshAhead<C extends AwsCredentialIdentity>(
  load: () => Promise<C>,
  options: RefreshAheadOptions = {},
): KeyferryProvider<C> {
  const { advisoryWindowMs: windowMs } = options
  const problems = clientProblems(options)
  if (typeof load !== 'function') problems.push('load must be a function')
  if (windowMs !== undefined && !(windowMs > 0)) problems.push('advisoryWindowMs must be more than 0')
  failOn(problems, 'refreshAhead')
  const parts = clientParts(options)
  return refreshAheadOf(providerSource(load, { ...parts, advisoryWindowMs: windowMs }), parts)
}

export interface ProviderSourceOptions {
  readonly clock: Clock
  readonly random: Random
  /** Remaining life from which on it is asked again, in milliseconds. @default by lifetime */
  readonly advisoryWindowMs?: number | undefined
}

/** Instances that started together must not ask together: each waits a part of the window, up to this one. */
const JITTER = 0.1
const SUSPECT_EVERY_MS = 5 * MINUTE_MS
/** The longest wait after a failure that may pass: in the last minute there is no time for more. */
const WAIT_MS = { advisory: MINUTE_MS, mandatory: 10 * SECOND_MS }

/** A bare provider as a source: asked when little life is left, and only as often as it can bear. */
export function providerSource<C extends AwsCredentialIdentity>(
  load: () => Promise<C>,
  { clock, random, advisoryWindowMs: configuredMs }: ProviderSourceOptions,
): CredentialSource<C> {
  const refused = refusedBackOff(random)
  const failed = backOff(5 * SECOND_MS, WAIT_MS.advisory, random)
  let advisoryAt = Infinity
  let notBefore = -Infinity
  let notBeforeMandatory = -Infinity
  let suspectNotBefore = -Infinity

  return {
    kind: 'provider',
    async load({ purpose, held, mints }) {
      const now = clock.now()
      // AWS may refuse whatever it is given; the provider must not be asked each time.
      if (held?.suspect && purpose !== 'due' && now < suspectNotBefore) return undefined
      if (purpose === 'forced' && now < notBefore) return undefined
      if (held?.suspect) suspectNotBefore = now + SUSPECT_EVERY_MS
      mints()
      const credentials = await load()
      const loaded = { credentials, origin: 'provider' as const }
      if (!credentials?.accessKeyId) throw unusable('no credentials')
      if (credentials.expiration && !isTime(credentials.expiration))
        throw unusable('credentials with an expiration that is no time')
      const isOther = credentials.accessKeyId !== held?.credentials.accessKeyId
      if (held && !isNewer(loaded, held) && !(held.suspect && isOther)) {
        throw unusable('credentials that are no newer than those that are held')
      }
      return loaded
    },
    dueAt(held, now) {
      if (held.suspect) return Math.max(suspectNotBefore, notBefore)
      return Math.max(advisoryAt, isMandatoryAt(held, now) ? notBeforeMandatory : notBefore)
    },
    advisoryAt: () => advisoryAt,
    onHeld({ expiresAt, since }) {
      const lifetimeMs = expiresAt - since
      // A window as long as the life would ask without end.
      const windowMs = Math.min(configuredMs ?? advisoryWindowMs(lifetimeMs), 0.8 * lifetimeMs)
      advisoryAt = expiresAt === Infinity ? Infinity : expiresAt - windowMs * (1 - between(0, JITTER, random))
      forgetFailures()
    },
    onFailed(error, now) {
      const waitMs = (isRefusal(error) ? refused : failed).next()
      notBefore = now + waitMs
      notBeforeMandatory = isRefusal(error) ? notBefore : now + Math.min(waitMs, WAIT_MS.mandatory)
    },
    onThawed(now) {
      // Where the clock was set back: no longer than was meant.
      suspectNotBefore = Math.min(suspectNotBefore, now + SUSPECT_EVERY_MS)
      forgetFailures()
    },
  }

  function forgetFailures(): void {
    notBefore = notBeforeMandatory = -Infinity
    refused.reset()
    failed.reset()
  }
}

function unusable(what: string): KeyferryError {
  return new KeyferryError('EXCHANGE_IMPLAUSIBLE', `The provider gave ${what}.`, { retryable: true })
}

/** Providers in JavaScript may give a text or a number, or a `Date` that is none. */
export function isTime(value: unknown): value is Date {
  const { getTime } = (value ?? {}) as Partial<Date>
  return typeof getTime === 'function' && !Number.isNaN(Number(value))
}

/** The collaborators of `options`, with the real ones for those that it does not name. */
export function clientParts(options: ClientOptions, secret?: string): RefreshAheadParts {
  const { random = Math.random, onEvent, loadTimeoutMs = 8_000 } = options
  const clock = correctedClock(options.clock ?? Date, (skew) =>
    tell(levelOf(skew), { type: 'clock-skew', ...skew }),
  )
  const tell = teller({ clock, onEvent, ...(secret && { secret }) })
  return { clock, random, tell, loadTimeoutMs, settlesWithin }
}

function levelOf({ aheadMs }: ClockSkew): EventLevel {
  if (Math.abs(aheadMs) > CORRECTION_MS_MAX) return 'error'
  return aheadMs === 0 ? 'info' : 'warning'
}

export function clientProblems({ loadTimeoutMs = 1 }: ClientOptions): string[] {
  return loadTimeoutMs > 0 ? [] : ['loadTimeoutMs must be more than 0']
}

/** Throws CONFIG_INVALID with all problems at once. */
export function failOn(problems: readonly string[], what: string): void {
  if (problems.length === 0) return
  throw new KeyferryError('CONFIG_INVALID', `${what} cannot work: ${problems.join('; ')}.`)
}

/** Waits where time is real. On a clock of one's own nobody would be told when the wait is over. */
export function pauseOn(clock: Clock): Sleep {
  return (ms) => (clock === Date ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve())
}

function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1), false)
    const settled = (): void => {
      clearTimeout(timer)
      resolve(true)
    }
    work.then(settled, settled)
  })
}
