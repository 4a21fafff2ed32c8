/** What Google's client rejects with, translated: gRPC's statuses by number, in either of its transports. */
import type { KeyferryError } from '../core/errors.ts'
import { refused, unanswered } from './secret-errors.ts'
import type { SecretAttempt } from './secret-refusals.ts'

const STATUS: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

interface GoogleError extends Error {
  readonly code?: unknown
  /** The message without the status in front. */
  readonly details?: unknown
  readonly reason?: unknown
}

/** Whether it may be the connection, rather than the service behind it, that failed. */
export function isConnectionFailure(error: unknown): boolean {
  const { code } = error as GoogleError
  // gRPC calls a connection that broke in the middle of a call INTERNAL.
  return (
    typeof code !== 'number' || ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL'].includes(STATUS[code] ?? '')
  )
}

export function grpcFailure(attempt: SecretAttempt, error: unknown): KeyferryError {
  const { code, details, reason, message } = error as GoogleError
  const said = typeof details === 'string' && details ? details : String(message ?? error)
  const status = typeof code === 'number' ? STATUS[code] : undefined
  if (status === 'DEADLINE_EXCEEDED') return unanswered(attempt, timedOut(said))
  if (status === undefined || status === 'UNAVAILABLE') return unanswered(attempt, error)
  return refused(attempt, {
    status,
    // In REST mode the client's own words for an answer that it cannot read have that answer in them.
    ...(!/\bresponse body\b/.test(said) && { message: said }),
    ...(typeof reason === 'string' && { reason }),
  })
}

/** An error in the form that every transport of ours gives a deadline. */
export function timedOut(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' })
}
