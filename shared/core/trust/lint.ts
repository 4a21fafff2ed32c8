/** What is wrong with a trust policy for Google identities, before anyone tries it: too loose, useless, or not valid. */
import type { LintOptions, TrustFinding } from './finding.ts'
import type { PolicyProblem } from './policy-model.ts'
import { readPolicy } from './read-policy.ts'
import { loosePolicy } from './rules/too-loose.ts'
import { uselessPrincipals } from './rules/principals.ts'
import { differingTokens } from './rules/here-not-there.ts'
import { wrongKeys } from './rules/wrong-keys.ts'
import { wrongValues } from './rules/wrong-values.ts'
import { wrongWhole } from './rules/whole-policy.ts'

export type { LintOptions, TrustFinding, TrustRuleId } from './finding.ts'

/**
 * Everything found, by statement and then by weight. `policy` is a document or its text: text shows more (digits that JSON rounds, keys
 * that are there twice).
 */
export function lintTrustPolicy(policy: unknown, options: LintOptions = {}): readonly TrustFinding[] {
  const reading = readPolicy(policy)
  const { statements } = reading.document
  return [
    ...reading.problems.map(findingOf),
    ...wrongWhole(reading),
    ...statements.flatMap((statement) => [
      ...uselessPrincipals(statement),
      ...loosePolicy(statement),
      ...wrongKeys(statement, reading.document),
      ...wrongValues(statement, options),
      ...differingTokens(statement),
    ]),
  ].toSorted(byPlace)
}

function findingOf({ id, statement, message, fix }: PolicyProblem): TrustFinding {
  return { id, level: 'error', ...(statement !== undefined && { statement }), message, fix }
}

const WEIGHT = { error: 0, warning: 1, note: 2 }

function byPlace(one: TrustFinding, other: TrustFinding): number {
  return (one.statement ?? -1) - (other.statement ?? -1) || WEIGHT[one.level] - WEIGHT[other.level]
}
