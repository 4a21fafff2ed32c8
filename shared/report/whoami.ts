/** Who this workload is, to Google and at AWS, as data; no token and no credential is in it. */
import { reportOf, type ErrorReport } from '../core/error-report.ts'
import { KeyferryError } from '../core/errors.ts'
import { DEFAULT_AUDIENCE } from '../core/exchange.ts'
import { claimsOf } from '../core/id-token.ts'
import { isStopped, readNewest } from '../core/newest-version.ts'
import type {
  CallerIdentityCheck,
  Clock,
  IdTokenSource,
  SecretStore,
  SessionCredentials,
} from '../core/ports.ts'
import { displayKey } from '../core/redaction.ts'

/** What `keyferry whoami --json` prints. */
export interface WhoamiReport {
  readonly ok: boolean
  readonly google: GoogleIdentity | Failed
  /** One for each target; empty where none is configured. */
  readonly aws: readonly ((AwsIdentity | Failed) & { readonly target: string })[]
}

export interface GoogleIdentity {
  readonly email: string
  /** Trust policies name it as `accounts.google.com:sub`. */
  readonly uniqueId: string
  /** Trust policies compare it as `accounts.google.com:aud`: the unique id or the e-mail, as the token was minted. */
  readonly azp: string
  /** Trust policies compare it as `accounts.google.com:oaud`. */
  readonly audience: string
}

export interface AwsIdentity {
  readonly accountId: string
  readonly arn: string
  /** The last four characters of the access key id. */
  readonly key: string
  /** Whether the secret held credentials, or new ones were minted to ask with. */
  readonly from: 'secret' | 'exchange'
}

export interface Failed {
  readonly problem: ErrorReport
}

export interface WhoamiOptions {
  readonly clock?: Clock
  readonly identity: IdTokenSource & { email(): Promise<string> }
  /** @default 'sts.amazonaws.com' */
  readonly audience?: string
  readonly targets: readonly WhoamiTarget[]
}

/** A target and what it takes to ask AWS about it. */
export interface WhoamiTarget {
  readonly name: string
  readonly secrets?: Pick<SecretStore, 'read'>
  readonly mint: () => Promise<SessionCredentials>
  readonly sts: CallerIdentityCheck
}

export async function gatherWhoami(options: WhoamiOptions): Promise<WhoamiReport> {
  const { clock = Date, identity, audience = DEFAULT_AUDIENCE, targets } = options
  const [google, ...aws] = await Promise.all([
    orProblem(() => googleIdentity(identity, audience)),
    ...targets.map(async (target) => ({
      target: target.name,
      ...(await orProblem(() => awsIdentity(target, clock))),
    })),
  ])
  return { ok: [google, ...aws].every((answer) => !('problem' in answer)), google, aws }
}

async function googleIdentity(
  identity: WhoamiOptions['identity'],
  audience: string,
): Promise<GoogleIdentity> {
  const [claims, email] = await Promise.all([
    identity.idToken(audience).then((token) => claimsOf(token)),
    identity.email(),
  ])
  if (!claims?.sub || !claims.aud)
    throw new KeyferryError(
      'IDENTITY_TOKEN_FAILED',
      'The ID token does not say whose it is (no "sub" or no "aud"): AWS would refuse it.',
    )
  // Where a token has no `azp`, AWS compares its `aud`.
  return { email, uniqueId: claims.sub, azp: claims.azp ?? claims.aud, audience: claims.aud }
}

async function awsIdentity({ secrets, mint, sts }: WhoamiTarget, clock: Clock): Promise<AwsIdentity> {
  const reading = secrets && (await readNewest(secrets, { clock }))
  // An operator's stop is one for us too: nothing is minted just to ask.
  if (reading && isStopped(reading)) throw reading.top?.problem
  const stored = reading?.newest?.stored.credentials
  const credentials = stored ?? (await mint())
  const { accountId, arn } = await sts.callerIdentity(credentials)
  return { accountId, arn, key: displayKey(credentials.accessKeyId), from: stored ? 'secret' : 'exchange' }
}

async function orProblem<T extends object>(ask: () => Promise<T>): Promise<T | Failed> {
  try {
    return await ask()
  } catch (error) {
    return { problem: reportOf(error) }
  }
}
