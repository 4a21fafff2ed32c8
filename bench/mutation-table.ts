/** `npm run mutation:table`: puts what the last `npm run mutation` counted into `docs/reliability.md`, and leaves the rows of other files. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const CORE = 'shared/core'
const PAGE = join(ROOT, 'docs/reliability.md')
const BETWEEN = /(<!-- mutation: [^>]*-->\n)([^]*?)(<!-- end -->)/
const ROW = /^\| `([^`]+)` \| ([\d,]+) \| ([\d,]+) \|/gm
/** https://stryker-mutator.io/docs/mutation-testing-elements/mutant-states-and-metrics */
const NOTICED = ['Killed', 'Timeout']
const MISSED = ['Survived', 'NoCoverage']

interface Count {
  readonly mutants: number
  readonly noticed: number
}

/** What `reports/mutation.json` has of https://github.com/stryker-mutator/mutation-testing-elements */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>
}

const page = readFileSync(PAGE, 'utf8')
const [, , before] = BETWEEN.exec(page) ?? []
if (before === undefined) throw new Error(`${PAGE} has no place for the table of mutation testing.`)

const rows = new Map([...shown(before), ...measured()])
const known = [...rows].filter(([name, { mutants }]) => mutants > 0 && existsSync(join(ROOT, CORE, name)))
writeFileSync(
  PAGE,
  page.replace(BETWEEN, (_, start: string, _old, end: string) => `${start}\n${text(known)}\n\n${end}`),
)

function shown(table: string): [string, Count][] {
  return [...table.matchAll(ROW)].map(([, name = '', mutants = '', noticed = '']) => [
    name,
    { mutants: Number(mutants.replace(',', '')), noticed: Number(noticed.replace(',', '')) },
  ])
}

function measured(): [string, Count][] {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'reports/mutation.json'), 'utf8')) as Report
  return Object.entries(files).map(([file, { mutants }]) => {
    const of = (states: readonly string[]): number =>
      mutants.filter(({ status }) => states.includes(status)).length
    return [relative(CORE, file), { mutants: of([...NOTICED, ...MISSED]), noticed: of(NOTICED) }]
  })
}

function text(counts: readonly (readonly [string, Count])[]): string {
  const sum = (part: keyof Count): number => counts.reduce((total, [, count]) => total + count[part], 0)
  const all = { mutants: sum('mutants'), noticed: sum('noticed') }
  const lines = counts
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => `| \`${name}\` | ${shares(count).join(' | ')} |`)
  return [
    `Of ${all.mutants.toLocaleString('en')} mutants in ${counts.length} files the tests notice ${all.noticed.toLocaleString('en')}: ${shares(all).at(-1)}.`,
    ['| file | mutants | noticed | score |', '| --- | ---: | ---: | ---: |', ...lines].join('\n'),
  ].join('\n\n')
}

function shares({ mutants, noticed }: Count): readonly string[] {
  return [String(mutants), String(noticed), `${((100 * noticed) / mutants).toFixed(1)} %`]
}
