/** Workload identity federation: access tokens for what another identity provider says, which impersonation can start from. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { KeyferryError } from '../core/errors.ts'
import type { GoogleIdentityOptions, GoogleTokenSource, HttpResponse } from '../core/ports.ts'
import { retry } from '../core/retry.ts'
import { tokenEndpoints } from './endpoints.ts'
import { throughLibrary } from './library-calls.ts'
import { oauthRefused } from './oauth-refusals.ts'
import {
  asObject,
  failedToken,
  foreignAnswer,
  objectIn,
  unansweredToken,
  type TokenAttempt,
} from './token-errors.ts'

export interface FederatedCredential {
  /** The file that it is in. */
  readonly path: string
  /** The workload identity provider, as Google names it. */
  readonly audience: string
  /** The file's own fields, of which Google's library reads how to come by the other provider's token. */
  readonly fields: Readonly<Record<string, unknown>>
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** Throws CONFIG_INVALID for an emulator that is not on this machine. */
export function federatedSource(
  { path, audience, fields }: FederatedCredential,
  options: GoogleIdentityOptions,
): GoogleTokenSource {
  const { http, timeoutMs = 3_000, random = Math.random, sleep = sleepFor } = options
  const endpoints = tokenEndpoints(options.env)
  const attempt: TokenAttempt = {
    code: 'ACCESS_TOKEN_FAILED',
    act: `get an access token for the federated identity of ${path}`,
    resource: path,
    secrets: [],
  }

  return {
    kind: 'federated',
    name: `Google's token exchange, asked for the federated identity of ${path},`,
    resource: path,
    idToken: noServiceAccount,
    async accessToken() {
      const answer = await retry(async () => exchanged(await subjectToken()), { sleep, random })
      return { token: answer['access_token'], expiresInSeconds: answer['expires_in'] }
    },
    email: noServiceAccount,
  }

  /** The other provider's word, from a file, an address, a program or AWS, as the file says: the library's work. */
  async function subjectToken(): Promise<string> {
    const source = { ...attempt, act: `get the token that the federated identity of ${path} starts from` }
    const calls = {
      http,
      timeoutMs,
      tokenEndpoint: endpoints.oauth,
      refused: (response: HttpResponse) => foreignAnswer(source, response),
      unanswered: (error: unknown) => unansweredToken(source, error),
    }
    return throughLibrary(calls, (library, transporter) => {
      const { AwsClient, IdentityPoolClient, PluggableAuthClient } = library
      const from = asObject(fields['credential_source']) ?? {}
      const Client = from['environment_id']
        ? AwsClient
        : from['executable']
          ? PluggableAuthClient
          : IdentityPoolClient
      return new Client({ ...fields, transporter } as never).retrieveSubjectToken()
    }).catch((error: unknown) => {
      throw failedToken(source, error, 'Check "credential_source" in the file.')
    })
  }

  // Ours, as the library does it by a transporter of its own.
  async function exchanged(subject: string): Promise<Record<string, unknown>> {
    const { client_id: id, client_secret: secret, workforce_pool_user_project: userProject } = fields
    const known = { ...attempt, secrets: [subject, String(secret ?? '')] }
    const response = await http({
      method: 'POST',
      url: endpoints.sts,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(typeof id === 'string' && {
          authorization: `Basic ${Buffer.from(`${id}:${String(secret ?? '')}`).toString('base64')}`,
        }),
      },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience,
        scope: SCOPE,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token: subject,
        subject_token_type: String(fields['subject_token_type']),
        ...(id === undefined && userProject !== undefined && { options: JSON.stringify({ userProject }) }),
      }).toString(),
      timeoutMs,
    }).catch((error: unknown) => {
      throw unansweredToken(known, error)
    })
    const answer = response.status === 200 ? objectIn(response.body) : undefined
    if (!answer) throw oauthRefused(known, { kind: 'subject-token' }, response)
    return answer
  }

  async function noServiceAccount(): Promise<never> {
    throw new KeyferryError(
      'IDENTITY_TOKEN_FAILED',
      `The credential file ${path} is of a federated identity, for which Google makes no ID token. Act as a service account ` +
        'with it: set serviceAccount (or KEYFERRY_SERVICE_ACCOUNT) to its e-mail, or make the file anew by gcloud iam ' +
        'workload-identity-pools create-cred-config with --service-account=EMAIL',
      { resource: path },
    )
  }
}
