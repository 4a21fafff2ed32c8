/** The exchange as a consumer makes it: the workload's Google identity, for credentials of a role. */
import { webIdentityMint } from './aws/mint.ts'
import { leanSts } from './aws/sts-lean.ts'
import { datedTransport, type CorrectedClock } from './core/clock-skew.ts'
import type { ExchangeOptions } from './core/exchange.ts'
import type { Random, SessionCredentials } from './core/ports.ts'
import { googleIdentity } from './google/identity.ts'
import { leanTransport } from './transport.ts'

export interface GoogleExchangeOptions {
  readonly exchange: ExchangeOptions
  readonly clock: CorrectedClock
  readonly random: Random
  readonly env: NodeJS.ProcessEnv
  readonly timeoutsMs: CallTimeouts
}

/** Deadlines of single attempts, in milliseconds. */
export interface CallTimeouts {
  /** Where Google's tokens come from: the metadata server, the token endpoint, IAM Credentials. @default 3000 */
  readonly metadata?: number
  /** Secret Manager. @default 2000 */
  readonly secret?: number
  /** AWS STS. @default 5000 */
  readonly sts?: number
}

/** The act behind `exchange`. AWS's own client is loaded only for a chain of roles, whose requests must be signed. */
export async function googleExchange(
  options: GoogleExchangeOptions,
): Promise<() => Promise<SessionCredentials>> {
  const { exchange, clock, random, env, timeoutsMs } = options
  const { metadata = 3_000, sts: timeoutMs = 5_000 } = timeoutsMs
  const http = datedTransport(leanTransport(env), clock)
  const { serviceAccount, delegates } = exchange
  const identity = await googleIdentity({
    http,
    clock,
    env,
    random,
    timeoutMs: metadata,
    serviceAccount,
    delegates,
  })
  const endpoint = { region: exchange.region, env, timeoutMs }
  const sts = exchange.chain?.length
    ? await (await import('./aws/sts-official.ts')).officialSts(endpoint)
    : leanSts({ http, ...endpoint })
  return webIdentityMint({ exchange, identity, sts, clock, random })
}
