/** The doctor's report as text for people: the likeliest cause first, then every check, with what to do below those that need it. */
import { styleText } from 'node:util'
import { textTable } from '../text-table.ts'
import type { Check, CheckLevel } from './check.ts'
import type { DoctorReport, MostLikely } from './examine.ts'

export interface DoctorTextOptions {
  /** Colours. @default false */
  readonly decorated?: boolean
}

type Paint = (level: CheckLevel, text: string) => string

const COLOUR = { ok: 'green', warn: 'yellow', fail: 'red', skipped: 'gray' } as const
const LEVELS: readonly CheckLevel[] = ['fail', 'warn', 'ok', 'skipped']

export function doctorText(report: DoctorReport, { decorated = false }: DoctorTextOptions = {}): string {
  // Whether there is a terminal is known already: to ask again here would leave no test of it.
  const paint: Paint = decorated
    ? (level, text) => styleText(COLOUR[level], text, { validateStream: false })
    : (_, text) => text
  const { mostLikely, counts, checks } = report
  const targets = [...new Set(checks.map(({ target }) => target))]
  return [
    ...(mostLikely ? [...mostLikelyText(mostLikely), ''] : []),
    ...targets.flatMap((target) => [
      target === undefined ? 'This machine' : `Target ${target}, as its ${report.as}`,
      ...section(
        checks.filter((check) => check.target === target),
        paint,
      ),
      '',
    ]),
    LEVELS.filter((level) => counts[level] > 0)
      .map((level) => paint(level, `${counts[level]} ${level}`))
      .join(', '),
  ].join('\n')
}

function mostLikelyText({ cause, fix, policy, doc }: MostLikely): string[] {
  return [
    `Most likely: ${cause}`,
    ...(fix ? [`  Fix: ${fix}`] : []),
    ...(policy
      ? ['  The trust policy that fits:', ...indented(JSON.stringify(policy, null, 2), '    ')]
      : []),
    `  See ${doc}`,
  ]
}

function section(checks: readonly Check[], paint: Paint): string[] {
  const made = checks.filter(({ level }) => level !== 'skipped')
  const rows = made.map(({ level, id, says }) => [paint(level, level), id, says])
  const lines = textTable(['', '', ''], rows).slice(1)
  return [
    ...made.flatMap((check, row) => [`  ${lines[row]}`, ...remarks(check)]),
    ...skippedLines(
      checks.filter(({ level }) => level === 'skipped'),
      paint,
    ),
  ]
}

function remarks({ level, cause, also = [], fix, doc }: Check): string[] {
  if (level === 'ok') return []
  return [
    ...(cause ? [`      why: ${cause}`] : []),
    ...also.map((other) => `      or:  ${other}`),
    ...(fix ? [`      fix: ${fix}`] : []),
    `      see: ${doc}`,
  ]
}

/** One line for all that was skipped for one reason. */
function skippedLines(checks: readonly Check[], paint: Paint): string[] {
  return [...Map.groupBy(checks, ({ says }) => says)].flatMap(([says, group]) => [
    `  ${paint('skipped', 'skipped')} ${group.map(({ id }) => id).join(', ')}: ${says}`,
    ...group.flatMap(({ fix }) => (fix ? [`      to see it: ${fix}`] : [])),
  ])
}

function indented(text: string, by: string): string[] {
  return text.split('\n').map((line) => by + line)
}
