import { describe, expect, it } from 'vitest'
import { expect as must } from '../../../scripts/demo/acts.ts'
import { play } from '../../../scripts/demo/play.ts'
import type { Stage } from '../../../scripts/demo/stage.ts'
import type { Step } from '../../../scripts/demo/story.ts'

const STAGE = { minute: () => 7 } as unknown as Stage

describe('a story', () => {
  it('is told step by step, with the figures of each', async () => {
    const told: string[] = []
    const steps = await play([step('one'), step('two')], STAGE, ({ title }, { says }) =>
      told.push(`${title}: ${says}`),
    )
    expect(told).toEqual(['About one: it was so', 'About two: it was so'])
    expect(steps).toEqual([
      { name: 'one', ok: true, minute: 7, says: 'it was so', figure: 1 },
      { name: 'two', ok: true, minute: 7, says: 'it was so', figure: 1 },
    ])
  })

  it('ends at the step that goes otherwise, and says how', async () => {
    const failing = {
      ...step('two'),
      play: async () => must(false, { mints: 2, key: 'ASIAIOSFODNN7EXAMPLE' }) as never,
    }
    const steps = await play([step('one'), failing, step('three')], STAGE, () => {})
    expect(steps.map(({ name, ok }) => [name, ok])).toEqual([
      ['one', true],
      ['two', false],
    ])
    expect(steps[1]?.says).toBe('it was otherwise: {"mints":2,"key":"…MPLE"}')
  })
})

function step(name: string): Step {
  return { name, title: `About ${name}`, play: async () => ({ says: 'it was so', figure: 1 }) }
}
