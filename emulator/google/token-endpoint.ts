/** Google's OAuth token endpoint: tokens for an assertion that a service account's key has signed, or for a person's login. */
import type { Libraries } from '../libraries.ts'
import type { EmulatorClock } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { jsonAnswer } from '../wire/answers.ts'
import type { HttpAnswer, HttpCall, HttpOperation } from '../wire/http-api.ts'
import type { Accounts } from './accounts.ts'
import type { KeyFiles } from './key-files.ts'
import { TOKEN_LIFE_SECONDS, type AccessToken, type GoogleTokens } from './tokens.ts'

export interface GoogleWorld {
  readonly libraries: Libraries
  readonly accounts: Accounts
  readonly keyFiles: KeyFiles
  readonly tokens: GoogleTokens
  /** Of this service: tests may have set it wrong. */
  readonly clock: EmulatorClock & { isSkewed(): boolean }
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const AUDIENCES = /^(?:https:\/\/(?:oauth2|www)\.googleapis\.com\/|http:\/\/127\.0\.0\.1:\d+\/)/

export function tokenOperation(world: GoogleWorld, { body }: HttpCall): HttpOperation {
  const form = new URLSearchParams(body.toString())
  if (form.get('grant_type') === 'refresh_token') return refreshOperation(world, form)
  const assertion = form.get('assertion') ?? ''
  const claims = claimsOf(world.libraries.jose, assertion)
  const email = String(claims?.['iss'] ?? '')
  const audience = claims?.['target_audience']
  return {
    operation: 'token',
    resource: typeof audience === 'string' ? audience : String(claims?.['scope'] ?? ''),
    caller: email === '' ? undefined : email,
    act: async () => {
      if (form.get('grant_type') !== GRANT)
        throw new Refusal('unsupported_grant_type', 400, `Invalid grant_type: ${form.get('grant_type')}`)
      if (!claims) throw invalidGrant('Bad Request')
      return answerTo(world, email, assertion, claims)
    },
  }
}

function refreshOperation({ accounts, tokens }: GoogleWorld, form: URLSearchParams): HttpOperation {
  const caller = accounts.userOf(form.get('refresh_token') ?? '')
  return {
    operation: 'token',
    resource: 'refresh_token',
    caller,
    act: () => {
      if (caller === undefined) throw invalidGrant('Token has been expired or revoked.')
      return bearerAnswer(tokens.accessToken({ email: caller }))
    },
  }
}

async function answerTo(
  { libraries: { jose }, accounts, keyFiles, tokens, clock }: GoogleWorld,
  email: string,
  assertion: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<HttpAnswer> {
  const account = accounts.find(email)
  if (!account) throw invalidGrant('Invalid grant: account not found')
  const key = await keyFiles.publicKey(email)
  try {
    if (!key) throw new Error('no key')
    await jose.compactVerify(assertion, key, { algorithms: ['RS256'] })
  } catch {
    throw invalidGrant('Invalid JWT Signature.')
  }
  if (!AUDIENCES.test(String(claims['aud']))) throw invalidGrant('Invalid JWT: Failed audience check.')
  // Google's library dates an assertion by its machine's clock, which may not be the emulator's. One that was set wrong is
  // meant to be judged by alone.
  const alive = [clock.now(), ...(clock.isSkewed() ? [] : [Date.now()])].some((now) => {
    const seconds = now / 1_000
    return Number(claims['exp']) > seconds && Number(claims['iat']) < seconds + 300
  })
  if (!alive) {
    throw invalidGrant(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    )
  }
  const audience = claims['target_audience']
  if (typeof audience === 'string') {
    return jsonAnswer({
      id_token: await tokens.idToken(account, { audience, azp: email, includeEmail: true, now: clock.now() }),
    })
  }
  return bearerAnswer(tokens.accessToken(account))
}

/** `more` is what the answer has beside the token. */
export function bearerAnswer({ token }: AccessToken, more: object = {}): HttpAnswer {
  return jsonAnswer({
    access_token: token,
    expires_in: TOKEN_LIFE_SECONDS - 1,
    token_type: 'Bearer',
    ...more,
  })
}

/** OAuth's own form of an error, which is not that of Google's APIs. */
export function oauthError({ code, status, message }: Refusal): HttpAnswer {
  return jsonAnswer({ error: code, error_description: message }, status)
}

function invalidGrant(message: string): Refusal {
  return new Refusal('invalid_grant', 400, message)
}

function claimsOf(jose: Libraries['jose'], token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return jose.decodeJwt(token)
  } catch {
    return undefined
  }
}
