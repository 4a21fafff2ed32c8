/** Asks the services what the checks are made of: all at once, but for what depends on an answer. Writes nothing anywhere. */
import { webIdentityMint } from '../../aws/mint.ts'
import { stsEndpoint } from '../../aws/sts-endpoint.ts'
import type { officialSts } from '../../aws/sts-official.ts'
import { leanSts } from '../../aws/sts-lean.ts'
import { datedTransport, type CorrectedClock } from '../../core/clock-skew.ts'
import { DEFAULT_AUDIENCE, durationSecondsOf, type ExchangeOptions } from '../../core/exchange.ts'
import { claimsOf } from '../../core/id-token.ts'
import { DURATION_SECONDS } from '../../core/limits.ts'
import { isStopped, type NewestReading } from '../../core/newest-version.ts'
import type { CallerIdentity, GoogleIdentity, HttpTransport, Random, Sleep } from '../../core/ports.ts'
import { displayKey } from '../../core/redaction.ts'
import { explainTrust, type TrustExplanation } from '../../core/trust/explain.ts'
import { lintTrustPolicy } from '../../core/trust/lint.ts'
import type { WebIdentityClaims } from '../../core/trust.ts'
import { secretManagerEndpoint } from '../../google/endpoints.ts'
import { actingAs, googleIdentity } from '../../google/identity.ts'
import { ask, askAfter, errorOf, valueOf, type Answer } from './answer.ts'
import { endpoint, region } from './endpoint-checks.ts'
import { gatherSecret } from './gather-secret.ts'
import { isDurationRefused } from './exchange-checks.ts'
import type { Minted, TargetFacts, TokenClaims } from './facts.ts'
import type { ServiceDate } from './service-dates.ts'
import type { DoctorRole, Subject } from './subject.ts'

const NO_EXCHANGE: ExchangeOptions = { roleArn: '' }
const ASTRAY = 'endpoint failed: no token and no credential is sent there'

export interface GatherOptions {
  readonly as: DoctorRole
  readonly env: NodeJS.ProcessEnv
  readonly http: HttpTransport
  readonly clock: CorrectedClock
  readonly dates: readonly ServiceDate[]
  /** The text of a trust policy. */
  readonly policy?: string | undefined
  readonly sleep?: Sleep | undefined
  readonly random?: Random | undefined
}

