/** A trust policy as its evaluator, its lint and its explanations read it: every element in its one form. */

export interface TrustDocument {
  /** Policy variables are text in any version but 2012-10-17. */
  readonly variables: boolean
  readonly statements: readonly Statement[]
}

export interface Statement {
  /** Position in the policy, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly principals: Principals
  readonly actions: readonly string[]
  /** Whether `actions` are those that are not meant. */
  readonly except: boolean
  readonly conditions: readonly Condition[]
}

/**
 * Names by kind (`AWS`, `Federated`, …); everyone is `*` under `AWS`, which means the same as `"Principal": "*"`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export type Principals = Readonly<Record<string, readonly string[]>>

export interface Condition {
  /** As it is written: `ForAnyValue:StringLikeIfExists`. */
  readonly name: string
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined
  /** Without the set and `IfExists`. */
  readonly operator: string
  readonly ifExists: boolean
  /** As it is written; keys know no case. */
  readonly key: string
  readonly values: readonly string[]
  /** Whether a value was a number: what a reader of JSON rounds may not be what was written. */
  readonly rounded: boolean
}

/** Why IAM refuses to save a policy, or what it can never have meant. */
export interface PolicyProblem {
  readonly id: ProblemId
  readonly statement?: number
  readonly element?: 'Effect' | 'Principal' | 'Action' | 'Condition'
  readonly message: string
  readonly fix: string
}

export type ProblemId =
  | 'not-json'
  | 'duplicate-key'
  | 'not-a-policy'
  | 'wrong-version'
  | 'unknown-element'
  | 'wrong-sid'
  | 'wrong-effect'
  | 'wrong-principal'
  | 'not-principal'
  | 'wrong-action-element'
  | 'unknown-operator'
  | 'wrong-condition'
  | 'unreadable-value'
