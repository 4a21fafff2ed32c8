import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../emulator/world.ts'
import { observeDirectory } from './directory-bed.ts'
import { DIRECTORY } from './directory-matrix.ts'
import { STATES } from './reading-bed.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.emulator.stop())

describe.each([DIRECTORY])('$title', ({ table }) => {
  const cells = table.rows.flatMap(({ fault, cells: row }) =>
    row.map((answer, i) => ({ fault, state: STATES[i] as (typeof STATES)[number], answer })),
  )

  it.each(cells)('$fault, $state: $answer', async ({ fault, state, answer }) => {
    expect(await observeDirectory(world, fault, state)).toEqual({ answer, leaks: [], after: 'credentials' })
  })
})
