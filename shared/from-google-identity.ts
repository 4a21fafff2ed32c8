/** `fromGoogleIdentity`: the exchange itself as a provider, without a secret. One mint per process and life. */
import type { AwsCredentialIdentity } from '@smithy/types'
import type { CorrectedClock } from './core/clock-skew.ts'
import { KeyferryError } from './core/errors.ts'
import { effectiveRole, exchangeProblems, roleParts, type ExchangeOptions } from './core/exchange.ts'
import type { Random, SessionCredentials } from './core/ports.ts'
import type { KeyferryProvider } from './core/provider.ts'
import { refreshAheadOf } from './core/refresh-ahead.ts'
import type { CallTimeouts } from './google-exchange.ts'
import {
  clientParts,
  clientProblems,
  failOn,
  isTime,
  providerSource,
  type ClientOptions,
} from './refresh-ahead.ts'

export interface FromGoogleIdentityOptions extends ExchangeOptions, ExchangingOptions {}

/** What every client takes that can make the exchange itself. */
export interface ExchangingOptions extends ClientOptions {
  /** The act behind the exchange. @default the workload's Google identity, traded at AWS STS */
  readonly mint?: () => Promise<AwsCredentialIdentity>
  /** Deadlines of single calls. */
  readonly timeoutsMs?: CallTimeouts
  /** Read for AWS_REGION and for where the clouds are; see the README. @default process.env */
  readonly env?: NodeJS.ProcessEnv
}

/**
 * AWS credentials for the workload's Google identity, by `AssumeRoleWithWebIdentity`, held by the rules of
 * {@link refreshAhead}. Throws CONFIG_INVALID with every problem at once; the provider rejects with IDENTITY_TOKEN_FAILED,
 * EXCHANGE_REFUSED, EXCHANGE_FAILED or EXCHANGE_IMPLAUSIBLE.
 *
 * @example
 * const credentials = fromGoogleIdentity({ roleArn: 'arn:aws:iam::123456789012:role/app', region: 'eu-central-1' })
 * const s3 = new S3Client({ region: 'eu-central-1', credentials })
 */
export function fromGoogleIdentity(options: FromGoogleIdentityOptions): KeyferryProvider {
  failOn([...exchangingProblems(options, options), ...clientProblems(options)], 'fromGoogleIdentity')
  const parts = clientParts(options)
  const { act, reconnect } = exchanging(options, { ...options, ...parts })
  const source = providerSource(act, parts)
  return refreshAheadOf(
    {
      ...source,
      onThawed(now) {
        reconnect()
        source.onThawed(now)
      },
    },
    parts,
  )
}

export interface Exchanging {
  /** The exchange. Loads what it needs at its first use. */
  readonly act: () => Promise<SessionCredentials>
  /** New connections for the next one. */
  reconnect(): void
}

/** The act behind `exchange`, or what stands in for it. */
export function exchanging(
  exchange: ExchangeOptions,
  options: ExchangingOptions & { readonly clock: CorrectedClock; readonly random: Random },
): Exchanging {
  const { mint, clock, random, env = process.env, timeoutsMs = {} } = options
  const { accountId } = roleParts(effectiveRole(exchange))
  let ready: Promise<() => Promise<AwsCredentialIdentity>> | undefined

  return {
    async act() {
      ready ??= mint ? Promise.resolve(mint) : connect()
      const minted = await (await ready)()
      const doubt = doubtAbout(minted, accountId)
      if (doubt) {
        const resource = effectiveRole(exchange)
        const message = `What the exchange for ${resource} gave ${doubt}. It is neither used nor published.`
        throw new KeyferryError('EXCHANGE_IMPLAUSIBLE', message, { resource })
      }
      return minted.accountId
        ? (minted as SessionCredentials)
        : ({ ...minted, accountId } as SessionCredentials)
    },
    reconnect() {
      ready = undefined
    },
  }

  async function connect(): Promise<() => Promise<SessionCredentials>> {
    try {
      const { googleExchange } = await import('./google-exchange.ts')
      return await googleExchange({ exchange, clock, random, env, timeoutsMs })
    } catch (error) {
      ready = undefined
      throw error
    }
  }
}

/** Whatever stands in for the exchange, nobody gets what another role may have given, or what cannot be used or dated. */
function doubtAbout(minted: AwsCredentialIdentity | undefined, accountId: string): string | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = minted ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken || !isTime(expiration))
    return 'is no whole session credential'
  if (accessKeyId.startsWith('AKIA')) return 'is a long-term key'
  if ((minted?.accountId ?? accountId) !== accountId) return `is of account ${minted?.accountId}`
  return undefined
}

/** What keeps a client from making `exchange`, each with the path to its field. */
export function exchangingProblems(
  exchange: ExchangeOptions,
  { mint, env = process.env }: ExchangingOptions,
): string[] {
  const problems = exchangeProblems(exchange)
  if (mint) return problems
  if (!exchange.region && !env['AWS_REGION'])
    problems.push('region is missing: set it, or AWS_REGION; us-east-1 is not assumed')
  return problems
}
