/**
 * IAM's condition operators, one row each.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { isInRange, isRange } from './addresses.ts'
import { instantOf } from './dates.ts'
import { compareDecimals, isDecimal } from './decimals.ts'
import { matchesArn, matchesPattern, textOf, type Pattern } from './pattern.ts'

export interface Operator {
  /** Whether one value of the request matches one value of the policy. */
  readonly matches: (had: string, wanted: Pattern) => boolean
  /** A negated operator holds if no value of its list matches, and where the key is missing. */
  readonly negated?: true
  /** String and ARN operators alone know policy variables. */
  readonly variables?: true
  /** Whether this can be one of its values in a policy; any text can, if there is none. */
  readonly reads?: (wanted: string) => boolean
}

type Test = (had: string, wanted: string) => boolean

const byText =
  (test: Test): Operator['matches'] =>
  (had, wanted) =>
    test(had, textOf(wanted))

const text = (test: Test): Operator => ({ matches: byText(test), variables: true })
const like: Operator = { matches: (had, wanted) => matchesPattern(wanted, had), variables: true }
const arn: Operator = { matches: (had, wanted) => matchesArn(wanted, had), variables: true }
const not = (operator: Operator): Operator => ({ ...operator, negated: true })

// What is no number, or no date, is neither more nor less than another, nor equal to it: so is NaN.
const number = (holds: (order: number) => boolean): Operator => ({
  matches: byText((had, wanted) => holds(compareDecimals(had, wanted) ?? Number.NaN)),
  reads: isDecimal,
})

const date = (holds: (order: number) => boolean): Operator => ({
  matches: byText((had, wanted) => holds((instantOf(had) ?? Number.NaN) - (instantOf(wanted) ?? Number.NaN))),
  reads: (wanted) => instantOf(wanted) !== undefined,
})

const address: Operator = { matches: byText((had, range) => isInRange(had, range) === true), reads: isRange }
const isBoolean = (wanted: string): boolean => /^(?:true|false)$/i.test(wanted)

const equal: Test = (had, wanted) => had === wanted
const sameLetters: Test = (had, wanted) => had.toLowerCase() === wanted.toLowerCase()

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: text(equal),
  StringNotEquals: not(text(equal)),
  StringEqualsIgnoreCase: text(sameLetters),
  StringNotEqualsIgnoreCase: not(text(sameLetters)),
  StringLike: like,
  StringNotLike: not(like),
  NumericEquals: number((order) => order === 0),
  NumericNotEquals: not(number((order) => order === 0)),
  NumericLessThan: number((order) => order < 0),
  NumericLessThanEquals: number((order) => order <= 0),
  NumericGreaterThan: number((order) => order > 0),
  NumericGreaterThanEquals: number((order) => order >= 0),
  DateEquals: date((order) => order === 0),
  DateNotEquals: not(date((order) => order === 0)),
  DateLessThan: date((order) => order < 0),
  DateLessThanEquals: date((order) => order <= 0),
  DateGreaterThan: date((order) => order > 0),
  DateGreaterThanEquals: date((order) => order >= 0),
  Bool: { matches: byText(sameLetters), reads: isBoolean },
  // Whether the key is there at all: its one value, as the condition sees it, is "true" where it is not.
  Null: { matches: byText(sameLetters), reads: isBoolean },
  BinaryEquals: { matches: byText((had, wanted) => had === bytesOf(wanted)) },
  IpAddress: address,
  NotIpAddress: not(address),
  ArnEquals: arn,
  ArnLike: arn,
  ArnNotEquals: not(arn),
  ArnNotLike: not(arn),
}

export const OPERATOR_NAMES: readonly string[] = Object.keys(OPERATORS)

export function operatorNamed(name: string): Operator | undefined {
  return Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
}

function bytesOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
