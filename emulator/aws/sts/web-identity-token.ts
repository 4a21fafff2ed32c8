/** What STS checks of an ID token before it asks whom the role trusts. */
import type { WebIdentityClaims } from '../../../shared/core/trust.ts'
import type { GoogleTokens } from '../../google/tokens.ts'
import type { Libraries } from '../../libraries.ts'
import { stsRefusal } from './errors.ts'

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com']

/** The claims of a token that Google signed and that is valid now. Throws as STS does. */
export async function verifiedClaims(
  token: string,
  { jose }: Libraries,
  google: GoogleTokens,
  { nowMs, toleranceMs }: { readonly nowMs: number; readonly toleranceMs: number },
): Promise<WebIdentityClaims> {
  const claims = decoded(token, jose)
  const { iss, sub, aud, iat, exp } = claims
  const missing = Object.entries({ iss, sub, aud, iat, exp }).find(([, value]) => value === undefined)
  if (missing) throw stsRefusal('InvalidIdentityToken', `Missing a required claim: ${missing[0]}`)
  if (!ISSUERS.includes(String(iss))) {
    throw stsRefusal(
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${String(iss)}`,
    )
  }
  if (Array.isArray(aud) && aud.length > 1 && claims['azp'] === undefined) {
    throw stsRefusal(
      'InvalidIdentityToken',
      'Token audience contains more than one audience while authorized party is not present',
    )
  }
  try {
    await jose.compactVerify(token, jose.createLocalJWKSet(google.jwks() as never))
  } catch {
    throw stsRefusal('InvalidIdentityToken')
  }
  const nowSeconds = Math.floor(nowMs / 1_000)
  if (Number(exp) <= nowSeconds) {
    throw stsRefusal(
      'ExpiredTokenException',
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time${Number(exp)}`,
    )
  }
  if (Number(iat) * 1_000 > nowMs + toleranceMs)
    throw stsRefusal('InvalidIdentityToken', 'Token issued in the future.')
  return { ...claims, aud: String(aud) } as unknown as WebIdentityClaims
}

function decoded(token: string, jose: Libraries['jose']): Readonly<Record<string, unknown>> {
  try {
    return jose.decodeJwt(token)
  } catch {
    throw stsRefusal(
      'InvalidIdentityToken',
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
}
