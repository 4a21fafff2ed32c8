/** What an emulator can be started with, and what its world holds from the start. */

/** Milliseconds since the epoch. `Date` satisfies it. */
export interface EmulatorClock {
  now(): number
}

export interface EmulatorOptions {
  /** Drives the life of tokens and credentials, quotas and lags. Latency and hanging take real time. @default Date */
  readonly clock?: EmulatorClock
  /** Ports on 127.0.0.1; 0 is any free one. @default 0 for each */
  readonly ports?: {
    readonly metadata?: number
    readonly google?: number
    readonly secretManager?: number
    readonly aws?: number
  }
  /** @default defaultSeed(): a broker and an application that share one secret, one role and one bucket */
  readonly seed?: EmulatorSeed
}

export interface EmulatorSeed {
  readonly projects?: readonly ProjectSeed[]
  readonly serviceAccounts?: readonly ServiceAccountSeed[]
  /** People who have logged in with gcloud. */
  readonly users?: readonly UserSeed[]
  /** Workloads of elsewhere that a workload identity provider lets in. */
  readonly federated?: readonly FederatedSeed[]
  /** E-mail of the account that the metadata server speaks for. @default the first one */
  readonly defaultServiceAccount?: string
  readonly secrets?: readonly SecretSeed[]
  readonly roles?: readonly RoleSeed[]
  readonly buckets?: readonly BucketSeed[]
  /** @default 'eu-central-1' */
  readonly region?: string
}

export interface ProjectSeed {
  readonly id: string
  /** @default a number made from the id */
  readonly number?: string
  readonly iam?: IamBindings
}

export interface ServiceAccountSeed {
  readonly email: string
  /** 21 digits: the `sub` of the account's ID tokens. */
  readonly uniqueId: string
  readonly projectId: string
  /** Members that may impersonate it, such as `serviceAccount:EMAIL`. */
  readonly tokenCreators?: readonly string[]
}

/** As a member: `user:EMAIL`. */
export interface UserSeed {
  readonly email: string
  /** In the credential file of the login. */
  readonly refreshToken: string
}

export interface FederatedSeed {
  /** The workload identity provider: `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/NAME`. */
  readonly audience: string
  /** What the other identity provider gives the workload. It is not looked into. */
  readonly subjectToken: string
  /** As a member: `principal://iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/subject/SUBJECT`. */
  readonly principal: string
}

export interface SecretSeed {
  /** `projects/P/secrets/S` or `projects/P/locations/L/secrets/S` */
  readonly name: string
  readonly iam?: IamBindings
  /** With it, destroying a version disables it, and destroys it this much later. */
  readonly versionDestroyTtlSeconds?: number
}

/** Members by role: `{ 'roles/secretmanager.secretAccessor': ['serviceAccount:EMAIL'] }`. */
export type IamBindings = Readonly<Record<string, readonly string[]>>

export interface RoleSeed {
  readonly arn: string
  readonly trustPolicy: unknown
  /** In seconds. @default 3600 */
  readonly maxSessionDuration?: number
}

export interface BucketSeed {
  readonly name: string
  /** Content by key. */
  readonly objects?: Readonly<Record<string, string>>
}
