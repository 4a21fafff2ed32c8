/** A failure as it leaves the process: in an answer, a log line, a result. */
import { KeyferryError, type KeyferryErrorCode } from './errors.ts'
import { withoutDetails } from './redaction.ts'

export interface ErrorReport {
  readonly code: KeyferryErrorCode
  /** What was tried, on which resource, and what to do next. Holds no secret. */
  readonly message: string
  /** Whether the same act may succeed if it is tried again unchanged. */
  readonly retryable: boolean
}

export function reportOf(error: unknown): ErrorReport {
  if (error instanceof KeyferryError) {
    const { code, message, retryable } = error
    return { code, message, retryable }
  }
  const { name, message } = withoutDetails(error)
  return {
    code: 'INTERNAL',
    message: `Keyferry failed in a way that it does not know, please report it: ${name}: ${message}`,
    retryable: false,
  }
}
