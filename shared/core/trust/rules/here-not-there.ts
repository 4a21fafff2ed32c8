/** Rules about statements that one way of minting passes and another does not: `azp` differs, so `:aud` does. */
import type { TrustFinding } from '../finding.ts'
import {
  claimNamed,
  demands,
  isAboutWebIdentity,
  isEmail,
  isUniqueId,
  namesGoogle,
} from '../google-claims.ts'
import type { Statement } from '../policy-model.ts'
import { GOOGLE } from '../web-identity.ts'

export function differingTokens(statement: Statement): readonly TrustFinding[] {
  if (statement.effect !== 'Allow' || !namesGoogle(statement) || !isAboutWebIdentity(statement)) return []
  return [...spellings(statement), ...claimsThatMayBeAbsent(statement)]
}

// https://github.com/googleapis/google-auth-library-python/issues/746
function spellings(statement: Statement): readonly TrustFinding[] {
  return demands(statement, 'aud').flatMap(({ values }): TrustFinding[] => {
    const ids = values.some(isUniqueId)
    const emails = values.some(isEmail)
    if (ids === emails || values.some((value) => /[*?]|\$\{/.test(value))) return []
    return [
      ids
        ? {
            id: 'numeric-aud-only',
            level: 'note',
            statement: statement.index,
            message: `${GOOGLE}:aud has the unique id alone: tokens of the metadata server pass, those of key files and impersonation carry the e-mail there and are refused.`,
            fix: 'If those must pass as well, add the e-mail to the list. If not, this is the tightest it can be.',
          }
        : {
            id: 'email-aud-only',
            level: 'warning',
            statement: statement.index,
            message: `${GOOGLE}:aud has the e-mail alone: tokens of key files and impersonation pass, those of the metadata server (Cloud Run, GKE, Compute Engine, Functions) carry the unique id there and are refused.`,
            fix: 'Add the unique id to the list.',
          },
    ]
  })
}

function claimsThatMayBeAbsent({ index, conditions }: Statement): readonly TrustFinding[] {
  const asked = new Set(
    conditions.filter(({ operator }) => operator !== 'Null').map(({ key }) => claimNamed(key)),
  )
  const found: TrustFinding[] = []
  if (asked.has('email'))
    found.push({
      id: 'email-key',
      level: 'warning',
      statement: index,
      message: `${GOOGLE}:email is not in AWS's list of keys for AssumeRoleWithWebIdentity, and tokens carry the claim only where it was asked for.`,
      fix: `Name the account by ${GOOGLE}:sub, and put the e-mail under ${GOOGLE}:aud if key files must pass.`,
    })
  if (asked.has('google/organization_number'))
    found.push({
      id: 'absent-claim',
      level: 'warning',
      statement: index,
      message:
        'A token names its organisation only where generateIdToken was asked for it (organizationNumberIncluded): the metadata server has no such switch that is documented.',
      fix: `Name the account by ${GOOGLE}:sub.`,
    })
  if (asked.has('amr'))
    found.push({
      id: 'absent-claim',
      level: 'warning',
      statement: index,
      message: 'No token of a service account is known to have amr.',
      fix: 'Remove it.',
    })
  return found
}
