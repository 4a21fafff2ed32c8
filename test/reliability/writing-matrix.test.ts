import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { triesOf } from './table.ts'
import { SECRET_STATES, writingBed, type SecretState, type WritingBed } from './writing-bed.ts'
import { WRITING } from './writing-matrix.ts'

// One world for all: every cell has a secret and a broker of its own, and time only goes on.
let bed: WritingBed
beforeAll(async () => {
  bed = await writingBed()
})
afterAll(() => bed.close())

describe.each(WRITING)('$title', ({ scene, asked, table }) => {
  const cells = table.rows.flatMap((row) =>
    row.cells.map((outcome, i) => ({
      fault: row.fault,
      state: SECRET_STATES[i] as SecretState,
      outcome,
      tries: triesOf(row, i),
    })),
  )

  it.each(cells)('$fault, $state: $outcome', async ({ fault, state, outcome, tries }) => {
    const observed = await bed.observe(scene, fault, state)
    // Whoever refuses connections refuses them for other operations too.
    const otherwise = fault === 'refused' ? observed.tries : 0
    expect(observed).toEqual({
      outcome,
      tries: asked.includes(state) ? tries : otherwise,
      damage: [],
      leaks: [],
      after: expect.stringMatching(/^(?:refreshed|fresh)$/) as string,
    })
  })
})
