/** The claims of an ID token, read without verifying it: that is for whoever the token is meant for. */

/** What Google says in a service account's ID token. */
export interface IdTokenClaims {
  /** Unique id of the service account. */
  readonly sub?: string
  /** The audience asked for: `accounts.google.com:oaud` at AWS. */
  readonly aud?: string
  /** Unique id or e-mail, depending on how the token was made: `accounts.google.com:aud` at AWS. */
  readonly azp?: string
  readonly email?: string
  /** Seconds since the epoch. */
  readonly exp?: number
}

/** The claims, or undefined where `token` is not a JSON web token with an expiration. */
export function claimsOf(token: string): (IdTokenClaims & { readonly exp: number }) | undefined {
  const { payload = '' } = /^[\w-]+\.(?<payload>[\w-]+)\.[\w-]+$/.exec(token)?.groups ?? {}
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return hasExpiration(claims) ? claims : undefined
  } catch {
    // It is not JSON, or null, which has nothing in it.
    return undefined
  }
}

function hasExpiration(claims: unknown): claims is IdTokenClaims & { readonly exp: number } {
  return Number.isFinite((claims as { readonly exp?: unknown }).exp)
}
