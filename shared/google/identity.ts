/**
 * The Google identity of this process: of the credential file that is named or lies where gcloud puts it, or else the one
 * that Google's runtimes give by their metadata server. All but that one are loaded when they are needed.
 */
import { join } from 'node:path'
import { setTimeout as sleepFor } from 'node:timers/promises'
import { localOf } from '../core/clock-skew.ts'
import { KeyferryError, type KeyferryErrorCode } from '../core/errors.ts'
import type { IdTokenClaims } from '../core/id-token.ts'
import type { Clock, GoogleIdentity, GoogleIdentityOptions, GoogleTokenSource } from '../core/ports.ts'

/** An account to act as, by way of an identity that may. */
export interface Impersonation {
  /** E-mail of the service account to impersonate. @default none: the identity itself */
  readonly serviceAccount?: string | undefined
  /** Accounts on the way there, by e-mail: each lets in the one before it, and the last one is let in by `serviceAccount`. */
  readonly delegates?: readonly string[] | undefined
}

/** An access token is not handed out in the last minute of its life: the call it is for takes time too. */
const ACCESS_TOKEN_MARGIN_MS = 60_000

/**
 * In this order: the file that GOOGLE_APPLICATION_CREDENTIALS names; a metadata server that is named; gcloud's own
 * application-default credentials; the metadata server of this runtime. Rejects with CONFIG_INVALID for a credential file that
 * is of no use; asks nobody for a token yet.
 */
export async function googleIdentity(
  options: GoogleIdentityOptions & Impersonation,
): Promise<GoogleIdentity> {
  const { env = process.env } = options
  const file = credentialFile(env)
  let identity: GoogleIdentity
  if (file === undefined) identity = metadataServer(options)
  else {
    const { fileSource } = await import('./credential-file.ts')
    const { source, actsAs } = await fileSource(file, options)
    identity = identityOf(source, options.clock)
    if (actsAs) identity = await impersonated(identity, actsAs.email, actsAs.delegates, options)
  }
  return actingAs(identity, options, options)
}

/** The identity that the metadata server speaks for: the one named by GCE_METADATA_IP or GCE_METADATA_HOST, or Google's. */
export function metadataServer(options: GoogleIdentityOptions): GoogleIdentity {
  return identityOf(metadataSource(options), options.clock)
}

/** `identity`, or the service account that it is to act as. */
export async function actingAs(
  identity: GoogleIdentity,
  { serviceAccount, delegates = [] }: Impersonation,
  options: GoogleIdentityOptions,
): Promise<GoogleIdentity> {
  return serviceAccount === undefined ? identity : impersonated(identity, serviceAccount, delegates, options)
}

async function impersonated(
  caller: GoogleIdentity,
  email: string,
  delegates: readonly string[],
  options: GoogleIdentityOptions,
): Promise<GoogleIdentity> {
  const { impersonation } = await import('./iam-credentials.ts')
  return identityOf(impersonation(caller, { email, delegates }, options), options.clock)
}

