/** Asks the services what the checks are made of: all at once, but for what depends on an answer. Writes nothing anywhere. */
import { webIdentityMint } from '../../aws/mint.ts'
import { stsEndpoint } from '../../aws/sts-endpoint.ts'
import type { officialSts } from '../../aws/sts-official.ts'
import { leanSts } from '../../aws/sts-lean.ts'
import { datedTransport, type CorrectedClock } from '../../core/clock-skew.ts'
import { DEFAULT_AUDIENCE, durationSecondsOf, type ExchangeOptions } from '../../core/exchange.ts'
import { claimsOf } from '../../core/id-token.ts'
import { DURATION_SECONDS } from '../../core/limits.ts'
import { isStopped, readNewest, type NewestReading } from '../../core/newest-version.ts'
import type { CallerIdentity, GoogleIdentity, HttpTransport, Random, Sleep } from '../../core/ports.ts'
import { displayKey } from '../../core/redaction.ts'
import { explainTrust, type TrustExplanation } from '../../core/trust/explain.ts'
import { lintTrustPolicy } from '../../core/trust/lint.ts'
import type { WebIdentityClaims } from '../../core/trust.ts'
import { readVersion } from '../../core/version-reading.ts'
import { secretManagerEndpoint } from '../../google/endpoints.ts'
import { actingAs, googleIdentity } from '../../google/identity.ts'
import { secretInspection, type SecretInspection } from '../../google/secret-inspection.ts'
import { leanSecretStore } from '../../google/secret-store-lean.ts'
import { ask, askAfter, errorOf, valueOf, type Answer } from './answer.ts'
import { endpoint } from './endpoint-checks.ts'
import { isDurationRefused } from './exchange-checks.ts'
import {
  PERMISSIONS,
  type DoctorRole,
  type Minted,
  type Permission,
  type TargetFacts,
  type TokenClaims,
} from './facts.ts'
import type { ServiceDate } from './service-dates.ts'
import type { Subject } from './subjects.ts'

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
  const identity = await ask(() => googleIdentity(around))
  const [email, claims, secret] = await Promise.all([
    askAfter(identity, 'identity', () => held(identity).email()),
    claimsFor(subject.exchange),
    gatherSecret(subject, identity, around),
  ])
  const reading = valueOf(secret.newest)
  const [exchanged, canary] = await Promise.all([tried(subject.exchange), genuine(reading)])
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

  async function claimsFor(exchange: ExchangeOptions | undefined): Promise<Answer<TokenClaims>> {
    if (!exchange) return { skipped: 'no exchange is configured' }
    const exchanger = await askAfter(identity, 'identity', () => exchangerOf(exchange))
    return askAfter(exchanger, 'id-token', async () => {
      const token = await held(exchanger).idToken(exchange.audience ?? DEFAULT_AUDIENCE)
      return claimsOf(token) as TokenClaims
    }).then((answer) => ('error' in exchanger ? exchanger : answer))
  }

  async function tried(
    exchange: ExchangeOptions | undefined,
  ): Promise<Pick<TargetFacts, 'exchange' | 'durationRefused'>> {
    if (!exchange) return { exchange: { skipped: 'no exchange is configured' } }
    if (astray) return { exchange: { skipped: ASTRAY } }
    if (reading && isStopped(reading))
      return { exchange: { skipped: 'the secret is stopped: nothing is minted' } }
    if (!('value' in claims))
      return { exchange: { skipped: 'error' in claims ? 'id-token failed' : claims.skipped } }
    const first = await ask(() => mintedBy(exchange))
    const error = errorOf(first)
    if (!isDurationRefused(error) || durationSecondsOf(exchange) <= DURATION_SECONDS.default)
      return { exchange: first }
    return {
      exchange: await ask(() => mintedBy({ ...exchange, durationSeconds: DURATION_SECONDS.default })),
      durationRefused: true,
    }
  }

  async function mintedBy(exchange: ExchangeOptions): Promise<Minted> {
    const endpoint = { region: exchange.region, env }
    const sts = exchange.chain?.length
      ? await signing(exchange.region)
      : leanSts({ http: around.http, ...endpoint })
    const mint = webIdentityMint({ exchange, identity: await exchangerOf(exchange), sts, ...around })
    const { accessKeyId } = await mint()
    return { key: displayKey(accessKeyId), durationSeconds: durationSecondsOf(exchange) }
  }

  async function genuine(newest: NewestReading | undefined): Promise<Answer<CallerIdentity>> {
    const stored = newest?.newest?.stored.credentials
    if (astray) return { skipped: ASTRAY }
    if (!stored) return { skipped: 'there are no valid credentials to ask about' }
    const { region } = subject.exchange ?? {}
    if (!region && !env['AWS_REGION']) return { skipped: 'no region is named to ask AWS in' }
    return ask(async () => (await signing(region)).callerIdentity(stored))
  }

  async function signing(region: string | undefined): Promise<Signing> {
    const { officialSts: connect } = await import('../../aws/sts-official.ts')
    return connect({ region, env })
  }

  async function exchangerOf(exchange: ExchangeOptions): Promise<GoogleIdentity> {
    return actingAs(held(identity), exchange, around)
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

interface Role {
  readonly AssumeRolePolicyDocument?: unknown
}

type Signing = Awaited<ReturnType<typeof officialSts>>

type SecretFacts = Pick<
  TargetFacts,
  'accessToken' | 'permitted' | 'settings' | 'bindings' | 'versions' | 'latest' | 'newest'
>

async function gatherSecret(
  { secret }: Subject,
  identity: Answer<GoogleIdentity>,
  around: {
    readonly env: NodeJS.ProcessEnv
    readonly http: HttpTransport
    readonly clock: CorrectedClock
    readonly sleep?: Sleep
    readonly random?: Random
  },
): Promise<SecretFacts> {
  if (secret === undefined) return nothing('no secret is configured')
  const accessToken = await askAfter(identity, 'identity', async () => {
    await held(identity).accessToken()
    return true as const
  })
  if (!('value' in accessToken))
    return { ...nothing('skipped' in accessToken ? accessToken.skipped : 'access-token failed'), accessToken }
  const options = { secret, tokens: held(identity), ...around }
  const doors = await ask(() => ({ store: leanSecretStore(options), inspection: secretInspection(options) }))
  if (!('value' in doors)) {
    const { permitted, ...others } = nothing('Secret Manager was not asked')
    return { ...others, accessToken, permitted: 'error' in doors ? doors : permitted }
  }
  const { store, inspection } = doors.value
  const permitted = await ask(() => permissionsOf(inspection))
  const where = (permission: Permission): Answer<true> => {
    const all = valueOf(permitted)
    if (!all) return { skipped: 'Secret Manager did not say what is permitted' }
    return all.has(permission)
      ? { value: true }
      : { skipped: `it cannot be seen without ${PERMISSIONS[permission]}` }
  }
  const { clock } = around
  // Who may do nothing at all may still be told that there is no such secret.
  const readable: Answer<true> = valueOf(permitted)?.size === 0 ? { value: true } : where('access')
  const [settings, bindings, versions, latest] = await Promise.all([
    askAfter(where('settings'), '', () => inspection.settings()),
    askAfter(where('bindings'), '', () => inspection.bindings()),
    askAfter(where('list'), '', () => store.list()),
    askAfter(readable, '', () => readVersion(store, 'latest', { clock })),
  ])
  const newest = await askAfter(where('access'), '', () =>
    // `latest` may lag however young what it gives is: only the numbers above it tell.
    readNewest(store, { clock, known: valueOf(versions)?.[0]?.version, isOverdue: () => true }),
  )
  return { accessToken, permitted, settings, bindings, versions, latest, newest }
}

async function permissionsOf(inspection: SecretInspection): Promise<ReadonlySet<Permission>> {
  const granted = await inspection.permitted(Object.values(PERMISSIONS))
  const all = Object.entries(PERMISSIONS) as [Permission, string][]
  return new Set(all.filter(([, name]) => granted.includes(name)).map(([permission]) => permission))
}

function nothing(because: string): SecretFacts {
  const answer = { skipped: because }
  return {
    accessToken: answer,
    permitted: answer,
    settings: answer,
    bindings: answer,
    versions: answer,
    latest: answer,
    newest: answer,
  }
}

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

function held<T>(answer: Answer<T>): T {
  return (answer as { readonly value: T }).value
}
