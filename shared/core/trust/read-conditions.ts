/** Reads the conditions of one statement: an operator, a key and its values each. */
import { nearestTo } from '../did-you-mean.ts'
import { isObject, isScalar, listOf } from './json-shape.ts'
import { operatorNamed, OPERATOR_NAMES } from './operators.ts'
import type { Condition, PolicyProblem } from './policy-model.ts'

/** Takes a problem of the statement that is being read. */
export type Report = (problem: Omit<PolicyProblem, 'statement'>) => undefined

const NONE: readonly Condition[] = []

/** Every condition of a statement's `Condition` element; what IAM would not save is reported. */
export function readConditions(block: unknown, report: Report): readonly Condition[] {
  if (block === undefined) return NONE
  const wrong = (what: string): readonly Condition[] => {
    report({
      id: 'wrong-condition',
      element: 'Condition',
      message: `${what} is not what AWS reads as a condition.`,
      fix: 'Write "Condition": { "StringEquals": { "accounts.google.com:sub": "UNIQUE_ID" } }.',
    })
    return NONE
  }
  if (!isObject(block)) return wrong('Its Condition')
  return Object.entries(block).flatMap(([name, keys]) => {
    const parts = operatorParts(name)
    if (!parts) return unknownOperator(name, report)
    if (!isObject(keys)) return wrong(`What stands under ${name}`)
    return Object.entries(keys).flatMap(([key, value]) => {
      const values = listOf(value)
      if (!values.every(isScalar)) return wrong(`The value of ${key}`)
      const rounded = values.some((one) => Number.isInteger(one) && !Number.isSafeInteger(one))
      const condition = { ...parts, name, key, values: values.map(String), rounded }
      checkValues(condition, report)
      return condition
    })
  })
}

function operatorParts(name: string): Pick<Condition, 'set' | 'operator' | 'ifExists'> | undefined {
  const {
    set,
    operator = '',
    ifExists,
  } = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<operator>\w{1,40}?)(?<ifExists>IfExists)?$/.exec(name)
    ?.groups ?? {}
  // Null asks whether a key is there: neither a set of values nor IfExists goes with it.
  const plain = operator !== 'Null' || (set === undefined && ifExists === undefined)
  return operatorNamed(operator) && plain
    ? {
        set: set as Condition['set'],
        operator,
        ifExists: ifExists !== undefined,
      }
    : undefined
}

function unknownOperator(name: string, report: Report): readonly Condition[] {
  const meant = nearestTo(name.slice(0, 40), OPERATOR_NAMES)
  report({
    id: 'unknown-operator',
    element: 'Condition',
    message: `There is no condition operator ${JSON.stringify(name)}: AWS refuses the policy.`,
    fix: meant ? `Write ${meant}.` : 'Write StringEquals.',
  })
  return NONE
}

function checkValues({ name, operator, key, values }: Condition, report: Report): void {
  const { reads } = operatorNamed(operator) ?? {}
  const unreadable = reads && values.find((value) => !reads(value))
  if (unreadable === undefined) return
  report({
    id: 'unreadable-value',
    element: 'Condition',
    message: `${name} cannot compare ${key} with ${JSON.stringify(unreadable)}: it can never be what you mean.`,
    fix: 'Write a value of that operator, without wildcards or variables.',
  })
}
