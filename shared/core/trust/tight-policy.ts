/** The trust policy that lets in named service accounts and nobody else. */
import { GOOGLE, WEB_IDENTITY_ACTION } from './web-identity.ts'

/** A Google service account as a trust policy names it. */
export interface TrustedIdentity {
  /** The 21 digits that `gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'` prints. */
  readonly uniqueId: string
  /** Only where key files or impersonation must pass too: their tokens carry it as `azp`. */
  readonly email?: string
}

export interface TrustStatement {
  readonly Effect: 'Allow'
  readonly Principal: { readonly Federated: 'accounts.google.com' }
  readonly Action: 'sts:AssumeRoleWithWebIdentity'
  readonly Condition: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> }
}

export interface TrustPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly [TrustStatement]
}

/**
 * The policy that lets in these identities and no other: pinned to their immutable ids by `sub`, to one purpose by the
 * audience, and to who asked for the token by `azp`.
 *
 * Several identities share one statement. Lists combine freely, so it would also let in a token with the `sub` of one and the `azp` of
 * another; Google makes no such token for a service account, and whoever could is let in as its `sub` anyway. One statement is what
 * fits into IAM's 2,048 characters. Identities with different audiences need a policy, or a statement, each.
 */
export function tightTrustPolicy(
  identity: TrustedIdentity | readonly TrustedIdentity[],
  options: { readonly audience: string },
): TrustPolicy {
  const identities = [identity].flat() as readonly TrustedIdentity[]
  const oneOrList = (values: readonly string[]): string | readonly string[] => {
    const [first = '', ...others] = new Set(values.map(literal))
    return others.length === 0 ? first : [first, ...others]
  }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: GOOGLE },
        Action: WEB_IDENTITY_ACTION,
        Condition: {
          StringEquals: {
            [`${GOOGLE}:sub`]: oneOrList(identities.map(({ uniqueId }) => uniqueId)),
            [`${GOOGLE}:oaud`]: literal(options.audience),
            [`${GOOGLE}:aud`]: oneOrList(
              identities.flatMap(({ uniqueId, email }) =>
                email === undefined ? [uniqueId] : [uniqueId, email],
              ),
            ),
          },
        },
      },
    ],
  }
}

/** Text that stays itself in a policy: `$` begins a policy variable, and `${$}` is a dollar. */
function literal(text: string): string {
  return text.replaceAll('${', '${$}{')
}
