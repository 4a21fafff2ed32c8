/** What is wrong with a trust policy for Google identities, before anyone tries it: too loose, useless, or not valid. */

/** One thing that is wrong with a policy, or that its author should know. */
export interface TrustFinding {
  /** Stable, and a heading of docs/trust.md. */
  readonly id: string
  /** An error lets in strangers or keeps out everyone; a warning depends on what is meant. */
  readonly level: 'error' | 'warning' | 'note'
  /** Position of the statement, from 0. Absent where it is the document as a whole. */
  readonly statement?: number
  /** What it means for this policy. */
  readonly message: string
  readonly fix: string
}

export interface LintOptions {
  /** What tokens are minted for. @default 'sts.amazonaws.com' */
  readonly audience?: string
}

/** Everything found, by statement and then by weight. `policy` is a document, or its text: text shows more (digits that JSON rounds, keys that are there twice). */
export function lintTrustPolicy(_policy: unknown, _options: LintOptions = {}): readonly TrustFinding[] {
  return []
}
