/** What the README says is checked where it can be: its table of codes, its dependencies, its links. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERBS } from '../scripts/verbs.ts'
import { configJsonSchema } from '../shared/config.ts'
import { ERROR_CODES } from '../shared/core/errors.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}

describe('the README', () => {
  it('has a row for every error code, with a cause and a fix, and for no other', () => {
    const rows = [...section('Errors').matchAll(/^\| `([A-Z_]+)` \| [^|]+ \| [^|]+ \|$/gm)].map(
      ([, code]) => code,
    )
    expect(rows.toSorted()).toEqual([...ERROR_CODES].sort())
  })

  it('says of every runtime dependency why it is there, and of no other', () => {
    const named = [...section('Dependencies').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    )
    expect(named.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort())
  })

  it('has every verb of the command', () => {
    for (const verb of Object.keys(VERBS).filter((name) => name !== 'help')) {
      expect(section('The command')).toContain(`\`keyferry ${verb}`)
    }
  })

  it('has every field of a target', () => {
    const { properties } = (
      configJsonSchema() as { properties: { targets: { items: { properties: object } } } }
    ).properties.targets.items
    const undocumented = Object.keys(properties).filter(
      (field) => !section('Configuration').includes(`\`${field}\``),
    )
    expect(undocumented).toEqual([])
  })

  it('links to what exists', () => {
    const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)]
    const anchors = [...readme.matchAll(/^#+ (.*)$/gm)].map(
      ([, title = '']) =>
        `#${title
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-')}`,
    )
    expect(targets.length).toBeGreaterThan(10)
    const broken = targets.filter(([, path = '', anchor = '']) =>
      path ? !existsSync(join(ROOT, path)) : !anchors.includes(anchor),
    )
    expect(broken.map(([link]) => link)).toEqual([])
  })
})

function section(title: string): string {
  const start = readme.indexOf(`\n## ${title}\n`)
  expect(start, title).toBeGreaterThan(0)
  const end = readme.indexOf('\n## ', start + 1)
  return readme.slice(start, end < 0 ? undefined : end)
}
