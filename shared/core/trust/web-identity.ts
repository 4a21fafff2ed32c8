/** Whether a role's trust policy lets in the bearer of a Google ID token: AWS's mapping of claims to condition keys. */
import { decide, type TrustDecision } from './decision.ts'
import type { ContextEntry, RequestContext } from './request-context.ts'

export const GOOGLE = 'accounts.google.com'
export const WEB_IDENTITY_ACTION = 'sts:AssumeRoleWithWebIdentity'

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
  /** Only where the token was asked for with it; null outside any organisation. */
  readonly google?: { readonly organization_number?: number | string | null }
}

/** What the caller chose, and a policy may test. */
export interface SessionRequest {
  readonly sessionName?: string
  readonly externalId?: string
  /** Any other condition key of the request, such as `aws:SourceIp` or `aws:CurrentTime`. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>
}

/** Whether `policy` (a document, or its text) lets the bearer of a Google ID token assume its role. */
export function evaluateTrust(
  policy: unknown,
  claims: WebIdentityClaims,
  session: SessionRequest = {},
): TrustDecision {
  const google = claims.iss.replace('https://', '') === GOOGLE
  return decide(policy, {
    action: WEB_IDENTITY_ACTION,
    // An IAM provider for accounts.google.com does not work: Google is built into STS, and named by its host alone.
    principals: google ? { Federated: [GOOGLE] } : {},
    context: { ...googleContext(claims), ...sessionContext(session) },
  })
}

/**
 * AWS's mapping. The trap is `:aud`: it is `azp` wherever the token has one, and service accounts' tokens do.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function googleContext(claims: WebIdentityClaims): RequestContext {
  const { aud, azp, sub, email, amr, google } = claims
  const organization = google?.organization_number ?? undefined
  return {
    [`${GOOGLE}:aud`]: azp === undefined ? { values: [aud], from: 'aud' } : { values: [azp], from: 'azp' },
    [`${GOOGLE}:oaud`]: { values: [aud], from: 'aud' },
    [`${GOOGLE}:sub`]: { values: [sub], from: 'sub' },
    ...(email !== undefined && { [`${GOOGLE}:email`]: { values: [email], from: 'email' } }),
    ...(amr && { [`${GOOGLE}:amr`]: { values: amr, from: 'amr' } }),
    // AWS writes the claim "google:organization_number", Google nests it: the value is what a policy compares, either way.
    ...(organization !== undefined && {
      [`${GOOGLE}:google/organization_number`]: {
        values: [String(organization)],
        from: 'google.organization_number',
      },
    }),
  }
}

export function sessionContext({ sessionName, externalId, keys = {} }: SessionRequest): RequestContext {
  return {
    ...Object.fromEntries(
      Object.entries(keys).map(([key, values]): [string, ContextEntry] => [key, { values: [values].flat() }]),
    ),
    ...(sessionName !== undefined && { 'sts:RoleSessionName': { values: [sessionName] } }),
    ...(externalId !== undefined && { 'sts:ExternalId': { values: [externalId] } }),
  }
}
