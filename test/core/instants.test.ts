import { describe, expect, it } from 'vitest'
import {
  advisoryWindowMs,
  backOff,
  between,
  freshness,
  nextStateAt,
  refusedBackOff,
} from '../../shared/core/instants.ts'
import { HOUR, MINUTE, SECOND } from '../bed/virtual-clock.ts'

const held = { expiresAt: HOUR }

describe('what is held', () => {
  it('is what it is until the very instant at which it turns', () => {
    const at = (leftMs: number): string => freshness(held, HOUR - 15 * MINUTE, HOUR - leftMs)
    expect([15 * MINUTE + 1, 15 * MINUTE].map(at)).toEqual(['fresh', 'advisory'])
    expect([MINUTE + 1, MINUTE].map(at)).toEqual(['advisory', 'mandatory'])
    expect([5 * SECOND + 1, 5 * SECOND].map(at)).toEqual(['mandatory', 'expired'])
  })

  it('turns mandatory next or, where it is that already, expired', () => {
    const left = (leftMs: number): number => HOUR - nextStateAt(held, HOUR - leftMs)
    expect([HOUR, MINUTE + 1, MINUTE, 6 * SECOND].map(left)).toEqual([MINUTE, MINUTE, 5 * SECOND, 5 * SECOND])
  })

  it('is looked after sooner the longer it lives', () => {
    expect([15, 20, 21, 60, 89, 90, 720].map((life) => advisoryWindowMs(life * MINUTE) / MINUTE)).toEqual([
      5, 5, 15, 15, 15, 60, 60,
    ])
  })
})

describe('a back-off', () => {
  it('doubles up to its cap, and begins anew once something went well', () => {
    const waits = backOff(SECOND, 10 * SECOND, () => 0)
    expect(Array.from({ length: 5 }, () => waits.next() / SECOND)).toEqual([1, 2, 4, 5, 5])
    waits.reset()
    expect(waits.next()).toBe(SECOND)
  })

  it('is drawn between what is said and its double, and is never above the cap', () => {
    const waits = backOff(SECOND, 10 * SECOND, () => 1)
    expect(Array.from({ length: 5 }, () => waits.next() / SECOND)).toEqual([2, 4, 8, 10, 10])
  })

  it('after a refusal begins with a minute, and ends with ten', () => {
    const least = refusedBackOff(() => 0)
    const most = refusedBackOff(() => 1)
    expect(Array.from({ length: 5 }, () => least.next() / SECOND)).toEqual([60, 120, 240, 300, 300])
    expect(Array.from({ length: 5 }, () => most.next() / SECOND)).toEqual([120, 240, 480, 600, 600])
  })
})

it('a draw begins with the low end and stays below the high one', () => {
  expect([0, 0.5, 0.75].map((drawn) => between(2, 6, () => drawn))).toEqual([2, 4, 5])
})
