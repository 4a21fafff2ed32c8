/** The tables of `docs/reliability.md` are those that the tests run. After a change: `npx vitest run test/reliability/reliability-page.test.ts -u`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DIRECTORY } from './directory-matrix.ts'
import { READING } from './reading-matrix.ts'
import type { Table } from './table.ts'
import { WRITING } from './writing-matrix.ts'

const PAGE = '../../docs/reliability.md'

it('shows the tables that the tests run', async () => {
  const page = readFileSync(join(import.meta.dirname, PAGE), 'utf8')
  await expect(
    filled(filled(page, 'reading', [...READING, DIRECTORY]), 'writing', WRITING),
  ).toMatchFileSnapshot(PAGE)
})

type Shown = readonly { readonly title: string; readonly about: string; readonly table: Table }[]

function filled(page: string, name: string, sections: Shown): string {
  const between = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- end -->)`)
  expect(page).toMatch(between)
  return page.replace(between, (_, start: string, end: string) => `${start}\n${text(sections)}\n\n${end}`)
}

function text(sections: Shown): string {
  return sections
    .map(({ title, about, table }) => [`#### ${title}`, about, rows(table)].join('\n\n'))
    .join('\n\n')
}

function rows({ columns, rows: filledRows, absent }: Table): string {
  const lines = [
    ['fault', ...columns, 'tries'],
    ['---', ...columns.map(() => '---'), '---:'],
    ...filledRows.map(({ fault, cells, tries }) => [fault, ...cells.map(marked), tries.join(' / ')]),
  ].map((cells) => `| ${cells.join(' | ')} |`)
  const reasons = Map.groupBy(Object.entries(absent), ([, reason]) => reason)
  const missing = [...reasons].map(
    ([reason, faults]) => `- Not applicable: ${faults.map(([fault]) => fault).join(', ')} (${reason}).`,
  )
  return [lines.join('\n'), ...(missing.length > 0 ? [missing.join('\n')] : [])].join('\n\n')
}

/** Codes as code. */
function marked(cell: string): string {
  return cell.replace(/[A-Z]+(?:_[A-Z]+)+/g, '`$&`')
}
