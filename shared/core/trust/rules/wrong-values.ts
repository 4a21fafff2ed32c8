/** Rules about values that can never be what AWS compares them with. */
import type { LintOptions, TrustFinding } from '../finding.ts'
import {
  claimNamed,
  demands,
  isClientId,
  isEmail,
  isPlain,
  isUniqueId,
  namesGoogle,
  wantedOf,
} from '../google-claims.ts'
import type { Condition, Statement, TrustDocument } from '../policy-model.ts'
import { GOOGLE } from '../web-identity.ts'

const UNIQUE_ID = "gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'"
const KEYS = ['sub', 'oaud', 'aud', 'email', 'amr', 'google/organization_number']

type Report = (finding: Omit<TrustFinding, 'statement'>) => void

export function wrongValues(
  statement: Statement,
  { variables }: TrustDocument,
  options: LintOptions,
): readonly TrustFinding[] {
  if (!namesGoogle(statement)) return []
  const found: TrustFinding[] = []
  const report: Report = (finding) => void found.push({ ...finding, statement: statement.index })
  const effect = statement.effect === 'Allow' ? 'lets nobody in' : 'denies nobody'
  for (const condition of statement.conditions) {
    checkKey(condition, effect, report)
    if (!variables) checkVariables(condition, report)
    checkRounding(condition, report)
  }
  for (const condition of demands(statement, 'sub')) checkSubject(condition, effect, report)
  for (const condition of demands(statement, 'aud')) checkAzp(condition, effect, report)
  for (const condition of demands(statement, 'oaud')) checkAudience(condition, effect, options, report)
  checkPair(statement, report)
  return found
}

function checkKey({ key, operator }: Condition, effect: string, report: Report): void {
  const claim = claimNamed(key)
  if (/^https?:/i.test(key) && /google/i.test(key)) {
    return report({
      id: 'issuer-url',
      level: 'error',
      message: `There is no key ${key}: AWS's begin with the host alone.`,
      fix: `Write "${key.replace(/^https?:\/\//i, '')}".`,
    })
  }
  // A key of another provider, which Google's tokens never set.
  const foreign = claim === undefined && /^(?!aws:|sts:|iam:)[^:]+\.[^:]+:/.test(key)
  if (!foreign && (claim === undefined || KEYS.includes(claim))) return
  report({
    id: 'unknown-key',
    level: 'error',
    message: `AWS has no key ${key} for Google's tokens: ${operator} finds nothing there${operator.includes('Not') ? '' : `, and ${effect}`}.`,
    fix:
      claim === 'azp'
        ? `Write "${GOOGLE}:aud": that is azp.`
        : `There are ${KEYS.slice(0, 3)
            .map((known) => `${GOOGLE}:${known}`)
            .join(', ')}.`,
  })
}

function checkVariables({ key, values }: Condition, report: Report): void {
  const variable = values.find((value) => /\$\{[^{}]*\}/.test(value))
  if (variable === undefined) return
  report({
    id: 'literal-variable',
    level: 'error',
    message: `${key} is compared with the text ${JSON.stringify(variable)}: without "Version": "2012-10-17" there are no policy variables.`,
    fix: 'Write "Version": "2012-10-17".',
  })
}

function checkRounding({ key, values, rounded }: Condition, report: Report): void {
  if (!rounded) return
  report({
    id: 'number-literal',
    level: 'error',
    message: `${key} is a number, not text: it has been rounded to ${values.join(', ')}, which is another account.`,
    fix: `Write the id in quotation marks; this prints it: ${UNIQUE_ID}`,
  })
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
        fix: `Write the number that this prints: ${UNIQUE_ID.replace('EMAIL', value)}`,
      })
    else if (isUniqueId(value) && String(Number(value)) === value)
      report({
        id: 'rounded-subject',
        level: 'warning',
        message: `${shown} looks like an id that a program has rounded: its last digits are lost.`,
        fix: `Compare it with: ${UNIQUE_ID}`,
      })
    else if (!isUniqueId(value))
      report({
        id: 'wrong-subject',
        level: /^\d+$/.test(value) ? 'warning' : 'error',
        message: `${shown} is no unique id of a service account: those have 21 digits.`,
        fix: `Write the number that this prints: ${UNIQUE_ID}`,
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
