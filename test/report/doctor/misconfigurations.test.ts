/** Each way to get it wrong, set up on the emulator: the doctor names the right cause first, and shows no secret. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHECK_IDS } from '../../../shared/report/doctor/catalogue.ts'
import { doctorText } from '../../../shared/report/doctor/doctor-text.ts'
import { leanTransport } from '../../../shared/transport.ts'
import { examined, onThisMachine, startBed, type Bed } from './doctor-bed.ts'
import { eavesdropping } from './eavesdropping.ts'
import { MISCONFIGURATIONS, type Misconfiguration } from './misconfigurations.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startBed()
})
afterAll(() => bed.stop())
afterEach(() => bed.reset())

describe('the first cause that is named', () => {
  it.each(MISCONFIGURATIONS)(
    'is the right one: $wrong',
    async ({ arrange, empty, first, level = 'fail', says, fix }) => {
      const place = await bed.place(empty && { empty })
      const { env = {}, as = 'writer', options = {} } = (await arrange(bed, place)) ?? {}
      const heard = new Set(['AKIAEXAMPLEEXAMPLE00', 'hunter2'])
      const http = eavesdropping(onThisMachine(leanTransport({})), heard)
      const report = await examined(
        { ...(as === 'writer' ? place.writer : place.consumer), ...env },
        { as, http, ...options },
      )
      const { mostLikely } = report
      expect(mostLikely?.id, `${mostLikely?.cause}`).toBe(first)
      expect(mostLikely?.cause).toMatch(says)
      const check = report.checks.find(({ id }) => id === first)
      expect([check?.level, report.ok]).toEqual([level, level !== 'fail'])
      expect(report.checks.filter((each) => ['fail', 'warn'].includes(each.level) && !each.fix)).toEqual([])
      const names = fix instanceof RegExp ? fix : (fix?.(place) ?? '')
      expect(mostLikely?.fix ?? '').toMatch(names)
      const shown = JSON.stringify(report) + doctorText(report, { decorated: true })
      expect([...heard].filter((secret) => shown.includes(secret))).toEqual([])
    },
  )
})

it('every check but those that only tell is wrong in one of them', () => {
  const broken = new Set(MISCONFIGURATIONS.map(({ first }: Misconfiguration) => first))
  expect(CHECK_IDS.filter((id) => !broken.has(id))).toEqual(['secret-rotation'])
  expect(MISCONFIGURATIONS.length).toBeGreaterThan(50)
})
