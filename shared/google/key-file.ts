/** A service account's key: tokens for assertions that are signed with it. `azp` of its ID tokens is the account's e-mail. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { GoogleIdentityOptions, GoogleTokenSource } from '../core/ports.ts'
import { retry } from '../core/retry.ts'
import { tokenEndpoints } from './endpoints.ts'
import { throughLibrary } from './library-calls.ts'
import { oauthRefused } from './oauth-refusals.ts'
import { failedToken, unansweredToken, type TokenAttempt } from './token-errors.ts'

export interface ServiceAccountKey {
  /** The file that it is in. */
  readonly path: string
  readonly email: string
  /** PEM. */
  readonly privateKey: string
}

interface Tokens {
  readonly id_token?: unknown
  readonly access_token?: unknown
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiry_date?: unknown
}

/** Throws CONFIG_INVALID for an emulator that is not on this machine. */
export function keyFileSource(key: ServiceAccountKey, options: GoogleIdentityOptions): GoogleTokenSource {
  const { path, email, privateKey } = key
  const { http, clock = Date, timeoutMs = 3_000, random = Math.random, sleep = sleepFor } = options
  const { oauth: tokenEndpoint } = tokenEndpoints(options.env)

  return {
    kind: 'key-file',
    name: `Google's token endpoint, asked with the key in ${path},`,
    resource: path,
    async idToken(audience) {
      return (await tokens('IDENTITY_TOKEN_FAILED', { target_audience: audience })).id_token
    },
    async accessToken() {
      const scope = 'https://www.googleapis.com/auth/cloud-platform'
      const { access_token: token, expiry_date: expiry } = await tokens('ACCESS_TOKEN_FAILED', { scope })
      return { token, expiresInSeconds: (Number(expiry) - Date.now()) / 1_000 }
    },
    email: async () => email,
  }

  function tokens(code: TokenAttempt['code'], claims: object): Promise<Tokens> {
    const what = code === 'IDENTITY_TOKEN_FAILED' ? 'an ID token' : 'an access token'
    const attempt = {
      code,
      act: `get ${what} of ${email} with the key in ${path}`,
      resource: path,
      secrets: [privateKey],
    }
    const calls = {
      http,
      timeoutMs,
      tokenEndpoint,
      refused: (response: Parameters<typeof oauthRefused>[2]) =>
        oauthRefused(attempt, { kind: 'key', email }, response),
      unanswered: (error: unknown) => unansweredToken(attempt, error),
    }
    return retry(
      () =>
        throughLibrary(calls, async ({ JWT }, transporter) => {
          // Dated by our clock: the library's is this machine's, however wrong it is known to be.
          const iat = Math.floor(clock.now() / 1_000)
          const additionalClaims = { ...claims, iat, exp: iat + 3_600 }
          return new JWT({ email, key: privateKey, additionalClaims, transporter }).authorize()
        }).catch((error: unknown) => {
          throw failedToken(attempt, error)
        }),
      { sleep, random },
    )
  }
}
