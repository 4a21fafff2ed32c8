import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fallbackWindow } from '../../shared/core/fallback-window.ts'
import { schedulePromiseProblem, type Schedule } from '../../shared/core/schedule-promise.ts'

const DEFAULTS: Schedule = { durationSeconds: 3600, refreshAfterSeconds: 1200, everySeconds: 300 }

describe('the promise of a schedule', () => {
  it.each([
    ['the defaults', DEFAULTS],
    [
      'a quarter of an hour, every minute',
      { durationSeconds: 900, refreshAfterSeconds: 300, everySeconds: 60 },
    ],
    [
      'twelve hours, every quarter',
      { durationSeconds: 43_200, refreshAfterSeconds: 14_400, everySeconds: 900 },
    ],
    ['twelve hours, hourly', { durationSeconds: 43_200, refreshAfterSeconds: 3600, everySeconds: 3600 }],
  ])('is kept by %s', (_, schedule) => {
    expect(schedulePromiseProblem(schedule)).toBeUndefined()
  })

  it.each([
    [
      'a schedule as long as the refresh age',
      { durationSeconds: 3600, refreshAfterSeconds: 1800, everySeconds: 1800 },
    ],
    [
      'a quarter of an hour under the default schedule',
      { durationSeconds: 900, refreshAfterSeconds: 300, everySeconds: 300 },
    ],
    [
      'a refresh in the second half of the life',
      { durationSeconds: 3600, refreshAfterSeconds: 2400, everySeconds: 300 },
    ],
  ])('is not kept by %s', (_, schedule) => {
    expect(schedulePromiseProblem(schedule)).toBeDefined()
  })

  it('that is not kept is explained with the numbers and with what to set', () => {
    expect(
      schedulePromiseProblem({ durationSeconds: 900, refreshAfterSeconds: 300, everySeconds: 300 }),
    ).toBe(
      'credentials that live 900 s (durationSeconds) and are replaced from 300 s of age on (refreshAfterSeconds), ' +
        'every 300 s (everySeconds), have -300 s left when two runs are missed, where 405 s are needed: ' +
        '225 s for consumers and 180 s for the run. Set everySeconds (and the schedule itself) to 65 or less, or durationSeconds to 2400 or more',
    )
  })

  it('names the point where consumers would start to mint, where that is what forbids it', () => {
    // 80 minutes: 15 are left with the run counted, but consumers fall back from 20 on.
    const problem = schedulePromiseProblem({
      durationSeconds: 4800,
      refreshAfterSeconds: 1600,
      everySeconds: 700,
    })
    expect(problem).toContain(
      'have 1100 s left when two runs are missed, where consumers begin to mint for themselves at 1920 s',
    )
  })

  it('tells the two reasons apart to the second', () => {
    const hourly = { durationSeconds: 3600, everySeconds: 440 }
    expect(schedulePromiseProblem({ ...hourly, refreshAfterSeconds: 1201 })).toContain(
      'have 1079 s left when two runs are missed, where 1080 s are needed',
    )
    expect(schedulePromiseProblem({ ...hourly, refreshAfterSeconds: 1200 })).toContain(
      'have 1080 s left when two runs are missed, where consumers begin to mint for themselves at 1440 s',
    )
  })

  it('says so where no single field mends it', () => {
    expect(
      schedulePromiseProblem({
        durationSeconds: 3600,
        refreshAfterSeconds: 3500,
        everySeconds: 1200,
        chained: true,
      }),
    ).toMatch(/No single field mends it: fire every 60 s, and leave refreshAfterSeconds at a third of .+$/)
  })

  it('proposes a schedule of a minute and a life of twelve hours, but nothing beyond them', () => {
    const dense = { durationSeconds: 3600, refreshAfterSeconds: 2340, everySeconds: 300 }
    expect(schedulePromiseProblem(dense)).toContain('everySeconds (and the schedule itself) to 60 or less')
    expect(schedulePromiseProblem({ ...dense, refreshAfterSeconds: 2341 })).not.toContain('itself) to')
    const long = { durationSeconds: 40_000, refreshAfterSeconds: 14_640, everySeconds: 8000 }
    expect(schedulePromiseProblem(long)).toContain('durationSeconds to 43200 or more')
    expect(schedulePromiseProblem({ ...long, refreshAfterSeconds: 14_641 })).not.toContain(
      'durationSeconds to',
    )
  })

  it('never proposes a chained session of more than an hour, which AWS refuses', () => {
    const late = { durationSeconds: 3600, refreshAfterSeconds: 2400, everySeconds: 1200 }
    expect(schedulePromiseProblem({ ...late, chained: true })).not.toContain('durationSeconds to')
    expect(schedulePromiseProblem(late)).toContain('durationSeconds to')
  })

  it('counts a refresh age that was left to its default as a third of whatever life it proposes', () => {
    const problem = schedulePromiseProblem({ durationSeconds: 900, everySeconds: 300 })
    expect(problem).toContain('durationSeconds to 3374 or more')
    expect(schedulePromiseProblem({ durationSeconds: 3374, everySeconds: 300 })).toBeUndefined()
    expect(schedulePromiseProblem({ durationSeconds: 3373, everySeconds: 300 })).toBeDefined()
  })

  const anySchedule = fc
    .record({
      durationSeconds: fc.integer({ min: 900, max: 43_200 }),
      everySeconds: fc.integer({ min: 1, max: 7200 }),
    })
    .chain((some) =>
      fc
        .integer({ min: 60, max: some.durationSeconds })
        .map((refreshAfterSeconds) => ({ ...some, refreshAfterSeconds })),
    )

  it('is exactly the two inequalities', () => {
    fc.assert(
      fc.property(anySchedule, ({ durationSeconds: L, refreshAfterSeconds: R, everySeconds: P }) => {
        const first = R + 3 * P + 180 <= L - Math.min(900, L / 4)
        const second = fallbackWindow(L * 1000, (L - R) * 1000).ceilingMs / 1000 <= L - R - 3 * P
        const kept =
          schedulePromiseProblem({ durationSeconds: L, refreshAfterSeconds: R, everySeconds: P }) ===
          undefined
        expect(kept).toBe(first && second)
      }),
    )
  })

  it('is kept once any one proposal is followed', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        const problem = schedulePromiseProblem(schedule) ?? ''
        for (const [, field, value] of problem.matchAll(/(\w+Seconds)(?: \([^)]*\))? to (\d+) or/g)) {
          expect(schedulePromiseProblem({ ...schedule, [field as string]: Number(value) })).toBeUndefined()
        }
      }),
    )
  })
})
