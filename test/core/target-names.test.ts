import { describe, expect, it } from 'vitest'
import { resolveTarget } from '../../shared/core/target.ts'
import { targetsNamed } from '../../shared/core/target-names.ts'

const targets = ['app', 'billing', 'search'].map((name) =>
  resolveTarget({
    name,
    secret: `projects/demo/secrets/${name}`,
    roleArn: 'arn:aws:iam::123456789012:role/app',
  }),
)

describe('naming targets', () => {
  it('takes each once, in the order of the configuration', () => {
    expect(targetsNamed(targets, ['search', 'app', 'search']).map(({ name }) => name)).toEqual([
      'app',
      'search',
    ])
  })

  it('means all of them where none is named', () => {
    expect(targetsNamed(targets)).toBe(targets)
    expect(targetsNamed(targets, [])).toBe(targets)
  })

  it('in vain shows no more of a long name, and of many targets, than helps', () => {
    const many = Array.from({ length: 21 }, (_, i) => ({ ...targets[0]!, name: `t${i + 1}` }))
    const twenty = many.slice(0, 20).map(({ name }) => name)
    const message = (among: typeof many): string => {
      try {
        targetsNamed(among, [`${'x'.repeat(100)}y`])
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    const start = `No target is named "${'x'.repeat(100)}". Configured: ${twenty.join(', ')}`
    expect(message(many)).toBe(`${start}, and 1 more.`)
    expect(message(many.slice(0, 20))).toBe(`${start}.`)
  })

  it('that do not exist says which, what was meant, and what there is', () => {
    expect(() => targetsNamed(targets, ['app', 'bilings', 'x'])).toThrow(
      expect.objectContaining({
        code: 'TARGET_UNKNOWN',
        message:
          'No target is named "bilings" (did you mean "billing"?), "x". Configured: app, billing, search.',
      }),
    )
  })
})
