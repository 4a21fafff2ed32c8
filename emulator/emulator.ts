/** The emulator as its user holds it: what each service can be told, and what it tells. */
import type { SecretManagerQuotas } from './google/secret-manager/quotas.ts'
import type { BucketSeed, RoleSeed, SecretSeed } from './options.ts'
import type { Watched } from './watch.ts'

// No type of a library may appear here, nor in what this file imports: users need not have them installed.

export interface Emulator {
  /** Everything that a client process needs to talk to it: spread it into the process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** The same as a workload with another identity sees it. */
  envFor(serviceAccountEmail: string): Promise<Readonly<Record<string, string>>>
  /** A key file of a service account, to be written where `GOOGLE_APPLICATION_CREDENTIALS` points. */
  keyFileFor(serviceAccountEmail: string): Promise<KeyFile>
  readonly metadata: MetadataServer
  readonly google: GoogleApis
  readonly secretManager: SecretManager
  readonly sts: Sts
  readonly s3: S3
  /** Closes every port, with all that hangs on it. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Operations: `identity`, `token`, `email`, `scopes`, `aliases`, `service-accounts`, `project-id`, `numeric-project-id`,
 * `universe-domain`, `ping`.
 */
export interface MetadataServer extends Watched {
  /** An ID token is given again until it has this much life left. @default 0: until it has expired */
  idTokenReuseUntilMs: number
  /** @default 300,000: who asks for an access token gets one with five minutes at least */
  accessTokenReuseUntilMs: number
  /** How far the clock that its answers and ID tokens are dated by runs ahead of the emulator's. @default 0 */
  clockSkewMs: number
}

/** The token endpoints and IAM Credentials. Operations: `token`, `exchange`, `generateIdToken`, `generateAccessToken`, `certs`. */
export interface GoogleApis extends Watched {
  /** How far the clock that its answers and tokens are dated by, and assertions judged by, runs ahead of the emulator's. @default 0 */
  clockSkewMs: number
}

/** Operations are named as the RPCs are, over both transports: `AccessSecretVersion`, `AddSecretVersion`, … */
export interface SecretManager extends Watched, Lags {
  /** How far the clock that its answers and versions are dated by runs ahead of the emulator's. @default 0 */
  clockSkewMs: number
  /** Change a number to try another quota; `Infinity` lifts it. */
  readonly quotas: SecretManagerQuotas
  createSecret(seed: SecretSeed): void
  deleteSecret(secret: string): void
  /** Lets a member, such as `serviceAccount:EMAIL`, do what a role allows. */
  grant(secret: string, role: string, member: string): void
  revoke(secret: string, role: string, member: string): void
  /** Adds a version as somebody else's hand, past permissions and quotas. */
  add(secret: string, payload: string | Uint8Array): number
  setState(secret: string, version: number, state: VersionState): void
  /** Flips a bit of what is stored: the payload no longer has the checksum that comes with it. */
  corrupt(secret: string, version: number): void
  /** Oldest first; as they are, whatever lags. */
  versions(secret: string): readonly EmulatedVersion[]
}

/** How long what was done stays unseen, in milliseconds of the emulator's clock. @default 0 for each */
export interface Lags {
  /** `latest`: only eventually consistent. */
  latestLagMs: number
  /** Listing versions likewise. */
  listLagMs: number
  /** A number that was asked for before it existed stays NOT_FOUND this long after. */
  notFoundLagMs: number
}

export type VersionState = 'ENABLED' | 'DISABLED' | 'DESTROYED'

export interface EmulatedVersion {
  readonly version: number
  readonly state: VersionState
  readonly createdAt: Date
  /** Undefined once destroyed. */
  readonly payload: Uint8Array | undefined
}

/** Operations: `AssumeRoleWithWebIdentity`, `AssumeRole`, `GetCallerIdentity`. */
export interface Sts extends Watched {
  /** How far the clock of all that is AWS here runs ahead of the emulator's. @default 0 */
  clockSkewMs: number
  /** How far ahead of that clock a token's `iat` may be. AWS's own figure is not documented. @default 300,000 */
  clockToleranceMs: number
  /** Makes or replaces a role. */
  putRole(role: RoleSeed): void
  setTrustPolicy(roleArn: string, trustPolicy: unknown): void
  deleteRole(roleArn: string): void
  /** AWS no longer knows the key, as when its role was deleted: `InvalidClientTokenId`, at S3 `InvalidAccessKeyId`. */
  revokeSession(accessKeyId: string): void
  /** Denies everything to sessions of a role that were issued before, as a revoking policy does: `AccessDenied`. */
  denySessions(roleArn: string, issuedBefore: Date | undefined): void
}

/**
 * Operations: `ListBuckets`, `ListObjectsV2`, `ListObjects`, `GetObject`, `HeadObject`, `PutObject`, `DeleteObject`,
 * `HeadBucket`, `CreateBucket`, `GetBucketLocation`.
 */
export interface S3 extends Watched {
  /** Makes or replaces a bucket. */
  putBucket(bucket: BucketSeed): void
  /** What an object holds. */
  object(bucket: string, key: string): Uint8Array | undefined
}

/** The JSON of a service account's key file. */
export interface KeyFile {
  readonly type: 'service_account'
  readonly project_id: string
  readonly private_key_id: string
  /** PKCS #8 in PEM. */
  readonly private_key: string
  readonly client_email: string
  readonly client_id: string
  readonly token_uri: string
}
