/** The mint: a Google ID token traded at STS for credentials of a role, along its chain, and checked. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { KeyferryError, isKeyferryError } from '../core/errors.ts'
import { checkExchange, DEFAULT_AUDIENCE, durationSecondsOf, type ExchangeOptions } from '../core/exchange.ts'
import { DURATION_SECONDS } from '../core/limits.ts'
import { checkMinted } from '../core/minted.ts'
import type {
  AssumedRole,
  Clock,
  IdTokenSource,
  Random,
  SessionCredentials,
  Sleep,
  WebIdentityExchange,
} from '../core/ports.ts'
import { mayPass, retry } from '../core/retry.ts'
import { deriveSessionName } from './session-name.ts'
import type { RoleChain } from './sts-official.ts'

export interface WebIdentityMintOptions {
  readonly exchange: ExchangeOptions
  readonly identity: IdTokenSource
  /** Where the exchange has a chain, it must be able to `assumeRole`. */
  readonly sts: WebIdentityExchange & Partial<RoleChain>
  /** Where the exchange has none. @default derived from the workload */
  readonly sessionName?: string | undefined
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly random?: Random
}

/** STS counts by the second: a throttled caller waits longer than one whose connection broke. */
const BACKOFF_MS = { throttled: 500, other: 100 }
/** The first and two more: as often as a refused ID token, too, may be tried again. */
const ATTEMPTS = 3

/**
 * The act behind an exchange: it rejects with IDENTITY_TOKEN_FAILED, EXCHANGE_REFUSED, EXCHANGE_FAILED or
 * EXCHANGE_IMPLAUSIBLE. Throws CONFIG_INVALID for an exchange that cannot work.
 */
export function webIdentityMint(options: WebIdentityMintOptions): () => Promise<SessionCredentials> {
  const { exchange, identity, sts, clock = Date, random = Math.random } = options
  checkExchange(exchange)
  if (exchange.chain?.length && !sts.assumeRole)
    throw new KeyferryError('CONFIG_INVALID', 'A chain of roles needs the signing STS client.')
  const sleep = options.sleep ?? sleepFor
  const sessionName = exchange.sessionName ?? options.sessionName ?? deriveSessionName()
  const { chain = [], audience = DEFAULT_AUDIENCE, policy, policyArns } = exchange
  const backoff = { attempts: ATTEMPTS, sleep, random, baseMs: backoffBaseMs }

  return async () => {
    let minted = await assumeWithIdToken()
    for (const [i, hop] of chain.entries()) minted = await assumeNext(minted, hop, i + 1)
    return checkMinted(minted, exchange, clock)
  }

  async function assumeWithIdToken(): Promise<AssumedRole> {
    const { roleArn } = exchange
    let idToken = await identity.idToken(audience)
    let expired = 0
    return retry(() => sts.assumeRoleWithWebIdentity({ roleArn, sessionName, idToken, ...sessionOf(0) }), {
      ...backoff,
      async isRetryable(error, attempt) {
        const code = wireCodeOf(error)
        if (code !== 'InvalidIdentityToken' && code !== 'ExpiredTokenException')
          return mayPass(error, attempt)
        if (code === 'ExpiredTokenException' && expired++ > 0) return false
        const refused = idToken
        idToken = await identity.idToken(audience)
        // The metadata server may give the same token again: AWS would say the same of it, except where its own
        // fetching of Google's keys was what failed.
        return code === 'InvalidIdentityToken' || idToken !== refused
      },
    })
  }

  function assumeNext(
    { credentials }: AssumedRole,
    { roleArn, externalId }: { roleArn: string; externalId?: string },
    hop: number,
  ): Promise<AssumedRole> {
    const { assumeRole } = sts as RoleChain
    return retry(
      () => assumeRole(credentials, { roleArn, externalId, sessionName, ...sessionOf(hop) }),
      backoff,
    )
  }

  /** Duration and policies are for what comes out; a role on the way lives as short as AWS allows. */
  function sessionOf(hop: number): {
    durationSeconds: number
    policy?: string
    policyArns?: readonly string[]
  } {
    if (hop < chain.length) return { durationSeconds: DURATION_SECONDS.min }
    return {
      durationSeconds: durationSecondsOf(exchange),
      ...(policy !== undefined && { policy }),
      ...(policyArns?.length && { policyArns }),
    }
  }
}

function backoffBaseMs(error: unknown): number {
  return /^(?:Throttling|RequestLimit|TooManyRequests)/.test(wireCodeOf(error) ?? '')
    ? BACKOFF_MS.throttled
    : BACKOFF_MS.other
}

function wireCodeOf(error: unknown): string | undefined {
  return isKeyferryError(error) && error.cause instanceof Error ? error.cause.name : undefined
}
