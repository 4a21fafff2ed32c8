/** The one layer of retries: capped back-off with full jitter, around a single remote act. */
import { KeyferryError } from './errors.ts'
import type { Random, Sleep } from './ports.ts'

export interface RetryOptions {
  /** Times the act is tried at most, the first included. @default 3 */
  readonly attempts?: number
  /** Whether a failure may pass; called only while attempts are left. @default {@link mayPass} */
  readonly isRetryable?: (error: unknown, attempt: number) => boolean | Promise<boolean>
  /** The longest first wait, in milliseconds; it doubles with every attempt. @default 100 */
  readonly baseMs?: number | ((error: unknown) => number)
  /** The longest wait at all, in milliseconds. @default 2000 */
  readonly capMs?: number
  readonly sleep: Sleep
  readonly random: Random
}

/** Calls `act` until it succeeds, fails for good, or has been tried often enough; then rejects with its last error. */
export async function retry<T>(act: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  return act(1).catch((error: unknown) => retryAfter(error, act, options))
}

/** The same for who has tried once already: a reader loads this only when something has failed. */
export async function retryAfter<T>(
  failure: unknown,
  act: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { attempts = 3, isRetryable = mayPass, baseMs = 100, capMs = 2_000, sleep, random } = options
  let error = failure
  for (let attempt = 1; attempt < attempts && (await isRetryable(error, attempt)); attempt++) {
    const base = typeof baseMs === 'function' ? baseMs(error) : baseMs
    // Full jitter: callers that failed together must not come back together.
    await sleep(random() * Math.min(capMs, base * 2 ** (attempt - 1)))
    try {
      return await act(attempt + 1)
    } catch (next) {
      error = next
    }
  }
  throw error
}

/** Whether an adapter marked the failure as one that may pass. A second time-out says that nobody is there. */
export function mayPass(error: unknown, attempt: number): boolean {
  return error instanceof KeyferryError && error.retryable && !(attempt > 1 && isTimeout(error))
}

/** Whether the deadline ended the exchange, rather than an answer or a broken connection. */
export function isTimeout(error: KeyferryError): boolean {
  return (error.cause as { code?: unknown } | undefined)?.code === 'ETIMEDOUT'
}
