/** Why a trust policy lets a token in or not, for people: what AWS read of the token, what was wanted, what to write instead. */
import { evaluateTrust, type SessionRequest, type WebIdentityClaims } from './web-identity.ts'
import type { TrustReason } from './decision.ts'

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
  /** The policy with the fault mended, where it is refused and mending cannot let in anyone else. */
  readonly corrected?: object
}

/** One reason of a refusal, and what to write instead. */
export interface TrustCause {
  /** Stable; the id of a lint rule where one finds the same. */
  readonly id: string
  readonly statement?: number
  readonly message: string
  readonly fix: string
}

/** Why `policy` lets the bearer of these claims in, or not. */
export function explainTrust(
  policy: unknown,
  claims: WebIdentityClaims,
  session: SessionRequest = {},
): TrustExplanation {
  const { allowed, reasons } = evaluateTrust(policy, claims, session)
  return { allowed, summary: '', read: [], reasons, causes: [] }
}
