/** What lint found, and why a token is let in or refused, as text for people. */
import type { TrustExplanation } from '../../core/trust/explain.ts'
import type { TrustFinding } from '../../core/trust/finding.ts'
import { textTable } from '../text-table.ts'

export function findingsText(findings: readonly TrustFinding[]): string {
  if (findings.length === 0) return 'Nothing is wrong with it.'
  const count = (level: TrustFinding['level']): string[] => {
    const found = findings.filter((finding) => finding.level === level).length
    return found === 0 ? [] : [`${found} ${level}${found === 1 ? '' : 's'}`]
  }
  return [
    ...findings.map(
      ({ id, level, statement, message, fix }) =>
        `${level}: ${id}${statement === undefined ? '' : ` (statement ${statement + 1})`}\n  ${message}\n  Fix: ${fix}`,
    ),
    `${[...count('error'), ...count('warning'), ...count('note')].join(', ')}. What each means: docs/trust.md`,
  ].join('\n\n')
}

export function explanationText({ summary, read, reasons, causes, corrected }: TrustExplanation): string {
  const [first, ...others] = causes
  return [
    summary,
    textTable(
      ['AWS READS', 'OF', 'VALUE'],
      read.map(({ key, claim, value }) => [key, claim, value]),
    ).join('\n'),
    ...(first ? [`Fix: ${first.fix}`] : reasons.map(({ message }) => message)),
    ...others.map(({ message, fix }) => `Also: ${message}\nFix: ${fix}`),
    ...(corrected ? [`This policy lets it in:\n${JSON.stringify(corrected, null, 2)}`] : []),
  ].join('\n\n')
}
