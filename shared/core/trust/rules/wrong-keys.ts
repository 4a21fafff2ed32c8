/** Rules about keys that AWS has not, and about how values are written, whatever they are compared with. */
import type { TrustFinding } from '../finding.ts'
import { claimNamed, namesGoogle, UNIQUE_ID_COMMAND } from '../google-claims.ts'
import type { Condition, Statement, TrustDocument } from '../policy-model.ts'
import { GOOGLE } from '../web-identity.ts'

const KEYS = ['sub', 'oaud', 'aud', 'email', 'amr', 'google/organization_number']

type Report = (finding: Omit<TrustFinding, 'statement'>) => void

export function wrongKeys(statement: Statement, { variables }: TrustDocument): readonly TrustFinding[] {
  if (!namesGoogle(statement)) return []
  const found: TrustFinding[] = []
  const report: Report = (finding) => void found.push({ ...finding, statement: statement.index })
  const effect = statement.effect === 'Allow' ? 'lets nobody in' : 'denies nobody'
  for (const condition of statement.conditions) {
    checkKey(condition, effect, report)
    if (!variables) checkVariables(condition, report)
    checkRounding(condition, report)
  }
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
    fix: `Write the id in quotation marks; this prints it: ${UNIQUE_ID_COMMAND}`,
  })
}
