/** The order in which IAM reads a trust policy: statements by principal, action and condition; a Deny wins. */
import { conditionFailure, type ConditionFailure, type RequestContext } from './conditions.ts'
import { matchesPattern } from './pattern.ts'

export interface TrustRequest {
  readonly action: string
  /** Every name by which a policy may mean the caller, by kind of principal. */
  readonly principals: Readonly<Record<string, readonly string[]>>
  readonly context: RequestContext
}

export interface TrustDecision {
  readonly allowed: boolean
  /** One for each statement, in its order; or what is wrong with the document as a whole. */
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
  readonly condition?: ConditionFailure
  /** One sentence for people. It holds claims of the token, but nothing that would let anyone in. */
  readonly message: string
}

type Json = Readonly<Record<string, unknown>>

export function decide(policy: unknown, request: TrustRequest): TrustDecision {
  const document = typeof policy === 'string' ? parsed(policy) : policy
  const statements = isObject(document) ? listOf(document['Statement']) : []
  if (statements.length === 0)
    return {
      allowed: false,
      reasons: [{ applies: false, message: 'The document is no policy with a Statement.' }],
    }
  const reasons = statements.map((statement, index) => reasonOf(statement, index, request))
  const applying = reasons.filter(({ applies }) => applies)
  return {
    allowed: applying.length > 0 && applying.every(({ effect }) => effect === 'Allow'),
    reasons,
  }
}

function reasonOf(statement: unknown, index: number, request: TrustRequest): TrustReason {
  const name = (sid?: unknown): string =>
    `Statement ${index + 1}${sid === undefined ? '' : ` (${String(sid)})`}`
  if (!isObject(statement))
    return { statement: index, applies: false, message: `${name()} is not an object.` }
  const { Effect: effect, Sid: sid } = statement
  const seen = {
    statement: index,
    ...(typeof sid === 'string' && { sid }),
    ...((effect === 'Allow' || effect === 'Deny') && { effect: effect as 'Allow' | 'Deny' }),
  }
  const not = (element: TrustReason['element'], why: string): TrustReason => ({
    ...seen,
    applies: false,
    ...(element && { element }),
    message: `${name(seen.sid)} does not apply: ${why}.`,
  })
  if (seen.effect === undefined) return not('Effect', 'its Effect is neither Allow nor Deny')
  if (!principalMatches(statement, request, seen.effect)) return not('Principal', principalAdvice(request))
  if (!actionMatches(statement, request.action)) return not('Action', `it is not about ${request.action}`)
  const failure = conditionFailure(statement['Condition'], request.context)
  // What we cannot evaluate must not let anyone in: an Allow does not apply, a Deny does.
  if (failure && !(seen.effect === 'Deny' && failure.unknown === true)) {
    const { message, unknown: _, ...condition } = failure
    return { ...not('Condition', message), condition }
  }
  return {
    ...seen,
    applies: true,
    message: `${name(seen.sid)} ${seen.effect === 'Allow' ? 'allows' : 'denies'} it.`,
  }
}

function principalMatches(statement: Json, { principals }: TrustRequest, effect: 'Allow' | 'Deny'): boolean {
  if ('NotPrincipal' in statement)
    return effect === 'Deny' && !named(statement['NotPrincipal'], principals, false)
  return named(statement['Principal'], principals, effect === 'Deny')
}

// That "*" lets in web identities is documented nowhere: it counts for AWS principals, and wherever it denies.
function named(principal: unknown, principals: TrustRequest['principals'], everyone: boolean): boolean {
  if (principal === '*') return everyone || principals['AWS'] !== undefined
  if (!isObject(principal)) return false
  return Object.entries(principal).some(([kind, names]) =>
    listOf(names).some((name) => (everyone && name === '*') || principals[kind]?.includes(String(name))),
  )
}

function principalAdvice({ principals }: TrustRequest): string {
  const [kind, names] = Object.entries(principals)[0] ?? []
  return kind === undefined
    ? 'the token is not from accounts.google.com'
    : `its Principal is not {"${kind}": "${names?.[0]}"}`
}

function actionMatches(statement: Json, action: string): boolean {
  const matches = (patterns: unknown): boolean =>
    listOf(patterns).some((pattern) => matchesPattern(String(pattern).toLowerCase(), action.toLowerCase()))
  return 'NotAction' in statement ? !matches(statement['NotAction']) : matches(statement['Action'])
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
