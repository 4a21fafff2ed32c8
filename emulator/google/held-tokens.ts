/** Tokens as the metadata server gives them: the one it has, for as long as that is good, and then another. */
import type { MetadataServer } from '../emulator.ts'
import type { EmulatorClock, ServiceAccountSeed } from '../options.ts'
import { TOKEN_LIFE_SECONDS, type AccessToken, type GoogleTokens } from './tokens.ts'

export interface HeldTokens {
  idToken(account: ServiceAccountSeed, audience: string, includeEmail: boolean): Promise<string>
  accessToken(account: ServiceAccountSeed): object
}

export function heldTokens(
  tokens: GoogleTokens,
  clock: EmulatorClock,
  reuse: Pick<MetadataServer, 'idTokenReuseUntilMs' | 'accessTokenReuseUntilMs' | 'clockSkewMs'>,
): HeldTokens {
  const idTokens = new Map<string, { token: string; expiresAt: number }>()
  const accessTokens = new Map<string, AccessToken>()
  return {
    async idToken(account, audience, includeEmail) {
      const key = JSON.stringify([account.email, audience, includeEmail])
      const now = clock.now() + reuse.clockSkewMs
      let held = idTokens.get(key)
      if (!held || held.expiresAt - now <= reuse.idTokenReuseUntilMs) {
        held = {
          token: await tokens.idToken(account, { audience, azp: account.uniqueId, includeEmail, now }),
          expiresAt: (Math.floor(now / 1_000) + TOKEN_LIFE_SECONDS) * 1_000,
        }
        idTokens.set(key, held)
      }
      return held.token
    },
    accessToken(account) {
      const now = clock.now()
      let held = accessTokens.get(account.email)
      if (!held || held.expiresAt - now <= reuse.accessTokenReuseUntilMs) {
        held = tokens.accessToken(account)
        accessTokens.set(account.email, held)
      }
      const { token, expiresAt } = held
      return {
        access_token: token,
        expires_in: Math.floor((expiresAt - now) / 1_000),
        token_type: 'Bearer',
      }
    },
  }
}
