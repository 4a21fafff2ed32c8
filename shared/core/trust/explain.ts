/** Why a trust policy lets a token in or not, for people: what AWS read of the token, what was wanted, what to write instead. */
import { causesOf } from './causes.ts'
import type { TrustCause } from './condition-causes.ts'
import { correctedPolicy } from './corrected-policy.ts'
import type { TrustReason } from './decision.ts'
import { evaluateTrust, googleContext, type SessionRequest, type WebIdentityClaims } from './web-identity.ts'

export type { TrustCause } from './condition-causes.ts'

export interface TrustExplanation {
  readonly allowed: boolean
  /** One sentence. */
  readonly summary: string
  /** What AWS reads of the token, by condition key. */
  readonly read: readonly { readonly key: string; readonly claim: string; readonly value: string }[]
  /** One for each statement, in its order; or what is wrong with the document. */
  readonly reasons: readonly TrustReason[]
  /** Why it is refused, the likeliest first; empty where it is not. */
  readonly causes: readonly TrustCause[]
  /** The policy with the fault mended, where it is refused and mending lets in nobody else. */
  readonly corrected?: object
}

/** Why `policy` (a document, or its text) lets the bearer of these claims in, or not. Nothing in it is secret. */
export function explainTrust(
  policy: unknown,
  claims: WebIdentityClaims,
  session: SessionRequest = {},
): TrustExplanation {
  const { allowed, reasons } = evaluateTrust(policy, claims, session)
  const read = Object.entries(googleContext(claims)).flatMap(([key, { values, from = '' }]) =>
    values.map((value) => ({ key, claim: from, value })),
  )
  if (allowed) {
    const by = reasons.findIndex(({ applies }) => applies) + 1
    return { allowed, summary: `AWS lets this token in, by statement ${by}.`, read, reasons, causes: [] }
  }
  const causes = causesOf(policy, claims, reasons)
  const corrected = correctedPolicy(policy, claims, session, causes)
  return {
    allowed,
    summary: `AWS refuses this token: ${causes[0]?.message ?? 'no statement allows it.'}`,
    read,
    reasons,
    causes,
    ...(corrected && { corrected }),
  }
}
