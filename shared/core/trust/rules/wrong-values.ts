/** Rules about values that can never be what AWS compares them with. */
import type { LintOptions, TrustFinding } from '../finding.ts'
import {
  demands,
  isClientId,
  isEmail,
  isPlain,
  isUniqueId,
  namesGoogle,
  UNIQUE_ID_COMMAND,
  wantedOf,
} from '../google-claims.ts'
import type { Condition, Statement } from '../policy-model.ts'
import { GOOGLE } from '../web-identity.ts'

type Report = (finding: Omit<TrustFinding, 'statement'>) => void

export function wrongValues(statement: Statement, options: LintOptions): readonly TrustFinding[] {
  if (!namesGoogle(statement)) return []
  const found: TrustFinding[] = []
  const report: Report = (finding) => void found.push({ ...finding, statement: statement.index })
  const effect = statement.effect === 'Allow' ? 'lets nobody in' : 'denies nobody'
  for (const condition of demands(statement, 'sub')) checkSubject(condition, effect, report)
  for (const condition of demands(statement, 'aud')) checkAzp(condition, effect, report)
  for (const condition of demands(statement, 'oaud')) checkAudience(condition, effect, options, report)
  checkPair(statement, report)
  return found
}

function checkSubject({ operator, values, rounded }: Condition, effect: string, report: Report): void {
  for (const value of rounded ? [] : values) {
    if (operator !== 'StringLike' && /[*?]/.test(value))
      literalWildcard(`${GOOGLE}:sub`, value, operator, report)
    if (!isPlain(value)) continue
    const shown = JSON.stringify(value)
    if (isEmail(value))
      report({
        id: 'email-under-sub',
        level: 'error',
        message: `${GOOGLE}:sub is the account's unique id, never its e-mail: ${shown} ${effect}.`,
        fix: `Write the number that this prints: ${UNIQUE_ID_COMMAND.replace('EMAIL', value)}`,
      })
    else if (isUniqueId(value) && String(Number(value)) === value)
      report({
        id: 'rounded-subject',
        level: 'warning',
        message: `${shown} looks like an id that a program has rounded: its last digits are lost.`,
        fix: `Compare it with: ${UNIQUE_ID_COMMAND}`,
      })
    else if (!isUniqueId(value))
      report({
        id: 'wrong-subject',
        level: /^\d+$/.test(value) ? 'warning' : 'error',
        message: `${shown} is no unique id of a service account: those have 21 digits.`,
        fix: `Write the number that this prints: ${UNIQUE_ID_COMMAND}`,
      })
  }
}

function checkAzp({ operator, values }: Condition, effect: string, report: Report): void {
  const wrong = values.filter(
    (value) => isPlain(value) && !/^\d+$/.test(value) && !isEmail(value) && !isClientId(value),
  )
  for (const value of values)
    if (operator !== 'StringLike' && /[*?]/.test(value))
      literalWildcard(`${GOOGLE}:aud`, value, operator, report)
  if (wrong.length === 0) return
  const all = wrong.length === values.length
  report({
    id: 'audience-under-aud',
    level: all ? 'error' : 'warning',
    message: `${GOOGLE}:aud is the token's azp (the service account that asked for it), not its audience: ${wrong
      .map((value) => JSON.stringify(value))
      .join(' and ')} ${all ? effect : 'has no use there'}.`,
    fix: `Put it under "${GOOGLE}:oaud"; under "${GOOGLE}:aud" write the unique id (and the e-mail, if key files must pass), or nothing.`,
  })
}

function checkAudience(
  { operator, values }: Condition,
  effect: string,
  { audience }: LintOptions,
  report: Report,
): void {
  for (const value of values) {
    if (operator !== 'StringLike' && value.includes('*'))
      literalWildcard(`${GOOGLE}:oaud`, value, operator, report)
    if (isUniqueId(value) || value.endsWith('.gserviceaccount.com'))
      report({
        id: 'identity-under-oaud',
        level: 'error',
        message: `${GOOGLE}:oaud is the audience of the token, not the account: ${JSON.stringify(value)} ${effect}, unless tokens are minted for it.`,
        fix: `Put it under "${GOOGLE}:${isUniqueId(value) ? 'sub' : 'aud'}".`,
      })
  }
  if (audience === undefined || !values.every(isPlain) || values.includes(audience)) return
  report({
    id: 'other-audience',
    level: 'error',
    message: `It wants the audience ${values.map((value) => JSON.stringify(value)).join(' or ')}; tokens are minted for ${JSON.stringify(audience)}.`,
    fix: `Write "${GOOGLE}:oaud": ${JSON.stringify(audience)}, or configure the policy's as "audience".`,
  })
}

// The token of a service account has its own id or e-mail as azp; of e-mails nobody can tell here whose they are.
function checkPair(statement: Statement, report: Report): void {
  const subjects = wantedOf(statement, 'sub')
  const callers = wantedOf(statement, 'aud')
  if (subjects.length === 0 || callers.length === 0) return
  if (![...subjects, ...callers].every(isUniqueId) || callers.some((id) => subjects.includes(id))) return
  report({
    id: 'aud-of-another',
    level: 'error',
    message: `${GOOGLE}:sub is ${subjects.join(' or ')} and ${GOOGLE}:aud is ${callers.join(' or ')}: no token is about one account and made by another.`,
    fix: 'Write the same unique id under both.',
  })
}

function literalWildcard(key: string, value: string, operator: string, report: Report): void {
  if (value.startsWith('${')) return
  report({
    id: 'literal-wildcard',
    level: 'error',
    message: `${operator} takes ${JSON.stringify(value)} under ${key} for what it is: no token has a star or a question mark there.`,
    fix: 'Write whole values, as a list.',
  })
}
