/** A person's login by gcloud: access tokens, which impersonation can start from, and no ID token that AWS could trust. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { KeyferryError } from '../core/errors.ts'
import type { GoogleIdentityOptions, GoogleTokenSource, HttpResponse } from '../core/ports.ts'
import { retry } from '../core/retry.ts'
import { tokenEndpoints } from './endpoints.ts'
import { throughLibrary } from './library-calls.ts'
import { oauthRefused } from './oauth-refusals.ts'
import { failedToken, unansweredToken, type TokenAttempt } from './token-errors.ts'

export interface UserLogin {
  /** The file that it is in. */
  readonly path: string
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  /** Whose quota its calls count against. */
  readonly quotaProject?: string | undefined
}

/** Throws CONFIG_INVALID for an emulator that is not on this machine. */
export function userSource(login: UserLogin, options: GoogleIdentityOptions): GoogleTokenSource {
  const { path, quotaProject, ...credentials } = login
  const { http, timeoutMs = 3_000, random = Math.random, sleep = sleepFor } = options
  const { oauth: tokenEndpoint } = tokenEndpoints(options.env)
  const attempt: TokenAttempt = {
    code: 'ACCESS_TOKEN_FAILED',
    act: `get an access token with the gcloud login in ${path}`,
    resource: path,
    secrets: [login.refreshToken, login.clientSecret],
  }
  const calls = {
    http,
    timeoutMs,
    tokenEndpoint,
    refused: (response: HttpResponse) => oauthRefused(attempt, { kind: 'user' }, response),
    unanswered: (error: unknown) => unansweredToken(attempt, error),
  }

  return {
    kind: 'user',
    name: `Google's token endpoint, asked with the gcloud login in ${path},`,
    resource: path,
    ...(quotaProject !== undefined && { quotaProject }),
    idToken: noServiceAccount,
    async accessToken() {
      const { access_token: token, expiry_date: expiry } = await retry(refreshed, { sleep, random })
      return { token, expiresInSeconds: (Number(expiry) - Date.now()) / 1_000 }
    },
    email: noServiceAccount,
  }

  function refreshed(): Promise<{ access_token?: unknown; expiry_date?: unknown }> {
    return throughLibrary(calls, async ({ UserRefreshClient }, transporter) => {
      const client = new UserRefreshClient({ ...credentials, transporter })
      return (await client.refreshAccessToken()).credentials
    }).catch((error: unknown) => {
      throw failedToken(attempt, error)
    })
  }

  async function noServiceAccount(): Promise<never> {
    throw new KeyferryError(
      'IDENTITY_TOKEN_FAILED',
      `The credential file ${path} is a person's gcloud login, whose ID tokens AWS cannot be made to trust for one role. ` +
        'Act as a service account with it: set serviceAccount (or KEYFERRY_SERVICE_ACCOUNT) to its e-mail, or log in by ' +
        'gcloud auth application-default login --impersonate-service-account=EMAIL',
      { resource: path },
    )
  }
}
