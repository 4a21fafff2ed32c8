import { describe, expect, it } from 'vitest'
import {
  drawFallbackPoint,
  truncatedExponential,
  type DrawOptions,
} from '../../shared/core/fallback-point.ts'
import { HOUR, MINUTE, SECOND, seeded } from '../bed/virtual-clock.ts'

/** Life, and time from RefreshAfter to the end, as the defaults make them. */
const HOURLY = { lifeMs: HOUR, overdueMs: 40 * MINUTE }
const SHORT = { lifeMs: 15 * MINUTE, overdueMs: 10 * MINUTE }
const LONG = { lifeMs: 12 * HOUR, overdueMs: 8 * HOUR }

function draws(count: number, options: Partial<DrawOptions>, seed = 1): number[] {
  const random = seeded(seed)
  const { lifeMs = HOUR } = options
  return Array.from(
    { length: count },
    () => drawFallbackPoint({ ...HOURLY, leftMs: lifeMs, publishes: true, ...options, random }).leftMs,
  )
}

describe('with publish', () => {
  it.each([
    ['15 min', SHORT, 2, 6, 16],
    ['1 h', HOURLY, 16, 24, 32],
    ['12 h', LONG, 16, 76, 240],
  ])(
    'at %s of life the draw is above the floor, below the ceiling, with the mean',
    (_, of, floor, ceiling, mean) => {
      const points = draws(20_000, { ...of, leftMs: of.lifeMs })
      expect(Math.min(...points)).toBeGreaterThanOrEqual(floor * MINUTE)
      expect(Math.max(...points)).toBeLessThanOrEqual(ceiling * MINUTE)
      const average = points.reduce((sum, point) => sum + point, 0) / points.length - floor * MINUTE
      expect(average / (mean * SECOND)).toBeCloseTo(1, 1)
      expect(
        drawFallbackPoint({ ...of, leftMs: of.lifeMs, publishes: true, random: () => 0.5 }).meanMs,
      ).toBeCloseTo(mean * SECOND)
    },
  )

  it('the draw is cut to the life that was left when the credential was first seen', () => {
    const points = draws(5_000, { leftMs: 20 * MINUTE })
    expect(Math.max(...points)).toBeLessThanOrEqual(20 * MINUTE)
    expect(Math.min(...points)).toBeGreaterThanOrEqual(16 * MINUTE)
  })

  it('who comes too late for the window draws from what is left, above the last minute', () => {
    const points = draws(5_000, { leftMs: 5 * MINUTE })
    expect(Math.max(...points)).toBeLessThanOrEqual(5 * MINUTE)
    expect(Math.min(...points)).toBeGreaterThanOrEqual(100 * SECOND)
    expect(Math.min(...draws(5_000, { leftMs: 2 * MINUTE }))).toBeGreaterThanOrEqual(MINUTE)
  })

  it('a schedule that refreshes late leaves a window still', () => {
    const points = draws(5_000, { overdueMs: 20 * MINUTE })
    expect(Math.max(...points)).toBeLessThanOrEqual(12 * MINUTE)
    expect(Math.min(...points)).toBeGreaterThanOrEqual(6 * MINUTE)
    expect(new Set(points).size).toBeGreaterThan(4_000)
  })

  it('is drawn again at the ceiling, never clipped to it: no two of 10,000 instances share the first instant', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [first = 0, second = 0] = draws(10_000, {}, seed).toSorted((a, b) => b - a)
      expect(first).toBeGreaterThan(second)
    }
  })

  // The theory: the gap between the first and the second of N draws is exponential with the same mean, whatever N.
  it.each([10, 1_000, 10_000])(
    'the mints of %i instances are e^(d/mean), d being the time until the others can see the first',
    (instances) => {
      const d = 3_200
      let mints = 0
      const fleets = 400_000 / instances < 400 ? 150 : 400
      for (let seed = 0; seed < fleets; seed++) {
        const points = draws(instances, {}, seed + 1)
        const first = points.reduce((a, b) => Math.max(a, b))
        mints += points.filter((point) => point >= first - d).length
      }
      expect(mints / fleets).toBeGreaterThan(1)
      expect(mints / fleets).toBeLessThan(Math.exp(d / 32_000) + 0.08)
    },
  )

  it('latecomers that all come at once do not mint at once', () => {
    let mints = 0
    for (let seed = 0; seed < 100; seed++) {
      const points = draws(1_000, { leftMs: 5 * MINUTE }, seed + 1)
      const first = points.reduce((a, b) => Math.max(a, b))
      mints += points.filter((point) => point >= first - SECOND).length
    }
    expect(mints / 100).toBeLessThan(1.2)
  })
})

