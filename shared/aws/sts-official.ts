/** STS through AWS's own client: what the writing side uses, and everything that has to be signed. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { STSClient, STSClientConfig } from '@aws-sdk/client-sts'
import { ACCOUNT_ID, LOOPBACK_HOST } from '../core/limits.ts'
import type {
  AssumedRole,
  CallerIdentityCheck,
  SessionCredentials,
  WebIdentityExchange,
} from '../core/ports.ts'
import { assumedRole } from './sts-answers.ts'
import { stsEndpoint } from './sts-endpoint.ts'
import { stsRefused, stsUnanswered, stsUnintelligible } from './sts-errors.ts'
import type { StsAttempt } from './sts-refusals.ts'

export interface OfficialStsOptions {
  /** @default AWS_REGION of `env` */
  readonly region?: string | undefined
  /** Read for AWS_REGION, the endpoint (AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL) and the proxy. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of a call, in milliseconds. @default 5000 */
  readonly timeoutMs?: number
}

export interface AssumeRoleRequest {
  readonly roleArn: string
  readonly externalId?: string | undefined
  readonly sessionName: string
  readonly durationSeconds: number
  readonly policy?: string | undefined
  readonly policyArns?: readonly string[] | undefined
}

/** Goes on from one role to the next. Rejects with EXCHANGE_REFUSED or EXCHANGE_FAILED. */
export interface RoleChain {
  assumeRole(credentials: SessionCredentials, request: AssumeRoleRequest): Promise<AssumedRole>
}

/** One attempt a call: retries are the caller's. Rejects with CONFIG_INVALID without a region. */
export async function officialSts(
  options: OfficialStsOptions = {},
): Promise<WebIdentityExchange & RoleChain & CallerIdentityCheck> {
  const { timeoutMs = 5_000 } = options
  const { url, region } = stsEndpoint(options)
  const sdk = await import('@aws-sdk/client-sts')
  const config = clientConfig(url, region, timeoutMs, options.env)
  const anonymous = new sdk.STSClient(config)

  return {
    async assumeRoleWithWebIdentity({ roleArn, idToken, sessionName, durationSeconds, policy, policyArns }) {
      const attempt: StsAttempt = { act: 'AssumeRoleWithWebIdentity', region, roleArn, idToken }
      const command = new sdk.AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        WebIdentityToken: idToken,
        DurationSeconds: durationSeconds,
        ...sessionPolicies(policy, policyArns),
      })
      const answer = await call(attempt, anonymous, (client, deadline) => client.send(command, deadline))
      return assumedRole(attempt, { ...answer.Credentials, Arn: answer.AssumedRoleUser?.Arn })
    },
    async assumeRole(credentials, { roleArn, externalId, sessionName, durationSeconds, policy, policyArns }) {
      const attempt: StsAttempt = { act: 'AssumeRole', region, roleArn, secrets: secretsIn(credentials) }
      const command = new sdk.AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        DurationSeconds: durationSeconds,
        ExternalId: externalId,
        ...sessionPolicies(policy, policyArns),
      })
      const answer = await call(attempt, signedBy(credentials), (client, deadline) =>
        client.send(command, deadline),
      )
      return assumedRole(attempt, { ...answer.Credentials, Arn: answer.AssumedRoleUser?.Arn })
    },
    async callerIdentity(credentials) {
      const attempt: StsAttempt = { act: 'GetCallerIdentity', region, secrets: secretsIn(credentials) }
      const command = new sdk.GetCallerIdentityCommand({})
      const { Account, Arn } = await call(attempt, signedBy(credentials), (client, deadline) =>
        client.send(command, deadline),
      )
      // Whoever takes anything else for another account takes an honest key for a forged one.
      if (!Account || !ACCOUNT_ID.test(Account)) throw stsUnintelligible(attempt, 'Account')
      if (!Arn) throw stsUnintelligible(attempt, 'Arn')
      return { accountId: Account, arn: Arn }
    },
  }

  function signedBy(credentials: SessionCredentials): STSClient {
    return new sdk.STSClient({ ...config, credentials })
  }

  async function call<T>(
    attempt: StsAttempt,
    client: STSClient,
    send: (client: STSClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    try {
      return await send(client, { abortSignal: deadline.signal })
    } catch (error) {
      throw failure(attempt, error, deadline.signal.aborted)
    } finally {
      clearTimeout(timer)
    }
  }
}

function clientConfig(url: string, region: string, timeoutMs: number, env = process.env): STSClientConfig {
  // Exchanges are far apart: a connection kept until the next one is dead more often than not, above all where the
  // process is frozen in between.
  const proxy = LOOPBACK_HOST.test(new URL(url).hostname) ? {} : { proxyEnv: env }
  return {
    region,
    endpoint: url,
    maxAttempts: 1,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    userAgentAppId: 'keyferry',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: false }),
      httpsAgent: new HttpsAgent({ keepAlive: false, ...proxy }),
    },
  }
}

function sessionPolicies(
  policy: string | undefined,
  policyArns: readonly string[] = [],
): { Policy?: string; PolicyArns?: { arn: string }[] } {
  return {
    ...(policy !== undefined && { Policy: policy }),
    ...(policyArns.length > 0 && { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  }
}

function secretsIn({ secretAccessKey, sessionToken }: SessionCredentials): string[] {
  return [secretAccessKey, sessionToken]
}

/** What the SDK hangs on its errors. It gives a fault to what STS said, not to what it could not read. */
interface SdkError extends Error {
  readonly code?: unknown
  readonly $fault?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly statusCode?: number }
}

function failure(attempt: StsAttempt, error: unknown, late: boolean): Error {
  const { name, message, code, $fault, $metadata, $response } = error as SdkError
  if (late) return stsUnanswered(attempt, timedOut())
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  // A system's error can come in the middle of an answer.
  if (status === undefined || /^E[A-Z]+$/.test(String(code))) return stsUnanswered(attempt, error)
  if ($fault !== undefined)
    return stsRefused(attempt, { status, code: name, message, requestId: $metadata?.requestId })
  return status < 400 ? stsUnintelligible(attempt, 'XML that can be read') : stsRefused(attempt, { status })
}

function timedOut(): Error {
  return Object.assign(new Error('no whole answer in time'), { code: 'ETIMEDOUT' })
}
