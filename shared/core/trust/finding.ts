/** What lint says: one finding, and every rule by its id. */
import type { ProblemId } from './policy-model.ts'

/** One thing that is wrong with a policy, or that its author should know. */
export interface TrustFinding {
  /** Stable, and named in docs/trust.md. */
  readonly id: TrustRuleId
  /** An error lets in strangers or keeps out everyone; a warning depends on what is meant. */
  readonly level: 'error' | 'warning' | 'note'
  /** Position of the statement, from 0. Absent where it is the document as a whole. */
  readonly statement?: number
  /** What it means for this policy. */
  readonly message: string
  readonly fix: string
}

export interface LintOptions {
  /** What tokens are minted for, to compare `:oaud` with; without it only what is wrong for any audience is found. */
  readonly audience?: string
}

export type TrustRuleId = ProblemId | keyof typeof RULES

/** Rules about policies that AWS would save, by what is found. */
const RULES = {
  // Too loose
  'open-to-any-account': 'any Google account of the world gets in',
  'no-subject': 'nothing names the account by its immutable id',
  'no-audience': 'a token made for another service gets in as well',
  everyone: 'the Principal is everyone',
  'wildcard-subject': 'a wildcard in the account’s id',
  'wildcard-value': 'a wildcard in the audience or in azp',
  'for-all-values': 'ForAllValues holds where the claim is absent',
  'if-exists': 'IfExists holds where the claim is absent',
  'wildcard-action': 'more actions than the one that is meant',
  // Works here but not there
  'numeric-aud-only': 'key files and impersonation are refused',
  'email-aud-only': 'the metadata server’s tokens are refused',
  'email-key': 'a condition key that AWS’s list of keys has not',
  'absent-claim': 'a claim that these tokens lack',
  // Wrong, so that nobody gets in
  'audience-under-aud': 'the audience under :aud, which is azp',
  'identity-under-oaud': 'the account under :oaud, which is the audience',
  'other-audience': 'another audience than tokens are minted for',
  'aud-of-another': 'the sub of one account and the azp of another',
  'email-under-sub': 'an e-mail under :sub, which is a number',
  'wrong-subject': 'no unique id under :sub',
  'number-literal': 'an id without quotation marks, which programs round',
  'rounded-subject': 'an id that looks rounded',
  'literal-wildcard': 'a wildcard where StringEquals takes it for itself',
  'literal-variable': 'a policy variable in a version that has none',
  'unknown-key': 'a condition key that no token of Google sets',
  'issuer-url': 'https:// where AWS wants the host alone',
  'oidc-provider-arn': 'an IAM identity provider for Google, which is built in',
  'wrong-action': 'an action that is not AssumeRoleWithWebIdentity',
  'no-google-statement': 'no statement lets in anyone from Google',
  'deny-everyone': 'a Deny without conditions',
  // Of the document
  'no-version': 'without a Version it is the language of 2008',
  'too-long': 'longer than IAM allows unless asked',
} as const

const PROBLEMS: Readonly<Record<ProblemId, string>> = {
  'not-json': 'not JSON',
  'duplicate-key': 'a key twice in one element',
  'not-a-policy': 'no Statement',
  'wrong-version': 'no version of the policy language',
  'unknown-element': 'an element that there is not',
  'wrong-sid': 'a Sid that is there twice, or is not letters and digits',
  'wrong-effect': 'neither Allow nor Deny',
  'wrong-principal': 'a Principal that names nobody',
  'not-principal': 'NotPrincipal, which trust policies cannot have',
  'wrong-action-element': 'no Action, or two kinds of it',
  'unknown-operator': 'an operator that there is not',
  'wrong-condition': 'a Condition of another shape',
  'unreadable-value': 'a value that its operator cannot compare',
}

/** Every rule, with what it finds in a few words. */
export const TRUST_RULES: Readonly<Record<TrustRuleId, string>> = { ...PROBLEMS, ...RULES }
