/** Google's tokens: ID tokens signed RS256, and opaque access tokens that stand for a service account. */
import { createHash, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Libraries } from '../libraries.ts'
import type { EmulatorClock, ServiceAccountSeed } from '../options.ts'

export const TOKEN_LIFE_SECONDS = 3_600
export const ISSUER = 'https://accounts.google.com'

export interface IdTokenRequest {
  readonly audience: string
  /** Who asked for it: the unique id from the metadata server, the e-mail from everywhere else. */
  readonly azp: string
  readonly includeEmail: boolean
  /** By the clock of whoever issues it. @default the emulator's */
  readonly now?: number
}

export interface AccessToken {
  readonly token: string
  /** A service account's; of all others the member. */
  readonly email: string
  readonly expiresAt: number
}

export interface GoogleTokens {
  idToken(account: ServiceAccountSeed, request: IdTokenRequest): Promise<string>
  accessToken(account: Pick<ServiceAccountSeed, 'email'>, lifeSeconds?: number): AccessToken
  /** The account that an access token stands for, while it is valid. */
  bearer(authorization: string | undefined): string | undefined
  /** What verifies the ID tokens, as `https://www.googleapis.com/oauth2/v3/certs` gives it. */
  jwks(): { readonly keys: readonly Record<string, unknown>[] }
}

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const id = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return { id, privateKey, publicKey }
}

// One key for all emulators of a process, as for all of Google: making one takes a tenth of a second.
let googleKey: Promise<SigningKey> | undefined

export async function googleTokens({ jose }: Libraries, clock: EmulatorClock): Promise<GoogleTokens> {
  const { id: kid, privateKey, publicKey } = await (googleKey ??= newSigningKey())
  const accessTokens = new Map<string, AccessToken>()
  return {
    idToken({ uniqueId, email }, { audience, azp, includeEmail, now = clock.now() }) {
      const issuedAt = Math.floor(now / 1_000)
      return new jose.SignJWT({ azp, ...(includeEmail && { email, email_verified: true }) })
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(uniqueId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TOKEN_LIFE_SECONDS)
        .sign(privateKey)
    },
    accessToken({ email }, lifeSeconds = TOKEN_LIFE_SECONDS) {
      const token = {
        token: `ya29.c.${randomBytes(96).toString('base64url')}`,
        email,
        expiresAt: clock.now() + lifeSeconds * 1_000,
      }
      accessTokens.set(token.token, token)
      return token
    },
    bearer(authorization) {
      const token = accessTokens.get(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '')
      return token && token.expiresAt > clock.now() ? token.email : undefined
    },
    jwks: () => ({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }],
    }),
  }
}
