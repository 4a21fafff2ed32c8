/** What an application holds: a credential provider as the AWS SDK takes it, with what health checks and middleware need. */
import type { AwsCredentialIdentity } from '@smithy/types'
import type { ClockSkew } from './clock-skew.ts'
import type { CredentialOrigin } from './events.ts'
import type { Freshness } from './instants.ts'
import type { SessionCredentials } from './ports.ts'

/** An `AwsCredentialIdentityProvider` that keeps its credentials fresh. Give it to an AWS client as `credentials`. */
export interface KeyferryProvider<C extends AwsCredentialIdentity = SessionCredentials> {
  /**
   * The held credentials: one cached promise while nothing changes. Rejects only where nothing valid is held and none can
   * be had, with the reason. `forceRefresh` asks the source again, at most once in 10 s, if what is held is what the caller
   * has: the key in `accessKeyId` or, without it, what was handed out last.
   */
  (properties?: Record<string, unknown>): Promise<C>
  /** The AWS SDK's own mark: it asks at every signature, instead of keeping a copy until five minutes before the end. */
  memoized: true
  /** What is held now, for health checks and metrics. */
  readonly state: KeyferryState
  /** AWS refused this key: something newer is looked for at the next call. Any key but the held one is ignored. */
  invalidate(accessKeyId: string): void
  /** Resolves when credentials are held, for start-up probes; rejects with the reason why none can be had. */
  ready(): Promise<void>
}

/** What is held, without any secret. */
export interface KeyferryState {
  readonly freshness: Freshness
  /** `store`: a secret that others keep fresh. `provider`: a provider that is asked for every credential. */
  readonly kind: 'store' | 'provider'
  readonly origin?: CredentialOrigin
  /** The last characters of the access key id. */
  readonly key?: string
  /** Of the secret, where the held credentials are in it. */
  readonly version?: number
  readonly expiration?: Date
  /** AWS refused the held key, and nothing newer has been found yet. */
  readonly suspect: boolean
  /** Whether a load is under way. */
  readonly loading: boolean
  /** Absent where this machine's clock is right to half a minute, as far as is known. */
  readonly clockSkew?: ClockSkew
  /** How the last load ended. */
  readonly lastLoad?: {
    readonly at: Date
    readonly outcome: 'newer' | 'unchanged' | 'failed'
    /** Of a failure: a code of KeyferryError, or the name of a foreign error. */
    readonly reason?: string
  }
}
