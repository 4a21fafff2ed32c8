/** Each way to get it wrong, set up on the emulator: the doctor names the right cause first. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHECK_IDS } from '../../../shared/report/doctor/catalogue.ts'
import { examined, startBed, type Bed } from './doctor-bed.ts'
import { MISCONFIGURATIONS, type Misconfiguration } from './misconfigurations.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startBed()
})
afterAll(() => bed.emulator.stop())
afterEach(() => bed.reset())

describe('the first cause that is named', () => {
  it.each(MISCONFIGURATIONS)(
    'is the right one: $wrong',
    async ({ arrange, empty, first, level = 'fail', says, fix }) => {
      const place = await bed.place(empty && { empty })
      const { env = {}, as = 'writer', options = {} } = (await arrange(bed, place)) ?? {}
      const report = await examined(
        { ...(as === 'writer' ? place.writer : place.consumer), ...env },
        { as, ...options },
      )
      const { mostLikely } = report
      expect(mostLikely?.id, `${mostLikely?.cause}`).toBe(first)
      expect(mostLikely?.cause).toMatch(says)
      const check = report.checks.find(({ id }) => id === first)
      expect([check?.level, report.ok]).toEqual([level, level !== 'fail'])
      if (typeof fix === 'function') expect(mostLikely?.fix).toContain(fix(place))
      else if (fix) expect(mostLikely?.fix).toMatch(fix)
    },
  )
})

it('every check but those that only tell is wrong in one of them', () => {
  const broken = new Set(MISCONFIGURATIONS.map(({ first }: Misconfiguration) => first))
  expect(CHECK_IDS.filter((id) => !broken.has(id))).toEqual(['secret-rotation'])
  expect(MISCONFIGURATIONS.length).toBeGreaterThan(50)
})