export async function gatherTarget(subject: Subject, options: GatherOptions): Promise<TargetFacts> {
  const { as, env, clock, dates } = options
  const around = {
    env,
    clock,
    http: datedTransport(options.http, clock),
    ...(options.sleep && { sleep: options.sleep }),
    ...(options.random && { random: options.random }),
  }
  // What stands for this workload is not sent where it should not go, not even to see what comes back.
  const astray = endpoint({ subject, env }).level === 'fail'
  const isMisplaced = region({ subject, env, exchange: { skipped: '' } }).level === 'fail'
  const { exchange = NO_EXCHANGE } = subject
  const identity = await ask(() => googleIdentity(around))
  const email = await askAfter(identity, 'identity', (own) => own.email())
  // A person's login has no account whose e-mail it could be.
  const known: Answer<GoogleIdentity> =
    'error' in email && !isWithoutAccount(valueOf(identity)) ? { skipped: 'identity failed' } : identity
  const exchanger =
    exchange === NO_EXCHANGE
      ? { skipped: 'no exchange is configured' }
      : await askAfter(known, 'identity', (own) => actingAs(own, exchange, around))
  const [claims, secret] = await Promise.all([
    'error' in exchanger
      ? exchanger
      : askAfter(exchanger, '', async (source) => {
          const token = await source.idToken(exchange.audience ?? DEFAULT_AUDIENCE)
          return claimsOf(token) as TokenClaims
        }),
    gatherSecret(subject, known, around),
  ])
  const reading = valueOf(secret.newest)
  const [exchanged, canary] = await Promise.all([tried(), genuine(reading)])
  return {
    as,
    env,
    subject,
    now: clock.now(),
    dates,
    kind: 'value' in identity ? { value: identity.value.kind } : identity,
    email,
    claims,
    ...trust(subject.exchange, claims),
    ...secret,
    ...exchanged,
    canary,
  }

  async function tried(): Promise<Pick<TargetFacts, 'exchange' | 'durationRefused'>> {
    const source = valueOf(exchanger)
    if ('skipped' in exchanger) return { exchange: exchanger }
    if (!source || !('value' in claims)) return { exchange: { skipped: 'id-token failed' } }
    if (astray) return { exchange: { skipped: ASTRAY } }
    if (isMisplaced) return { exchange: { skipped: 'region failed' } }
    if (reading && isStopped(reading))
      return { exchange: { skipped: 'the secret is stopped: nothing is minted' } }
    const first = await ask(() => mintedBy(exchange, source))
    const isRefused =
      isDurationRefused(errorOf(first)) && durationSecondsOf(exchange) > DURATION_SECONDS.default
    if (!isRefused) return { exchange: first }
    const shorter = { ...exchange, durationSeconds: DURATION_SECONDS.default }
    return { exchange: await ask(() => mintedBy(shorter, source)), durationRefused: true }
  }

  async function mintedBy(asked: ExchangeOptions, identitySource: GoogleIdentity): Promise<Minted> {
    const sts = asked.chain?.length
      ? await signing(asked.region)
      : leanSts({ http: around.http, region: asked.region, env })
    const { accessKeyId } = await webIdentityMint({
      exchange: asked,
      identity: identitySource,
      sts,
      ...around,
    })()
    return { key: displayKey(accessKeyId), durationSeconds: durationSecondsOf(asked) }
  }

  async function genuine(newest: NewestReading | undefined): Promise<Answer<CallerIdentity>> {
    const stored = newest?.newest?.stored.credentials
    if (astray) return { skipped: ASTRAY }
    if (!stored) return { skipped: 'there are no valid credentials to ask about' }
    if (!exchange.region && !env['AWS_REGION']) return { skipped: 'no region is named to ask AWS in' }
    if (isMisplaced) return { skipped: 'region failed' }
    return ask(async () => (await signing(exchange.region)).callerIdentity(stored))
  }

  async function signing(where: string | undefined): Promise<Signing> {
    const { officialSts: connect } = await import('../../aws/sts-official.ts')
    return connect({ region: where, env })
  }

  function trust(
    exchange: ExchangeOptions | undefined,
    token: Answer<TokenClaims>,
  ): Pick<TargetFacts, 'trust'> {
    const policy = options.policy === undefined ? undefined : policyIn(options.policy)
    if (policy === undefined || !exchange) return {}
    const { audience, sessionName } = exchange
    const explained = (value: TokenClaims): TrustExplanation =>
      explainTrust(
        policy,
        { iss: 'https://accounts.google.com', ...value } as WebIdentityClaims,
        sessionName === undefined ? {} : { sessionName },
      )
    const explanation: Answer<TrustExplanation> =
      'value' in token
        ? { value: explained(token.value) }
        : { skipped: 'there is no ID token to evaluate it for' }
    return {
      trust: { explanation, findings: lintTrustPolicy(policy, audience === undefined ? {} : { audience }) },
    }
  }
}

/** The text of the policy itself, also where it was given with its role, as `aws iam get-role` prints it. */
function policyIn(text: string): string {
  try {
    const { Role: role, AssumeRolePolicyDocument: bare } = JSON.parse(text) as Record<
      string,
      Role | undefined
    >
    const policy = role?.AssumeRolePolicyDocument ?? bare
    return policy === undefined ? text : JSON.stringify(policy)
  } catch {
    // Not to be read is a finding about the policy.
    return text
  }
}

function isWithoutAccount(identity: GoogleIdentity | undefined): boolean {
  return identity?.kind === 'user' || identity?.kind === 'federated'
}

interface Role {
  readonly AssumeRolePolicyDocument?: unknown
}

type Signing = Awaited<ReturnType<typeof officialSts>>

/** Where the services are that tell the time; those that are not configured, or wrongly, tell none. */
export function origins(
  subjects: readonly Subject[],
  env: NodeJS.ProcessEnv,
): Readonly<Partial<Record<ServiceDate['service'], string>>> {
  const secret = subjects.find((each) => each.secret !== undefined)?.secret
  const exchange = subjects.find((each) => each.exchange)?.exchange
  const manager = secret && orNothing(() => secretManagerEndpoint(secret, env).origin)
  const sts = exchange && orNothing(() => stsEndpoint({ region: exchange.region, env }).url)
  return { ...(manager && { 'Secret Manager': manager }), ...(sts && { STS: sts }) }
}

function orNothing(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    // What is wrong with it is the matter of a check.
    return undefined
  }
}
