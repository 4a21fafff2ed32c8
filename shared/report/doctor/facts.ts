/** What the doctor finds out before it judges: answers of the services, and what was not asked. The checks are made of these alone. */
import type { IdTokenClaims } from '../../core/id-token.ts'
import type { NewestReading } from '../../core/newest-version.ts'
import type { CallerIdentity, GoogleIdentityKind, VersionRecord } from '../../core/ports.ts'
import type { TrustExplanation } from '../../core/trust/explain.ts'
import type { TrustFinding } from '../../core/trust/lint.ts'
import type { VersionReading } from '../../core/version-reading.ts'
import type { SecretBindings, SecretSettings } from '../../google/secret-inspection.ts'
import type { Answer } from './answer.ts'
import type { ServiceDate } from './service-dates.ts'
import type { DoctorRole, Subject } from './subject.ts'

export interface MachineFacts {
  readonly as: DoctorRole
  readonly env: NodeJS.ProcessEnv
  /** Such as `v24.21.0`. */
  readonly nodeVersion: string
  readonly hasPackage: (name: string) => boolean
  /** What is wrong with the configuration, each with its field. */
  readonly problems: readonly string[]
  readonly targets: number
  readonly dates: readonly ServiceDate[]
}

export interface TargetFacts {
  readonly as: DoctorRole
  readonly env: NodeJS.ProcessEnv
  readonly subject: Subject
  /** Corrected by what the services say the time is. */
  readonly now: number
  readonly dates: readonly ServiceDate[]
  readonly kind: Answer<GoogleIdentityKind>
  readonly email: Answer<string>
  readonly accessToken: Answer<true>
  readonly claims: Answer<TokenClaims>
  readonly exchange: Answer<Minted>
  /** STS refused the duration; `exchange` was then tried with an hour. */
  readonly durationRefused?: true
  /** Absent where no policy was given. */
  readonly trust?: {
    readonly explanation: Answer<TrustExplanation>
    readonly findings: readonly TrustFinding[]
  }
  readonly permitted: Answer<ReadonlySet<Permission>>
  readonly settings: Answer<SecretSettings>
  readonly bindings: Answer<SecretBindings>
  /** Newest first. */
  readonly versions: Answer<readonly VersionRecord[]>
  /** What `latest` says; undefined where the secret has no version. */
  readonly latest: Answer<VersionReading | undefined>
  readonly newest: Answer<NewestReading>
  readonly canary: Answer<CallerIdentity>
}

export interface TokenClaims extends IdTokenClaims {
  readonly iss?: string
  readonly iat?: number
  readonly exp: number
}

export interface Minted {
  /** The end of the access key id. */
  readonly key: string
  readonly durationSeconds: number
}

export type Permission = 'access' | 'add' | 'list' | 'destroy' | 'settings' | 'bindings'

/** As Google names them. */
export const PERMISSIONS: Readonly<Record<Permission, string>> = {
  access: 'secretmanager.versions.access',
  add: 'secretmanager.versions.add',
  list: 'secretmanager.versions.list',
  destroy: 'secretmanager.versions.destroy',
  settings: 'secretmanager.secrets.get',
  bindings: 'secretmanager.secrets.getIamPolicy',
}
