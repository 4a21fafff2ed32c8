/** `docs/trust.md`: every rule of lint, with what it finds; the policy it shows; and links that lead somewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERBS } from '../../scripts/verbs.ts'
import { tightTrustPolicy } from '../../shared/core/trust.ts'
import { TRUST_RULES } from '../../shared/core/trust/finding.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const page = readFileSync(join(DOCS, 'trust.md'), 'utf8')

describe('docs/trust.md', () => {
  it('has a row for every rule of lint, and for no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| [a-z ;]+ \| (.+) \|$/gm)]
    const told = Object.fromEntries(rows.map(([, id, finds]) => [id, finds]))
    expect(told).toEqual(TRUST_RULES)
  })

  it('shows the policy that the command writes', () => {
    const shown = [...page.matchAll(/```json\n(\{[\s\S]*?)```/g)].map(
      ([, text = '']) => JSON.parse(text) as unknown,
    )
    expect(shown).toEqual([
      tightTrustPolicy(
        { uniqueId: '117530498172635541201', email: 'broker@my-project.iam.gserviceaccount.com' },
        { audience: 'sts.amazonaws.com' },
      ),
    ])
  })

  it('names no flag that the verb has not', () => {
    const commands = [...page.matchAll(/keyferry trust-policy[^\n`|]*/g)].map(([command]) => command)
    const flags = commands.flatMap((command) => [...command.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag))
    expect(flags.length).toBeGreaterThan(10)
    expect(flags.filter((flag) => !Object.hasOwn(VERBS['trust-policy'].flags, flag ?? ''))).toEqual([])
  })

  it('links to what is there', () => {
    const links = [...page.matchAll(/\]\((?!https:)([^)#]+)/g)].map(([, path = '']) => path)
    expect(links).toContain('trust.svg')
    expect(links.filter((path) => !existsSync(join(DOCS, path)))).toEqual([])
  })
})
