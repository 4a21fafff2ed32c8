/**
 * The order in which AWS reads a trust policy: statements by principal, action and condition; a Deny wins; what nobody allows is denied.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { conditionFailures, type ConditionFailure } from './conditions.ts'
import { matchesPattern, patternOf } from './pattern.ts'
import type { PolicyProblem, Statement } from './policy-model.ts'
import { readPolicy } from './read-policy.ts'
import type { RequestContext } from './request-context.ts'

export interface TrustRequest {
  readonly action: string
  /** Every name by which a policy may mean the caller, by kind of principal. */
  readonly principals: Readonly<Record<string, readonly string[]>>
  readonly context: RequestContext
}

export interface TrustDecision {
  readonly allowed: boolean
  /** One for each statement, in its order; or what is wrong with a document that AWS would not save. */
  readonly reasons: readonly TrustReason[]
}

export interface TrustReason {
  /** Position in the policy, from 0. Absent where the document is no policy. */
  readonly statement?: number
  readonly sid?: string
  readonly effect?: 'Allow' | 'Deny'
  readonly applies: boolean
  /** What kept the statement from applying. */
  readonly element?: 'Effect' | 'Principal' | 'Action' | 'Condition'
  /** Every condition that does not hold. */
  readonly conditions?: readonly ConditionFailure[]
  /** One sentence for people. It holds claims of the token, but nothing that would let anyone in. */
  readonly message: string
}

export function decide(policy: unknown, request: TrustRequest): TrustDecision {
  const { document, problems } = readPolicy(policy)
  // A role cannot have a policy that IAM does not save: nothing of it is evaluated, so that no half of it lets anyone in.
  if (problems.length > 0) return { allowed: false, reasons: problems.map(reasonOfProblem) }
  const reasons = document.statements.map((statement) => reasonOf(statement, request, document.variables))
  const applying = reasons.filter(({ applies }) => applies)
  return {
    allowed: applying.length > 0 && applying.every(({ effect }) => effect === 'Allow'),
    reasons,
  }
}

function reasonOfProblem({ statement, element, message }: PolicyProblem): TrustReason {
  return {
    ...(statement !== undefined && { statement }),
    applies: false,
    ...(element && { element }),
    message: statement === undefined ? message : `Statement ${statement + 1}: ${message}`,
  }
}

function reasonOf(statement: Statement, request: TrustRequest, variables: boolean): TrustReason {
  const { index, sid, effect } = statement
  const seen = { statement: index, ...(sid !== undefined && { sid }), effect }
  const name = `Statement ${index + 1}${sid === undefined ? '' : ` (${sid})`}`
  const not = (element: TrustReason['element'], why: string): TrustReason => ({
    ...seen,
    applies: false,
    ...(element && { element }),
    message: `${name} does not apply: ${why}.`,
  })
  if (!principalMatches(statement, request)) return not('Principal', principalAdvice(request))
  if (!actionMatches(statement, request.action)) return not('Action', `it is not about ${request.action}`)
  const conditions = conditionFailures(statement.conditions, request.context, variables)
  if (conditions.length > 0)
    return { ...not('Condition', conditions.map(failureText).join('; ')), conditions }
  return { ...seen, applies: true, message: `${name} ${effect === 'Allow' ? 'allows' : 'denies'} it.` }
}

// That "*" lets in web identities is documented nowhere: it counts for AWS principals, and wherever it denies.
function principalMatches({ principals, effect }: Statement, request: TrustRequest): boolean {
  const denies = effect === 'Deny'
  return Object.entries(principals).some(([kind, names]) =>
    names.some((name) => (denies && name === '*') || request.principals[kind]?.includes(name)),
  )
}

function principalAdvice({ principals }: TrustRequest): string {
  const [first] = Object.entries(principals)
  if (first === undefined) return 'the token is not from accounts.google.com'
  const [kind, [name]] = first
  return `its Principal is not {"${kind}": "${name}"}`
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
function actionMatches({ actions, except }: Statement, action: string): boolean {
  const wanted = action.toLowerCase()
  return actions.some((pattern) => matchesPattern(patternOf(pattern.toLowerCase()), wanted)) !== except
}

function failureText({ operator, key, wanted, had, from }: ConditionFailure): string {
  const gives =
    had.length > 0
      ? `the token gives ${quoted(had)}${from === undefined ? '' : ` (from ${from})`}`
      : 'the request has no such key'
  return `${operator} ${key} wants ${quoted(wanted)}, ${gives}`
}

function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ')
}
