/** One error class with a closed set of codes, each named after the act that failed. */

/** Every code a {@link KeyferryError} can carry. The README's table has one row for each. */
export const ERROR_CODES = [
  'CONFIG_INVALID',
  'DEPENDENCY_MISSING',
  'IDENTITY_TOKEN_FAILED',
  'ACCESS_TOKEN_FAILED',
  'EXCHANGE_REFUSED',
  'EXCHANGE_FAILED',
  'EXCHANGE_IMPLAUSIBLE',
  'IDENTITY_CHECK_FAILED',
  'SECRET_NOT_FOUND',
  'SECRET_DENIED',
  'SECRET_UNREADABLE',
  'SECRET_DISABLED',
  'SECRET_DESTROYED',
  'SECRET_CORRUPT',
  'SECRET_MALFORMED',
  'SECRET_IMPLAUSIBLE',
  'SECRET_NOT_OURS',
  'SECRET_OTHER_GRANT',
  'SECRET_CONTENDED',
  'SECRET_FORGED',
  'SECRET_STOPPED',
  'SECRET_WRITE_FAILED',
  'CREDENTIALS_EXPIRED',
  'CACHE_UNSAFE',
  'CACHE_UNAVAILABLE',
  'LOAD_TIMED_OUT',
  'TARGET_UNKNOWN',
  'INTERNAL',
] as const

export type KeyferryErrorCode = (typeof ERROR_CODES)[number]

export interface KeyferryErrorOptions {
  /** What failed underneath. Adapters pass it through `withoutDetails` first: foreign errors carry headers. */
  readonly cause?: unknown
  /** Whether the same act may succeed if it is tried again unchanged. @default false */
  readonly retryable?: boolean
  /** The one resource that the act was about: a secret, a role ARN, a file, a URL. */
  readonly resource?: string
}

/**
 * What every failure of Keyferry looks like. The message says what was tried, on which resource, and what to do
 * next; it never holds a credential or a token. Check `code`, or `instanceof KeyferryError`.
 */
export class KeyferryError extends Error {
  override readonly name = 'KeyferryError'
  readonly code: KeyferryErrorCode
  readonly retryable: boolean
  // Only declared: a field would be there, undefined, where there is no resource.
  declare readonly resource?: string

  constructor(code: KeyferryErrorCode, message: string, options: KeyferryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    if (options.resource !== undefined) this.resource = options.resource
  }
}

export function isKeyferryError(error: unknown, ...codes: KeyferryErrorCode[]): error is KeyferryError {
  return error instanceof KeyferryError && (codes.length === 0 || codes.includes(error.code))
}
