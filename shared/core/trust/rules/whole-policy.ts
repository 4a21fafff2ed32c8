/** Rules about the document as a whole. */
import type { TrustFinding } from '../finding.ts'
import { namesEveryone } from '../google-claims.ts'
import type { Statement } from '../policy-model.ts'
import type { PolicyReading } from '../read-policy.ts'

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MAX_LENGTH = 2_048

export function wrongWhole(reading: PolicyReading): readonly TrustFinding[] {
  const { document, problems, rounded, versioned, length } = reading
  const { statements } = document
  const found: TrustFinding[] = rounded.map(({ path, written, read }) => ({
    id: 'number-literal',
    level: 'error',
    ...statementIn(path),
    message: `${path} is the number ${written}: programs that read JSON make ${read} of it, which is another account.`,
    fix: `Put it into quotation marks: "${written}".`,
  }))
  // Half a document says nothing about what is missing from it.
  if (problems.length > 0) return found
  if (!versioned)
    found.push({
      id: 'no-version',
      level: 'note',
      message: 'It has no Version, so AWS reads it as of 2008-10-17: without policy variables.',
      fix: 'Add "Version": "2012-10-17".',
    })
  if (length > MAX_LENGTH)
    found.push({
      id: 'too-long',
      level: 'warning',
      message: `It has ${length} characters; a trust policy may have ${MAX_LENGTH}, unless the account's quota was raised (to 8,192 at most).`,
      fix: 'Name several identities in lists of one statement, or give some of them a role of their own.',
    })
  if (!statements.some(meansGoogle))
    found.push({
      id: 'no-google-statement',
      level: 'error',
      message: 'No statement lets in anyone from Google.',
      fix: 'Add the one that this prints: keyferry trust-policy --unique-id UNIQUE_ID',
    })
  return found
}

// One that tries to and fails has a finding of its own, which says more.
function meansGoogle(statement: Statement): boolean {
  const { effect, principals } = statement
  if (effect === 'Deny') return false
  return namesEveryone(statement) || (principals['Federated'] ?? []).some((name) => name.includes('google'))
}

function statementIn(path: string): { statement?: number } {
  const [found, index = '0'] = /Statement(?:\[(\d+)\])?/.exec(path) ?? []
  return found === undefined ? {} : { statement: Number(index) }
}
