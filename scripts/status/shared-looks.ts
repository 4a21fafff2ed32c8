/** Looks at the secrets that many ask for, each shared by all who come while it is made and for some time after. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { SECOND_MS } from '../../shared/core/limits.ts'
import type { Clock } from '../../shared/core/ports.ts'
import type { StatusReport } from '../../shared/report/status.ts'

export interface SharedLooksOptions {
  readonly look: () => Promise<StatusReport>
  /** How long a look is told of after it ended, however it ended, in milliseconds. */
  readonly maxAgeMs: number
  /** How long one who asks waits for it; it goes on for those who come later. In milliseconds. @default 8000 */
  readonly patienceMs?: number
  readonly clock?: Clock
}

/** A monitoring agent gives up after 10 s, and there must be time for the answer's way. */
const PATIENCE_MS = 8 * SECOND_MS

/** Rejects with what the look failed with, or with LOAD_TIMED_OUT. */
export function sharedLooks(options: SharedLooksOptions): () => Promise<StatusReport> {
  const { look, maxAgeMs, patienceMs = PATIENCE_MS, clock = performance } = options
  let current: { readonly report: Promise<StatusReport>; endedAt?: number } | undefined

  return () => {
    const isOver = current?.endedAt !== undefined && clock.now() - current.endedAt >= maxAgeMs
    current = current && !isOver ? current : begin()
    return within(patienceMs, current.report)
  }

  function begin(): NonNullable<typeof current> {
    const begun: NonNullable<typeof current> = { report: look() }
    const end = (): void => void (begun.endedAt = clock.now())
    begun.report.then(end, end)
    return begun
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(tooSlow(ms)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(late))
  })
}

function tooSlow(ms: number): KeyferryError {
  return new KeyferryError(
    'LOAD_TIMED_OUT',
    `The look at the secrets takes over ${ms} ms, and goes on. Ask again in some seconds; "keyferry doctor" says what is slow.`,
    { retryable: true },
  )
}
