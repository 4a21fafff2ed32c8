/**
 * Reads any value as a trust policy: what IAM would save, as the model, and every fault for which it would not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { isObject, listOf } from './json-shape.ts'
import type { PolicyProblem, Statement, TrustDocument } from './policy-model.ts'
import { readPolicyText, type PolicyText } from './policy-text.ts'
import { readStatement } from './read-statement.ts'

export interface PolicyReading {
  /** The document as it is, out of its text and wrapping; undefined where there is none. */
  readonly source?: Readonly<Record<string, unknown>>
  /** Statements without a fault, even where others have one. */
  readonly document: TrustDocument
  /** Why IAM would refuse to save it; empty where it would not. */
  readonly problems: readonly PolicyProblem[]
  /** Numbers that programs round which read the text as JSON. */
  readonly rounded: PolicyText['rounded']
  /** Whether the document says which version it is of. */
  readonly versioned: boolean
  /** Characters that count for IAM's quota: all but white space. */
  readonly length: number
}

const VERSIONS = ['2012-10-17', '2008-10-17']
const ELEMENTS = ['Version', 'Id', 'Statement']

/** `policy` is a document, its text, or what `aws iam get-role` prints around one. */
export function readPolicy(policy: unknown): PolicyReading {
  if (typeof policy !== 'string') return readDocument(policy)
  const text = decoded(policy)
  const parsed = readPolicyText(text)
  if (parsed) return readDocument(parsed.document, parsed)
  return nothing({
    id: 'not-json',
    message: `It is not JSON, and AWS refuses it as MalformedPolicyDocument: ${syntaxError(text)}`,
    fix: 'Mend it there; what the aws command prints is JSON with --output json.',
  })
}

function readDocument(value: unknown, { duplicates, rounded }: Partial<PolicyText> = {}): PolicyReading {
  const document = unwrapped(value)
  if (typeof document === 'string') return readPolicy(document)
  if (!isObject(document) || listOf(document['Statement']).length === 0)
    return nothing({
      id: 'not-a-policy',
      message: 'It is no policy with a Statement.',
      fix: 'Write the whole document: { "Version": "2012-10-17", "Statement": [ … ] }',
    })
  const { Version: version, Statement: statement } = document
  const read = listOf(statement).map(readStatement)
  const statements = read.flatMap((one): Statement[] => (one.statement ? [one.statement] : []))
  return {
    source: document,
    document: { variables: version === '2012-10-17', statements },
    problems: [
      ...(duplicates ?? []).map(duplicate),
      ...unknownElements(document),
      ...wrongVersion(version),
      ...read.flatMap(({ problems }) => problems),
      ...repeatedSids(statements),
    ],
    rounded: rounded ?? [],
    versioned: version !== undefined,
    length: JSON.stringify(document).replaceAll(/\s/g, '').length,
  }
}

function nothing(problem: PolicyProblem): PolicyReading {
  return {
    document: { variables: false, statements: [] },
    problems: [problem],
    rounded: [],
    versioned: false,
    length: 0,
  }
}

function syntaxError(text: string): string {
  try {
    JSON.parse(text)
    return 'it cannot be read.'
  } catch (error) {
    return `${(error as Error).message.replaceAll(/\s+/g, ' ')}.`
  }
}

function duplicate(path: string): PolicyProblem {
  return {
    id: 'duplicate-key',
    message: `${path} is there twice. AWS refuses that, and other programs read the last one only.`,
    fix: 'Write it once, with a list of values.',
  }
}

function unknownElements(document: Readonly<Record<string, unknown>>): PolicyProblem[] {
  return Object.keys(document)
    .filter((name) => !ELEMENTS.includes(name))
    .map((name) => ({
      id: 'unknown-element',
      message: `A policy has no element ${JSON.stringify(name)}: AWS refuses it.`,
      fix: `Remove it; there are ${ELEMENTS.join(', ')}, spelt like this.`,
    }))
}

function wrongVersion(version: unknown): PolicyProblem[] {
  if (version === undefined || VERSIONS.includes(version as string)) return []
  return [
    {
      id: 'wrong-version',
      message: `There is no Version ${JSON.stringify(version)}: it names the policy language, not your document.`,
      fix: 'Write "Version": "2012-10-17".',
    },
  ]
}

function repeatedSids(statements: readonly Statement[]): PolicyProblem[] {
  const first = new Map<string, number>()
  return statements.flatMap(({ sid, index }): PolicyProblem[] => {
    if (sid === undefined) return []
    const before = first.get(sid)
    if (before === undefined) {
      first.set(sid, index)
      return []
    }
    return [
      {
        id: 'wrong-sid',
        statement: index,
        message: `Its Sid ${JSON.stringify(sid)} is that of statement ${before + 1}: AWS wants each once.`,
        fix: 'Rename it, or leave it away.',
      },
    ]
  })
}

// `aws iam get-role` wraps the document, and IAM's API sends it with percent signs.
function unwrapped(value: unknown): unknown {
  const role = isObject(value) && isObject(value['Role']) ? value['Role'] : value
  return isObject(role) && 'AssumeRolePolicyDocument' in role ? role['AssumeRolePolicyDocument'] : role
}

function decoded(text: string): string {
  if (!/^\s*%7B/i.test(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
