import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import {
  advisoryWindowMs,
  backOff,
  between,
  freshness,
  isNewer,
  isRefusal,
  nextStateAt,
  refusedBackOff,
  type Dated,
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

describe('of two credentials', () => {
  const issued = (atMs: number, lifeMs: number, version?: number, accessKeyId = `ASIA${version}`): Dated => ({
    credentials: { accessKeyId, expiration: new Date(atMs + lifeMs) },
    provenance: { issuedAt: new Date(atMs) },
    ...(version !== undefined && { version }),
  })
  const plain = (expiration?: Date): Dated => ({
    credentials: { accessKeyId: 'ASIAPLAIN', ...(expiration && { expiration }) },
  })

  it.each([
    ['was issued later, however short it lives', issued(MINUTE, MINUTE), issued(0, HOUR)],
    ['was issued later, whatever the numbers of the versions', issued(MINUTE, HOUR, 1), issued(0, HOUR, 9)],
    ['was issued in the same second and lives longer', issued(0, 2 * HOUR, 1), issued(0, HOUR, 2)],
    [
      'lives longer, where one does not say when it was issued',
      plain(new Date(2 * HOUR)),
      issued(MINUTE, HOUR),
    ],
    ['lives longer, where the other one does not say', issued(MINUTE, 2 * HOUR), plain(new Date(HOUR))],
    ['never expires', plain(), plain(new Date(HOUR))],
    ['was written last, where nothing else tells them apart', issued(0, HOUR, 2), issued(0, HOUR, 1)],
    ['was written, where the other one was not', issued(0, HOUR, 1), issued(0, HOUR)],
  ])('the one is newer that %s', (_, newer, older) => {
    expect([isNewer(newer, older), isNewer(older, newer)]).toEqual([true, false])
  })

  it('neither is newer where they are the same, or were written together', () => {
    expect(isNewer(issued(0, HOUR, 2, 'ASIASAME'), issued(0, HOUR, 1, 'ASIASAME'))).toBe(false)
    expect(isNewer(issued(0, HOUR, 1, 'ASIAONE'), issued(0, HOUR, 1, 'ASIATWO'))).toBe(false)
    expect(isNewer(issued(0, HOUR, undefined, 'ASIAONE'), issued(0, HOUR, undefined, 'ASIATWO'))).toBe(false)
  })
})

describe('a refusal', () => {
  it('is what trying again unchanged cannot mend, and nothing that may pass by itself', () => {
    const refusals = ['EXCHANGE_REFUSED', 'SECRET_DENIED', 'SECRET_MALFORMED', 'CONFIG_INVALID'] as const
    const passing = ['SECRET_UNREADABLE', 'SECRET_CORRUPT', 'EXCHANGE_FAILED', 'LOAD_TIMED_OUT'] as const
    expect(refusals.map((code) => isRefusal(new KeyferryError(code, 'No.')))).toEqual(
      refusals.map(() => true),
    )
    expect(passing.map((code) => isRefusal(new KeyferryError(code, 'No.')))).toEqual(passing.map(() => false))
    expect(isRefusal(new KeyferryError('SECRET_DENIED', 'Later.', { retryable: true }))).toBe(false)
    expect(isRefusal(new TypeError('a mistake of somebody else'))).toBe(false)
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
