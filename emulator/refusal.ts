/** The emulator's own error: a service saying no in its own words. */

export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** The service's own code: `NOT_FOUND` for Google, `AccessDenied` for AWS. */
  readonly code: string
  /** The HTTP status. */
  readonly status: number
  /** Google's reason in its ErrorInfo. */
  readonly reason?: string

  constructor(code: string, status: number, message: string, reason?: string) {
    super(message)
    this.code = code
    this.status = status
    if (reason !== undefined) this.reason = reason
  }
}
