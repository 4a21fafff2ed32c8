import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../emulator/world.ts'
import { seedOfIdentities } from './identities.ts'
import { observe, STATES } from './reading-bed.ts'
import { READING } from './reading-matrix.ts'
import { triesOf } from './table.ts'

// One world for all: every cell has a secret and a client of its own, and time only goes on.
let world: World
beforeAll(async () => {
  world = await startWorld(seedOfIdentities())
})
afterAll(() => world.emulator.stop())

describe.each(READING)('$title', ({ scene, table }) => {
  const cells = table.rows.flatMap((row) =>
    row.cells.map((answer, i) => ({
      fault: row.fault,
      state: STATES[i] as (typeof STATES)[number],
      answer,
      tries: triesOf(row, i),
    })),
  )

  it.each(cells)('$fault, $state: $answer', async ({ fault, state, answer, tries }) => {
    const { waitedMs, ...observed } = await observe(world, scene, fault, state)
    const isAsked = scene.isScheduled || state !== 'fresh'
    expect(observed).toEqual({
      answer,
      tries: isAsked ? tries : 0,
      leaks: [],
      after: 'credentials',
    })
    // Who has something valid waits a second in the last minute, and not at all before.
    const patienceMs = { empty: 8_000, fresh: 0, advisory: 0, mandatory: 1_000, expired: 8_000 }
    expect(waitedMs).toBeLessThanOrEqual(patienceMs[state])
  })
})
