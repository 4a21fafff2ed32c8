/** Whether a role's trust policy lets an identity in, as AWS decides it; and the tight policy that lets in no other. */
import type { RequestContext } from './trust/conditions.ts'
import { decide, type TrustDecision } from './trust/decision.ts'

export type { TrustDecision, TrustReason } from './trust/decision.ts'

const PROVIDER = 'accounts.google.com'

/** The claims of a Google ID token that AWS looks at. */
export interface WebIdentityClaims {
  readonly iss: string
  /** The service account's numeric unique id. */
  readonly sub: string
  /** The audience that was asked for. */
  readonly aud: string
  /** The numeric id from the metadata server, the e-mail from a key file or by impersonation. */
  readonly azp?: string
  readonly email?: string
  readonly amr?: readonly string[]
}

/** What the caller chose, and a policy may test. */
export interface SessionRequest {
  readonly sessionName?: string
  readonly externalId?: string
}

/** Whether `policy` lets the bearer of a Google ID token assume its role by `AssumeRoleWithWebIdentity`. */
export function evaluateTrust(
  policy: unknown,
  claims: WebIdentityClaims,
  session: SessionRequest = {},
): TrustDecision {
  const google = claims.iss.replace('https://', '') === PROVIDER
  return decide(policy, {
    action: 'sts:AssumeRoleWithWebIdentity',
    // An IAM provider for accounts.google.com does not work: Google is built into STS, and named by its host alone.
    principals: google ? { Federated: [PROVIDER] } : {},
    context: { ...googleContext(claims), ...sessionContext(session) },
  })
}

/** Whether `policy` lets a session of another role assume its role by `AssumeRole`. */
export function evaluateRoleTrust(
  policy: unknown,
  caller: { readonly arn: string; readonly roleArn: string },
  session: SessionRequest = {},
): TrustDecision {
  const [, partition, , , accountId = ''] = caller.arn.split(':')
  return decide(policy, {
    action: 'sts:AssumeRole',
    principals: {
      AWS: [caller.arn, caller.roleArn, accountId, `arn:${partition}:iam::${accountId}:root`, '*'],
    },
    context: { 'aws:PrincipalArn': { values: [caller.roleArn] }, ...sessionContext(session) },
  })
}

// AWS's mapping. The trap is `:aud`: it is `azp` wherever the token has one, and Google's always do.
function googleContext({ aud, azp, sub, email, amr }: WebIdentityClaims): RequestContext {
  return {
    [`${PROVIDER}:aud`]: azp === undefined ? { values: [aud], from: 'aud' } : { values: [azp], from: 'azp' },
    [`${PROVIDER}:oaud`]: { values: [aud], from: 'aud' },
    [`${PROVIDER}:sub`]: { values: [sub], from: 'sub' },
    ...(email !== undefined && { [`${PROVIDER}:email`]: { values: [email], from: 'email' } }),
    ...(amr && { [`${PROVIDER}:amr`]: { values: amr, from: 'amr' } }),
  }
}

function sessionContext({ sessionName, externalId }: SessionRequest): RequestContext {
  return {
    ...(sessionName !== undefined && { 'sts:RoleSessionName': { values: [sessionName] } }),
    ...(externalId !== undefined && { 'sts:ExternalId': { values: [externalId] } }),
  }
}

/** A Google service account as a trust policy names it. */
export interface TrustedIdentity {
  /** The 21 digits that `gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'` prints. */
  readonly uniqueId: string
  /** Only where key files or impersonation must pass too: their tokens carry it as `azp`. */
  readonly email?: string
}

export interface TrustPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly [
    {
      readonly Effect: 'Allow'
      readonly Principal: { readonly Federated: 'accounts.google.com' }
      readonly Action: 'sts:AssumeRoleWithWebIdentity'
      readonly Condition: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> }
    },
  ]
}

/**
 * The policy that lets in these identities and no other: pinned to their immutable ids by `sub`, to one purpose by the
 * audience, and to who asked for the token by `azp`.
 */
export function tightTrustPolicy(
  identity: TrustedIdentity | readonly TrustedIdentity[],
  options: { readonly audience: string },
): TrustPolicy {
  const identities = [identity].flat() as readonly TrustedIdentity[]
  const oneOrList = (values: readonly string[]): string | readonly string[] =>
    values.length === 1 ? (values[0] as string) : values
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${PROVIDER}:sub`]: oneOrList(identities.map(({ uniqueId }) => uniqueId)),
            [`${PROVIDER}:oaud`]: options.audience,
            [`${PROVIDER}:aud`]: oneOrList(
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
