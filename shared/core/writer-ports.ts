/** What the writer needs from outside, and what it tells beyond its results. */
import type { ErrorReport } from './error-report.ts'
import type { CallerIdentityCheck, Clock, SecretVersions, SessionCredentials } from './ports.ts'

export interface WriterPorts extends CallerIdentityCheck {
  readonly clock: Clock
  readonly secrets: SecretVersions
  /** Rejects with IDENTITY_TOKEN_FAILED or one of the EXCHANGE codes. */
  readonly mint: () => Promise<SessionCredentials>
  readonly onEvent?: ((event: WriterEvent) => void) | undefined
}

/** What an operator may want to know beyond a result. */
export interface WriterEvent {
  /**
   * `forged`: AWS does not know the stored key, or knows it as someone else (SECRET_FORGED); it is replaced.
   * `canary-unanswered`: AWS did not say whether it knows the stored key; nothing follows from that.
   */
  readonly type: 'forged' | 'canary-unanswered'
  readonly target: string
  readonly version: number
  readonly error: ErrorReport
}
