/** Whether a role's trust policy lets an identity in, as AWS decides it; and the tight policy that lets in no other. */
export type { TrustDecision, TrustReason } from './trust/decision.ts'
export { evaluateRoleTrust } from './trust/role-identity.ts'
export {
  tightTrustPolicy,
  type TrustedIdentity,
  type TrustPolicy,
  type TrustStatement,
} from './trust/tight-policy.ts'
export { evaluateTrust, type SessionRequest, type WebIdentityClaims } from './trust/web-identity.ts'
