/** What a statement asks of a Google token's claims: the questions that lint and the explanations share. */
import { matchesPattern, patternOf } from './pattern.ts'
import type { Condition, Statement } from './policy-model.ts'
import { GOOGLE, WEB_IDENTITY_ACTION } from './web-identity.ts'

/** The part behind `accounts.google.com:`, in lower case; undefined for other keys. */
export function claimNamed(key: string): string | undefined {
  const lower = key.toLowerCase()
  return lower.startsWith(`${GOOGLE}:`) ? lower.slice(GOOGLE.length + 1) : undefined
}

/** Claims that every ID token of a service account has. */
export const ALWAYS: readonly string[] = ['sub', 'aud', 'oaud']

export function namesGoogle({ principals }: Statement): boolean {
  return principals['Federated']?.includes(GOOGLE) === true
}

export function namesEveryone({ principals }: Statement): boolean {
  return Object.values(principals).flat().includes('*')
}

export function isAboutWebIdentity({ actions, except }: Statement): boolean {
  return (
    actions.some((action) =>
      matchesPattern(patternOf(action.toLowerCase()), WEB_IDENTITY_ACTION.toLowerCase()),
    ) !== except
  )
}

const POSITIVE = ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike']

/** The conditions that demand a value of `claim`. */
export function demands({ conditions }: Statement, claim: string): readonly Condition[] {
  return conditions.filter(({ operator, key }) => POSITIVE.includes(operator) && claimNamed(key) === claim)
}

/** Whether the statement narrows `claim` to anything: a wildcard alone does not, nor what holds where the claim is absent. */
export function narrows(statement: Statement, claim: string): boolean {
  return demands(statement, claim).some(
    ({ operator, values, set, ifExists }) =>
      (ALWAYS.includes(claim) || (!ifExists && set !== 'ForAllValues')) &&
      !(operator === 'StringLike' && values.some((value) => /^[*?]+$/.test(value))),
  )
}

/** The values that are demanded of `claim`, whatever the operator. */
export function wantedOf(statement: Statement, claim: string): readonly string[] {
  return demands(statement, claim).flatMap(({ values }) => values)
}

export const isUniqueId = (value: string): boolean => /^\d{21}$/.test(value)
export const isEmail = (value: string): boolean => /^[^\s@*?${}]+@[^\s@*?${}]+$/.test(value)
export const isClientId = (value: string): boolean => value.endsWith('.apps.googleusercontent.com')
/** Whether `value` is neither a pattern nor a variable. */
export const isPlain = (value: string): boolean => !/[*?]|\$\{/.test(value)

/** Prints what `:sub` has to be. */
export const UNIQUE_ID_COMMAND = "gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'"
