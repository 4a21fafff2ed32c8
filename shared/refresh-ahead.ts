/** `refreshAhead`: the caching rules around any provider, with real time for what cannot be decided at a call. */
import type { AwsCredentialIdentity } from '@smithy/types'
import { correctedClock, CORRECTION_MS_MAX, type ClockSkew } from './core/clock-skew.ts'
import { KeyferryError } from './core/errors.ts'
import { teller, type EventLevel, type KeyferryEvent } from './core/events.ts'
import type { Clock, Random, Sleep } from './core/ports.ts'
import type { KeyferryProvider } from './core/provider.ts'
import { providerSource } from './core/provider-source.ts'
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
  const { advisoryWindowMs } = options
  const problems = [...clientProblems(options)]
  if (typeof load !== 'function') problems.push('load must be a function')
  if (advisoryWindowMs !== undefined && !(advisoryWindowMs > 0))
    problems.push('advisoryWindowMs must be more than 0')
  failOn(problems, 'refreshAhead')
  const parts = clientParts(options)
  return refreshAheadOf(providerSource(load, { ...parts, advisoryWindowMs }), parts)
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
