/** Impersonation: tokens of a service account for another identity that may act as it, from IAM Credentials. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { isKeyferryError, KeyferryError } from '../core/errors.ts'
import type { GoogleIdentity, GoogleIdentityOptions, GoogleTokenSource, HttpResponse } from '../core/ports.ts'
import { retry } from '../core/retry.ts'
import { iamCredentialsEndpoint } from './endpoints.ts'
import { iamRefusal } from './iam-refusals.ts'
import { objectIn, refusedToken, foreignAnswer, unansweredToken, type TokenAttempt } from './token-errors.ts'

/** What impersonation ends in, and the accounts on the way there. */
export interface ImpersonatedAccount {
  readonly email: string
  readonly delegates: readonly string[]
}

const LIFETIME_SECONDS = 3_600

/** Throws CONFIG_INVALID for an emulator that is not on this machine. */
export function impersonation(
  caller: GoogleIdentity,
  { email, delegates }: ImpersonatedAccount,
  options: GoogleIdentityOptions,
): GoogleTokenSource {
  const { http, clock = Date, timeoutMs = 3_000, random = Math.random, sleep = sleepFor } = options
  const account = `${iamCredentialsEndpoint(options.env)}/v1/projects/-/serviceAccounts/${email}`
  const chain = delegates.length > 0 && {
    delegates: delegates.map((delegate) => `projects/-/serviceAccounts/${delegate}`),
  }

  return {
    kind: 'impersonated',
    name: `IAM Credentials for ${email}`,
    resource: email,
    async idToken(audience) {
      // Google's own libraries send `useEmailAzp`, which is documented nowhere: AWS is to see the same `azp` from all of them.
      const { token } = await ask('IDENTITY_TOKEN_FAILED', 'generateIdToken', {
        audience,
        includeEmail: true,
        useEmailAzp: true,
      })
      return token
    },
    async accessToken() {
      const { accessToken: token, expireTime } = await ask('ACCESS_TOKEN_FAILED', 'generateAccessToken', {
        scope: ['https://www.googleapis.com/auth/cloud-platform'],
        lifetime: `${LIFETIME_SECONDS}s`,
      })
      const leftSeconds = (Date.parse(String(expireTime)) - clock.now()) / 1_000
      // Asked for as a duration: a clock that is wrong cannot make it longer.
      return { token, expiresInSeconds: Math.min(LIFETIME_SECONDS, leftSeconds) }
    },
    email: async () => email,
  }

  async function ask(
    code: TokenAttempt['code'],
    method: 'generateIdToken' | 'generateAccessToken',
    body: object,
  ): Promise<Record<string, unknown>> {
    // Outside the retries: the source of the token has its own.
    const token = await caller.accessToken().catch((error: unknown) => {
      // What fails is the same act, whichever part of it.
      if (!isKeyferryError(error, 'ACCESS_TOKEN_FAILED')) throw error
      const { message, cause, retryable, resource = email } = error
      throw new KeyferryError(code, message, { cause, retryable, resource })
    })
    const what = code === 'IDENTITY_TOKEN_FAILED' ? 'an ID token' : 'an access token'
    const attempt = {
      code,
      act: `get ${what} of ${email} by impersonation`,
      resource: email,
      secrets: [token],
    }
    const once = async (): Promise<Record<string, unknown>> => {
      const response = await http({
        method: 'POST',
        url: `${account}:${method}`,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(caller.quotaProject !== undefined && { 'x-goog-user-project': caller.quotaProject }),
        },
        body: JSON.stringify({ ...chain, ...body }),
        timeoutMs,
      }).catch((error: unknown) => {
        throw unansweredToken(attempt, error)
      })
      const answer = objectIn(response.body)
      if (response.status === 200 && answer) return answer
      if (response.status === 401) caller.discard?.(token)
      throw await refusal(attempt, response, answer)
    }
    return retry(once, { sleep, random })
  }

  async function refusal(
    attempt: TokenAttempt,
    response: HttpResponse,
    answer: Record<string, unknown> | undefined,
  ): Promise<Error> {
    const refused = iamRefusal(response.status, answer)
    if (!refused) return foreignAnswer(attempt, response)
    const member = await memberOf(caller)
    return refusedToken(attempt, refused.meaning({ attempt, email, delegates, member }), refused)
  }
}

// As IAM writes whom a role is granted to; the account is asked for only now that something is to be mended.
async function memberOf(caller: GoogleIdentity): Promise<string> {
  if (caller.kind === 'user') return 'user:EMAIL'
  if (caller.kind === 'federated') return 'PRINCIPAL'
  const email = await caller.email().catch(() => 'EMAIL')
  return `serviceAccount:${email}`
}
