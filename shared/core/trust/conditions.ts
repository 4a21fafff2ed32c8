/**
 * Whether a statement's conditions hold: all of them must, of a list of values one is enough (none may match for a negated operator),
 * and a missing key fails all but negated ones.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
import { operatorNamed } from './operators.ts'
import { patternOf, type Pattern } from './pattern.ts'
import type { Condition } from './policy-model.ts'
import { lookUp, type RequestContext } from './request-context.ts'
import { withVariables } from './variables.ts'

export interface ConditionFailure {
  /** As it is written, set and IfExists included. */
  readonly operator: string
  readonly key: string
  readonly wanted: readonly string[]
  /** Empty where the request has no such key. */
  readonly had: readonly string[]
  /** The claim that it came from. */
  readonly from?: string
}

/** The conditions that do not hold, in their order. */
export function conditionFailures(
  conditions: readonly Condition[],
  context: RequestContext,
  variables: boolean,
): readonly ConditionFailure[] {
  return conditions
    .filter((condition) => !holds(condition, context, variables))
    .map(({ name, key, values }) => {
      const entry = lookUp(context, key)
      return {
        operator: name,
        key,
        wanted: values,
        had: entry?.values ?? [],
        ...(entry?.from !== undefined && { from: entry.from }),
      }
    })
}

function holds(
  { set, operator, ifExists, key, values }: Condition,
  context: RequestContext,
  variables: boolean,
): boolean {
  const rules = operatorNamed(operator)
  if (!rules) return false
  const had = lookUp(context, key)?.values
  if (operator === 'Null') return values.some((value) => value.toLowerCase() === String(had === undefined))
  const { matches, negated = false } = rules
  if (had === undefined) return ifExists || set === 'ForAllValues' || (negated && set === undefined)
  const wanted = values.map((value) =>
    variables && rules.variables ? withVariables(value, context) : patternOf(value),
  )
  // What a variable leaves undefined equals nothing, so that a negated operator holds.
  const one = (value: string): boolean =>
    wanted.some((pattern: Pattern | undefined) => pattern !== undefined && matches(value, pattern)) !==
    negated
  // Without a set operator a key has one value; AWS says nowhere how several are read.
  if (set === undefined) return had.some(one)
  const given = had.filter((value) => value !== '')
  return set === 'ForAllValues' ? given.every(one) : given.some(one)
}