function credentialFile(env: NodeJS.ProcessEnv): string | undefined {
  if (env['GOOGLE_APPLICATION_CREDENTIALS']) return env['GOOGLE_APPLICATION_CREDENTIALS']
  if (env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST']) return undefined
  const { CLOUDSDK_CONFIG, APPDATA, HOME } = env
  const settings = process.platform === 'win32' ? APPDATA : HOME && join(HOME, '.config')
  const folder = CLOUDSDK_CONFIG || (settings && join(settings, 'gcloud'))
  if (!folder) return undefined
  const file = join(folder, 'application_default_credentials.json')
  // Not imported: with all that an import of it reads, Node loads a line editor too.
  return process.getBuiltinModule('node:fs').existsSync(file) ? file : undefined
}

/** What every identity does with what its source gives: it checks all of it, and holds an access token for as long as that is good. */
function identityOf(source: GoogleTokenSource, clock: Clock = Date): GoogleIdentity {
  let held: { readonly token: string; readonly until: number } | undefined
  let fetching: Promise<string> | undefined

  return {
    kind: source.kind,
    ...(source.quotaProject !== undefined && { quotaProject: source.quotaProject }),
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
    email: () => source.email(),
    async uniqueId() {
      const { sub } = (await tokenFor('keyferry')).claims
      if (!sub) throw unusable('IDENTITY_TOKEN_FAILED', 'an ID token without a subject')
      return sub
    },
  }

  async function tokenFor(audience: string): Promise<{ token: string; claims: IdTokenClaims }> {
    const token = await source.idToken(audience)
    const { claimsOf } = await import('../core/id-token.ts')
    const claims = typeof token === 'string' ? claimsOf(token) : undefined
    if (!claims) throw unusable('IDENTITY_TOKEN_FAILED', 'something that is not an ID token')
    if (claims.exp * 1_000 <= clock.now()) {
      const expired = new Date(claims.exp * 1_000).toISOString()
      throw unusable(
        'IDENTITY_TOKEN_FAILED',
        `an ID token that expired at ${expired}; check this machine's clock`,
      )
    }
    return { token: token as string, claims }
  }

  async function fetchAccessToken(): Promise<string> {
    // Its life is a duration: no correction of the clock may lengthen it.
    const asked = localOf(clock)
    const { token, expiresInSeconds } = await source.accessToken()
    // It goes into a header.
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || typeof expiresInSeconds !== 'number')
      throw unusable('ACCESS_TOKEN_FAILED', 'something that is not an access token')
    held = { token, until: asked + expiresInSeconds * 1_000 - ACCESS_TOKEN_MARGIN_MS }
    return token
  }

  function unusable(code: KeyferryErrorCode, what: string): KeyferryError {
    const { name, resource } = source
    return new KeyferryError(code, `${name} answered with ${what}.`, { resource })
  }
}

function metadataSource(options: GoogleIdentityOptions): GoogleTokenSource {
  const { http, env = process.env, timeoutMs = 3_000, random = Math.random, sleep = sleepFor } = options
  const base = new URL('/computeMetadata/v1/instance/service-accounts/default/', metadataOrigin(env))

  return {
    kind: 'metadata',
    name: `The metadata server at ${base.host}`,
    resource: base.host,
    async idToken(audience) {
      // `full` puts the e-mail in; Google's own library sends the audience as it is, and breaks on `&` and `#`.
      const query = new URLSearchParams({ audience, format: 'full' })
      return (await ask(`identity?${query}`, 'IDENTITY_TOKEN_FAILED')).trim()
    },
    async accessToken() {
      return accessTokenIn(await ask('token', 'ACCESS_TOKEN_FAILED'))
    },
    async email() {
      const email = (await ask('email', 'IDENTITY_TOKEN_FAILED')).trim()
      if (/^[^\s@]+@[^\s@]+$/.test(email)) return email
      const message = `The metadata server at ${base.host} answered with something that is not an e-mail.`
      throw new KeyferryError('IDENTITY_TOKEN_FAILED', message, { resource: base.host })
    },
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
      const response = await http(request).catch(async (error: unknown) => {
        const { unreachable } = await import('./metadata-refusals.ts')
        throw unreachable(code, base, error)
      })
      if (response.status === 200 && response.headers['metadata-flavor'] === 'Google') return response.body
      const { refused } = await import('./metadata-refusals.ts')
      throw refused(code, base, response)
    }
    return attempt().catch(async (error: unknown) => {
      const { retryAfter } = await import('../core/retry.ts')
      return retryAfter(error, attempt, { sleep, random })
    })
  }
}

function metadataOrigin(env: NodeJS.ProcessEnv): URL {
  const host = env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST'] || '169.254.169.254'
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host}`)
  if (!url) {
    throw new KeyferryError('CONFIG_INVALID', `GCE_METADATA_HOST must be a host or HOST:PORT, got "${host}".`)
  }
  return url
}

function accessTokenIn(body: string): { token?: unknown; expiresInSeconds?: unknown } {
  try {
    const { access_token: token, expires_in: expiresInSeconds } = JSON.parse(body) as Record<string, unknown>
    return { token, expiresInSeconds }
  } catch {
    // JSON.parse quotes its input in its message: it must not travel on.
    return {}
  }
}
