/** The roles that the rules in this folder speak to: the whole architecture on one page. Adapters implement them. */

/** Milliseconds since the epoch. `Date` satisfies it; tests pass their own. */
export interface Clock {
  now(): number
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number

/** Resolves after `ms` of real time. Only adapters wait; the rules have "not before" instants instead. */
export type Sleep = (ms: number) => Promise<void>

/** Whether `work` settles within `ms` of real time, however it settles. Never rejects. */
export type SettlesWithin = (work: Promise<unknown>, ms: number) => Promise<boolean>

/**
 * One HTTP exchange. Any status resolves; no whole answer (refused, reset, timed out, too large, cut short) rejects with
 * an `Error` whose message says which, and holds neither header nor body.
 */
export type HttpTransport = (request: HttpRequest) => Promise<HttpResponse>

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number
  /** The metadata server is asked directly, whatever the environment says of proxies. @default false */
  readonly direct?: boolean
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** AWS credentials of a session: the SDK's `AwsCredentialIdentity` with what every session has made required. */
export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
  readonly accountId: string
}

/** Proves to whoever `audience` names who this workload is. Rejects with IDENTITY_TOKEN_FAILED. */
export interface IdTokenSource {
  idToken(audience: string): Promise<string>
}

/** Authorizes calls to Google's own services. Rejects with ACCESS_TOKEN_FAILED. */
export interface AccessTokenSource {
  accessToken(): Promise<string>
  /** Whose quota its calls count against, where the identity has no project of its own: `x-goog-user-project`. */
  readonly quotaProject?: string
  /** Google did not accept `token`: it is not given out again. */
  discard?(token: string): void
}

/** Who this process is to Google. `email` and `uniqueId` reject with IDENTITY_TOKEN_FAILED. */
export interface GoogleIdentity extends IdTokenSource, AccessTokenSource {
  readonly kind: GoogleIdentityKind
  /** E-mail of the service account. */
  email(): Promise<string>
  /** Its unique id, which trust policies name as `accounts.google.com:sub`. */
  uniqueId(): Promise<string>
}

/** `federated` and `user` have no ID tokens that AWS could trust: they are what impersonation starts from. */
export type GoogleIdentityKind = 'metadata' | 'key-file' | 'impersonated' | 'federated' | 'user'

/** What every source of Google's tokens works with. */
export interface GoogleIdentityOptions {
  /** Every call goes through it. */
  readonly http: HttpTransport
  readonly clock?: Clock
  /** Read for what names an identity, and for where Google is; see the README. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of one attempt, in milliseconds. @default 3000 */
  readonly timeoutMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

/** Where the tokens of an identity come from. It is asked every time; what it answers is checked and held by its identity. */
export interface GoogleTokenSource {
  readonly kind: GoogleIdentityKind
  /** Who answers, for messages: `The metadata server at HOST`. */
  readonly name: string
  /** The same as an error's resource: a host, a file, an e-mail. */
  readonly resource: string
  readonly quotaProject?: string
  idToken(audience: string): Promise<unknown>
  accessToken(): Promise<{ readonly token?: unknown; readonly expiresInSeconds?: unknown }>
  email(): Promise<string>
}

/** Trades an ID token for AWS credentials. Rejects with EXCHANGE_REFUSED or EXCHANGE_FAILED. */
export interface WebIdentityExchange {
  assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<AssumedRole>
}

export interface WebIdentityRequest {
  readonly roleArn: string
  readonly sessionName: string
  readonly idToken: string
  readonly durationSeconds: number
  readonly policy?: string
  readonly policyArns?: readonly string[]
}

export interface AssumedRole {
  readonly credentials: SessionCredentials
  /** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, without the role's path. */
  readonly assumedRoleArn: string
}

/** Says who credentials belong to, as AWS sees it. Rejects with IDENTITY_CHECK_FAILED; `retryable` when AWS did not answer. */
export interface CallerIdentityCheck {
  callerIdentity(credentials: SessionCredentials): Promise<CallerIdentity>
}

export interface CallerIdentity {
  readonly accountId: string
  readonly arn: string
}

/** What a secret's version holds. */
export interface SecretVersion {
  readonly version: number
  readonly payload: Uint8Array
}

/**
 * A secret as its readers and publishers use it. `read` rejects with SECRET_NOT_FOUND (also for a number that does not
 * exist), SECRET_DISABLED, SECRET_DESTROYED, SECRET_DENIED, SECRET_CORRUPT or SECRET_UNREADABLE; `add` with
 * SECRET_DENIED, SECRET_NOT_FOUND or SECRET_WRITE_FAILED.
 */
export interface SecretStore {
  /** By number it is strongly consistent; `latest` may lag, and may be disabled or destroyed. */
  read(version: 'latest' | number): Promise<SecretVersion>
  /** Resolves to the number of the new version. */
  add(payload: Uint8Array): Promise<number>
}

/** A secret as its writer keeps it. */
export interface SecretVersions extends SecretStore {
  /** Newest first, without payloads, and without what is destroyed. Eventually consistent. */
  list(): Promise<readonly VersionRecord[]>
  /** Final: the payload is gone and costs nothing more. */
  destroy(version: number): Promise<void>
}

export interface VersionRecord {
  readonly version: number
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  readonly createdAt: Date
  /** Where the secret delays destruction: the version is disabled until then, and destroyed without any further call. */
  readonly destroyAt?: Date
}