describe('without publish', () => {
  it.each([
    ['15 min', SHORT, 1, 2],
    ['1 h', HOURLY, 16 / 3, 16],
    ['12 h', LONG, 16 / 3, 16],
  ])(
    'at %s of life the draw is uniform below the floor, so that publishers go first',
    (_, of, least, most) => {
      const points = draws(20_000, { ...of, leftMs: of.lifeMs, publishes: false })
      expect(Math.min(...points)).toBeGreaterThanOrEqual(least * MINUTE)
      expect(Math.max(...points)).toBeLessThanOrEqual(most * MINUTE)
      for (const quarter of [0.25, 0.5, 0.75]) {
        const below = points.filter((point) => point < (least + quarter * (most - least)) * MINUTE).length
        expect(below / points.length).toBeCloseTo(quarter, 1)
      }
    },
  )

  it('who comes later than that draws from what is left', () => {
    const points = draws(1_000, { leftMs: 3 * MINUTE, publishes: false })
    expect(Math.max(...points)).toBeLessThanOrEqual(3 * MINUTE)
    expect(Math.min(...points)).toBeGreaterThanOrEqual(MINUTE)
  })
})

describe('the decision', () => {
  const MINUTES = [
    ['with publish', {}, 15],
    ['without publish', { publishes: false }, 15],
    ['at 15 min of life', SHORT, 15 / 8],
    ['at 12 h of life', LONG, 15],
    ['where the schedule refreshes late', { overdueMs: 20 * MINUTE }, 5.625],
    ['where it refreshes so late that hardly anything is left', { overdueMs: 2 * MINUTE }, 1],
  ] as const
  it.each(MINUTES)(
    '%s may be put off by a sixteenth of the floor below it, and never into the last minute',
    (_, of, minutes) => {
      const options = { ...HOURLY, leftMs: HOUR, publishes: true, random: () => 0.5, ...of }
      expect(drawFallbackPoint(options).leastMs / MINUTE).toBeCloseTo(minutes)
    },
  )
})

describe('the point', () => {
  const at = (random: number, options: Partial<DrawOptions> = {}): number =>
    drawFallbackPoint({ ...HOURLY, leftMs: HOUR, publishes: true, ...options, random: () => random }).leftMs /
    MINUTE

  it.each([
    ['with publish, from the floor', {}, 0, 16],
    ['with publish, up to the ceiling', {}, 1, 24],
    ['with publish, cut to what is left', { leftMs: 17 * MINUTE }, 1, 17],
    ['with publish, where just a minute of the window is left', { leftMs: 17 * MINUTE }, 0, 16],
    [
      'with publish, where less than a minute of the window is left',
      { leftMs: 17 * MINUTE - 1 },
      0,
      (17 * MINUTE - 1) / 3 / MINUTE,
    ],
    ['with publish, in the last three minutes', { leftMs: 2 * MINUTE }, 0, 1],
    ['with publish, in the last minute', { leftMs: 0.5 * MINUTE }, 0, 0.5],
    ['with publish, where the schedule refreshes at the floor', { overdueMs: (16 * MINUTE) / 0.6 }, 0, 8],
    ['without publish, from a third of the floor', { publishes: false }, 0, 16 / 3],
    ['without publish, up to the floor', { publishes: false }, 1, 16],
    ['without publish, cut to what is left', { publishes: false, leftMs: 10 * MINUTE }, 1, 10],
    ['without publish, never in the last minute', { publishes: false, ...SHORT, leftMs: 15 * MINUTE }, 0, 1],
    ['without publish, too late for that', { publishes: false, leftMs: (16 * MINUTE) / 3 }, 0, 16 / 9],
    [
      'without publish, too late for that, up to what is left',
      { publishes: false, leftMs: 5 * MINUTE },
      1,
      5,
    ],
  ])('%s', (_, options, random, minutes) => {
    expect(at(random, options)).toBeCloseTo(minutes, 9)
  })
})

describe('the truncated exponential', () => {
  it('stays within its span for any random number', () => {
    for (const random of [0, 0.1, 0.5, 0.999, 1 - Number.EPSILON / 2]) {
      const draw = truncatedExponential(2, 30, () => random)
      expect(draw).toBeGreaterThanOrEqual(0)
      expect(draw).toBeLessThanOrEqual(30)
    }
    expect(truncatedExponential(0, 0, () => 0.5)).toBe(0)
    expect(truncatedExponential(2, -1, () => 0.5)).toBe(0)
  })

  it('has the median of an exponential of its mean, where the span is long', () => {
    expect(truncatedExponential(2, 2_000, () => 0.5)).toBeCloseTo(2 * Math.LN2, 9)
  })
})
