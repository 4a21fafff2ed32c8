/** The workload's own Google identity, from the metadata server that every Google runtime has. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { localOf } from '../core/clock-skew.ts'
import { KeyferryError, type KeyferryErrorCode } from '../core/errors.ts'
import type { IdTokenClaims } from '../core/id-token.ts'
import type {
  AccessTokenSource,
  Clock,
  HttpResponse,
  HttpTransport,
  IdTokenSource,
  Random,
  Sleep,
} from '../core/ports.ts'
import { withoutDetails } from '../core/redaction.ts'

export interface MetadataServerOptions {
  readonly http: HttpTransport
  readonly clock?: Clock
  /** Read for GCE_METADATA_IP and GCE_METADATA_HOST. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of one attempt, in milliseconds. @default 3000 */
  readonly timeoutMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

export interface MetadataServer extends IdTokenSource, AccessTokenSource {
  /** E-mail of the workload's service account. Rejects with IDENTITY_TOKEN_FAILED. */
  email(): Promise<string>
  /** Its unique id, which trust policies name as `accounts.google.com:sub`. Rejects with IDENTITY_TOKEN_FAILED. */
  uniqueId(): Promise<string>
}

/** An access token is not handed out in the last minute of its life: the call it is for takes time too. */
const ACCESS_TOKEN_MARGIN_MS = 60_000

export function metadataServer(options: MetadataServerOptions): MetadataServer {
  const { http, clock = Date, env = process.env, timeoutMs = 3_000, random = Math.random } = options
  const sleep = options.sleep ?? sleepFor
  const base = new URL('/computeMetadata/v1/instance/service-accounts/default/', originOf(env))
  let held: { readonly token: string; readonly until: number } | undefined
  let fetching: Promise<string> | undefined

  return {
    async idToken(audience) {
      return (await tokenFor(audience)).token
    },
    async accessToken() {
      if (held && localOf(clock) < held.until) return held.token
      return (fetching ??= fetchAccessToken().finally(() => (fetching = undefined)))
    },
    discard(token) {
      if (held?.token === token) held = undefined
    },
    async email() {
      const email = (await ask('email', 'IDENTITY_TOKEN_FAILED')).trim()
      if (!/^[^\s@]+@[^\s@]+$/.test(email))
        throw unusable('IDENTITY_TOKEN_FAILED', 'something that is not an e-mail')
      return email
    },
    async uniqueId() {
      const { sub } = (await tokenFor('keyferry')).claims
      if (!sub) throw unusable('IDENTITY_TOKEN_FAILED', 'an ID token without a subject')
      return sub
    },
  }

  async function tokenFor(audience: string): Promise<{ token: string; claims: IdTokenClaims }> {
    // `full` puts the e-mail in; Google's own library sends the audience as it is, and breaks on `&` and `#`.
    const query = new URLSearchParams({ audience, format: 'full' })
    const token = (await ask(`identity?${query}`, 'IDENTITY_TOKEN_FAILED')).trim()
    const { claimsOf } = await import('../core/id-token.ts')
    const claims = claimsOf(token)
    if (!claims) throw unusable('IDENTITY_TOKEN_FAILED', 'something that is not an ID token')
    if (claims.exp * 1_000 <= clock.now()) {
      const expired = new Date(claims.exp * 1_000).toISOString()
      throw unusable(
        'IDENTITY_TOKEN_FAILED',
        `an ID token that expired at ${expired}; check this machine's clock`,
      )
    }
    return { token, claims }
  }

  async function fetchAccessToken(): Promise<string> {
    // Its life is a duration: no correction of the clock may lengthen it.
    const asked = localOf(clock)
    const answer = accessTokenIn(await ask('token', 'ACCESS_TOKEN_FAILED'))
    if (!answer) throw unusable('ACCESS_TOKEN_FAILED', 'something that is not an access token')
    held = { token: answer.token, until: asked + answer.expiresInSeconds * 1_000 - ACCESS_TOKEN_MARGIN_MS }
    return answer.token
  }

  async function ask(path: string, code: KeyferryErrorCode): Promise<string> {
    const request = {
      method: 'GET',
      url: new URL(path, base).href,
      headers: { 'Metadata-Flavor': 'Google' },
      timeoutMs,
      direct: true,
    } as const
    const attempt = async (): Promise<string> => {
      const response = await http(request).catch((error: unknown) => {
        throw unreachable(code, base, error)
      })
      return bodyOf(response, code, base)
    }
    return attempt().catch(async (error: unknown) => {
      const { retryAfter } = await import('../core/retry.ts')
      return retryAfter(error, attempt, { sleep, random })
    })
  }

  function unusable(code: KeyferryErrorCode, what: string): KeyferryError {
    return new KeyferryError(code, `The metadata server at ${base.host} answered with ${what}.`, {
      resource: base.host,
    })
  }
}

function originOf(env: NodeJS.ProcessEnv): URL {
  const host = env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST'] || '169.254.169.254'
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host}`)
  if (!url) {
    throw new KeyferryError('CONFIG_INVALID', `GCE_METADATA_HOST must be a host or HOST:PORT, got "${host}".`)
  }
  return url
}

// Bodies are never quoted: where a token was asked for, any of them may be one.
function bodyOf(response: HttpResponse, code: KeyferryErrorCode, { host }: URL): string {
  const { status, headers, body } = response
  const about = { resource: host }
  if (headers['metadata-flavor'] !== 'Google') {
    throw new KeyferryError(
      code,
      `What answers at ${host} is not Google's metadata server (status ${status}, no "Metadata-Flavor: Google"). ${IDENTITIES}`,
      { ...about, retryable: mayPassLater(status) },
    )
  }
  if (status === 200) return body
  if (status === 404) {
    throw new KeyferryError(
      code,
      `The metadata server at ${host} knows no service account for this workload (status 404). Attach one: ` +
        'gcloud run services update NAME --service-account=EMAIL, or its like for this runtime.',
      about,
    )
  }
  throw new KeyferryError(
    code,
    `The metadata server at ${host} refused to say who this workload is (status ${status}). ` +
      'Check that its service account exists and is enabled: gcloud iam service-accounts describe EMAIL',
    { ...about, retryable: mayPassLater(status) },
  )
}

function mayPassLater(status: number): boolean {
  return status >= 500 || status === 429
}

const IDENTITIES =
  'A workload has an identity of its own on Cloud Run, Cloud Functions, GKE and Compute Engine; ' +
  'elsewhere, GCE_METADATA_HOST can name an emulator: npx keyferry emulator'

const FOR_GOOD: ReadonlySet<string> = new Set(['ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EMSGSIZE'])

function unreachable(code: KeyferryErrorCode, { host }: URL, error: unknown): KeyferryError {
  const cause = withoutDetails(error)
  const { code: why } = cause as { code?: unknown }
  return new KeyferryError(
    code,
    `No metadata server answered at ${host} (${typeof why === 'string' ? why : cause.message}). ${IDENTITIES}`,
    // A name or a network that does not exist will not exist in a moment either, nor will an answer have shrunk; a refusal
    // passes on a starting GKE node.
    { cause, resource: host, retryable: !FOR_GOOD.has(String(why)) },
  )
}

function accessTokenIn(body: string): { token: string; expiresInSeconds: number } | undefined {
  try {
    const { access_token: token, expires_in: expiresInSeconds } = JSON.parse(body) as Record<string, unknown>
    // It goes into a header.
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return undefined
    return typeof expiresInSeconds === 'number' ? { token, expiresInSeconds } : undefined
  } catch {
    return undefined
  }
}
