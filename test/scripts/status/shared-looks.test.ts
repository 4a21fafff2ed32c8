import { expect, it } from 'vitest'
import { sharedLooks } from '../../../scripts/status/shared-looks.ts'
import type { StatusReport } from '../../../shared/report/status.ts'
import { deadlinesByHand, settled, virtualClock, type VirtualClock } from '../../bed/virtual-clock.ts'
import { reportWith } from './reports.ts'

it('is made once for all who ask while it is under way, and for some time after its end', async () => {
  const { recent, given, clock, count } = bed()
  const asked = [recent(), recent(), recent()]
  clock.advance(60_000)
  given(reportWith())
  expect(new Set(await Promise.all(asked)).size).toBe(1)
  clock.advance(29_999)
  await recent()
  expect(count()).toBe(1)
  clock.advance(1)
  const next = recent()
  given(reportWith({ version: 3 }))
  expect((await next).targets[0]?.version).toBe(3)
  expect(count()).toBe(2)
})

it('that failed is not repeated sooner: a service in trouble is not asked more', async () => {
  const { recent, given, clock, count } = bed()
  const asked = recent()
  given(new Error('no'))
  await expect(asked).rejects.toThrow('no')
  clock.advance(29_000)
  await expect(recent()).rejects.toThrow('no')
  expect(count()).toBe(1)
  clock.advance(1_000)
  const next = recent()
  given(reportWith())
  expect((await next).ok).toBe(true)
})

it('keeps nobody waiting for long, and is there for who asks again', async () => {
  const pass = deadlinesByHand()
  const { recent, given, count } = bed()
  const asked = recent().catch((error: unknown) => error)
  await pass(7_999)
  expect(await Promise.race([asked, settled().then(() => 'waiting')])).toBe('waiting')
  await pass(1)
  expect(await asked).toMatchObject({ code: 'LOAD_TIMED_OUT', retryable: true })
  const again = recent()
  given(reportWith())
  expect((await again).ok).toBe(true)
  expect(count()).toBe(1)
})

function bed(): {
  recent: () => Promise<StatusReport>
  given: (outcome: StatusReport | Error) => void
  clock: VirtualClock
  count: () => number
} {
  const clock = virtualClock()
  let looks = 0
  let current = Promise.withResolvers<StatusReport>()
  const look = (): Promise<StatusReport> => {
    looks++
    current = Promise.withResolvers()
    return current.promise
  }
  return {
    recent: sharedLooks({ look, maxAgeMs: 30_000, clock }),
    given: (outcome) => (outcome instanceof Error ? current.reject(outcome) : current.resolve(outcome)),
    clock,
    count: () => looks,
  }
}
