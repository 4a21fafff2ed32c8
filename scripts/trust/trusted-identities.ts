/** Whom a trust policy is to let in: the identities that the flags name, or the one that this process has. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { claimsOf } from '../../shared/core/id-token.ts'
import { SERVICE_ACCOUNT } from '../../shared/core/limits.ts'
import type { TrustedIdentity, WebIdentityClaims } from '../../shared/core/trust.ts'
import { googleIdentity } from '../../shared/google/identity.ts'
import { leanTransport } from '../../shared/transport.ts'
import type { Call } from '../command/call.ts'

export interface Trusted {
  readonly identities: readonly TrustedIdentity[]
  /** The tokens that they bring to AWS, by how those are minted. */
  readonly tokens: readonly { readonly minted: string; readonly claims: WebIdentityClaims }[]
}

const ISSUER = 'https://accounts.google.com'

export async function trustedIdentities(
  call: Call,
  env: NodeJS.ProcessEnv,
  audience: string,
): Promise<Trusted> {
  const named = namedIdentities(call)
  if (named.length === 0) return ownIdentity(call, env, audience)
  return {
    identities: named,
    tokens: named.flatMap(({ uniqueId, email }) => {
      const claims = { iss: ISSUER, sub: uniqueId, aud: audience, azp: uniqueId }
      const byEmail = email === undefined ? [] : [{ ...claims, azp: email, email }]
      return [
        { minted: `${uniqueId}, by the metadata server`, claims },
        ...byEmail.map((own) => ({
          minted: `${uniqueId}, by a key file or impersonation`,
          claims: own,
        })),
      ]
    }),
  }
}

function namedIdentities(call: Call): readonly TrustedIdentity[] {
  const [ids, emails] = [call.values('unique-id'), call.values('email')]
  const wrong = ids.find((id) => !/^\d{21}$/.test(id))
  if (wrong !== undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `--unique-id takes the 21 digits of a service account, got "${wrong}". This prints them: ${describeCommand('EMAIL')}`,
    )
  const strange = emails.find((email) => !SERVICE_ACCOUNT.test(email))
  if (strange !== undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `--email takes the e-mail of a service account, got "${strange}".`,
    )
  if (emails.length > 0 && emails.length !== ids.length)
    throw new KeyferryError(
      'CONFIG_INVALID',
      ids.length === 0
        ? `An e-mail alone cannot be trusted: it can be given to another account. Add --unique-id, which this prints: ${describeCommand(emails[0] as string)}`
        : `Give --email once for each --unique-id, in the same order, or not at all: there are ${emails.length} and ${ids.length}.`,
    )
  return ids.map((uniqueId, index) => {
    const email = emails[index]
    return { uniqueId, ...(email !== undefined && { email }) }
  })
}

async function ownIdentity(call: Call, env: NodeJS.ProcessEnv, audience: string): Promise<Trusted> {
  const serviceAccount = env['KEYFERRY_SERVICE_ACCOUNT']
  const google = await googleIdentity({
    http: leanTransport(env),
    env,
    ...(serviceAccount && { serviceAccount }),
  })
  const claims: Partial<WebIdentityClaims> | undefined = claimsOf(await google.idToken(audience))
  if (!claims?.sub || !claims.aud)
    throw new KeyferryError(
      'IDENTITY_TOKEN_FAILED',
      'The ID token does not say whose it is (no "sub" or no "aud"): AWS would refuse it.',
    )
  const { sub, azp } = claims
  // What the policy takes has to be what this identity's own tokens bring, whatever else it is asked to take.
  const email = call.has('with-email') ? await google.email() : azp !== sub ? azp : undefined
  return {
    identities: [{ uniqueId: sub, ...(email !== undefined && { email }) }],
    tokens: [
      {
        minted: 'this identity',
        claims: { ...claims, iss: claims.iss ?? ISSUER, sub, aud: claims.aud },
      },
    ],
  }
}

function describeCommand(email: string): string {
  return `gcloud iam service-accounts describe ${email} --format='value(uniqueId)'`
}
