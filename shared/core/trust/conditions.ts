/** The Condition element: a table of operators, with IAM's rules for lists, missing keys and sets of values. */
import { matchesPattern } from './pattern.ts'

/** What a request says of itself, by condition key. `from` is the claim that a value came from. */
export type RequestContext = Readonly<
  Record<string, { readonly values: readonly string[]; readonly from?: string }>
>

export interface ConditionFailure {
  readonly operator: string
  readonly key: string
  readonly wanted: readonly string[]
  /** Empty where the request has no such key. */
  readonly had: readonly string[]
}

interface Operator {
  /** Whether one value of the request matches one value of the policy. */
  readonly matches: (had: string, wanted: string) => boolean
  /** A negated operator holds if no value of its list matches, and where the key is missing. */
  readonly negated?: boolean
}

const equal = (had: string, wanted: string): boolean => had === wanted
const equalIgnoringCase = (had: string, wanted: string): boolean => had.toLowerCase() === wanted.toLowerCase()
const like = (had: string, wanted: string): boolean => matchesPattern(wanted, had)

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { matches: equal },
  StringNotEquals: { matches: equal, negated: true },
  StringEqualsIgnoreCase: { matches: equalIgnoringCase },
  StringNotEqualsIgnoreCase: { matches: equalIgnoringCase, negated: true },
  StringLike: { matches: like },
  StringNotLike: { matches: like, negated: true },
}

/** The first condition that does not hold; `unknown` if it is one that nobody could evaluate. */
export function conditionFailure(
  condition: unknown,
  context: RequestContext,
): (ConditionFailure & { readonly message: string; readonly unknown?: true }) | undefined {
  if (condition === undefined) return undefined
  for (const [operator, keys] of entriesOf(condition)) {
    for (const [key, value] of entriesOf(keys)) {
      const wanted = (Array.isArray(value) ? (value as unknown[]) : [value]).map(String)
      const entry = lookUp(context, key)
      const verdict = holds(operator, wanted, entry?.values)
      if (verdict === true) continue
      const had = entry?.values ?? []
      const failure = { operator, key, wanted, had }
      if (verdict === undefined)
        return { ...failure, unknown: true, message: `the operator ${operator} is not known` }
      const from = entry?.from === undefined ? '' : ` (from ${entry.from})`
      const gives = had.length > 0 ? `the token gives ${quoted(had)}${from}` : 'the request has no such key'
      return { ...failure, message: `${operator} ${key} wants ${quoted(wanted)}, ${gives}` }
    }
  }
  return undefined
}

function holds(
  name: string,
  wanted: readonly string[],
  had: readonly string[] | undefined,
): boolean | undefined {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? []
  if (base === 'Null') return wanted.includes(String(had === undefined))
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined
  if (!operator) return undefined
  const { matches, negated = false } = operator
  if (had === undefined)
    return ifExists !== undefined || set === 'ForAllValues' || (negated && set === undefined)
  const one = (value: string): boolean => wanted.some((want) => matches(value, want)) !== negated
  // Without a set operator a key has one value; several are read as IAM reads them for any of them.
  return set === 'ForAllValues' ? had.every(one) : had.some(one)
}

// Condition keys know no case.
function lookUp(context: RequestContext, key: string): RequestContext[string] | undefined {
  const wanted = key.toLowerCase()
  return Object.entries(context).find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ')
}
