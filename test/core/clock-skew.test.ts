import type { AwsCredentialIdentity } from '@smithy/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  correctedClock,
  datedTransport,
  latestOf,
  localOf,
  type ClockSkew,
  type CorrectedClock,
} from '../../shared/core/clock-skew.ts'
import type { HttpRequest, HttpTransport } from '../../shared/core/ports.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { providerSource } from '../../shared/refresh-ahead.ts'
import { refreshAheadOf } from '../../shared/core/refresh-ahead.ts'
import {
  deferred,
  HOUR,
  MINUTE,
  SECOND,
  settled,
  virtualClock,
  type VirtualClock,
} from '../bed/virtual-clock.ts'

const RUNS = { numRuns: 10_000 }

/** A machine whose clock is ahead of the truth by so much, and a service that tells the truth. */
function machine(aheadMs: number): {
  local: VirtualClock
  clock: CorrectedClock
  told: ClockSkew[]
  /** A date that is wrong by so much, in an answer that took so long and was dated after so much of that. */
  see(wrongMs?: number, tookMs?: number, datedAfterMs?: number): boolean
} {
  const local = virtualClock()
  const told: ClockSkew[] = []
  const clock = correctedClock(local, (skew) => told.push(skew))
  return {
    local,
    clock,
    told,
    see(wrongMs = 0, tookMs = 100, datedAfterMs = tookMs / 2) {
      const sentAt = local.now()
      local.advance(tookMs)
      const date = new Date(sentAt + datedAfterMs - aheadMs + wrongMs).toUTCString()
      return clock.observe(date, sentAt, local.now())
    },
  }
}

function correctionOf({ local, clock }: { local: VirtualClock; clock: CorrectedClock }): number {
  return clock.now() - local.now()
}

describe('a corrected clock', () => {
  it('is the machine’s own until two dates agree that it is wrong', () => {
    const host = machine(10 * MINUTE)
    expect(host.see()).toBe(true)
    expect(correctionOf(host)).toBe(0)
    expect(host.clock.skew).toBeUndefined()
    expect(host.see()).toBe(false)
    expect(Math.abs(correctionOf(host) + 10 * MINUTE)).toBeLessThanOrEqual(2 * SECOND)
    expect(host.clock.skew).toEqual({ aheadMs: -correctionOf(host), correctionMs: correctionOf(host) })
  })

  it('is set forward likewise, and says both times that it can tell', () => {
    const { see, clock, local } = machine(-10 * MINUTE)
    see()
    see()
    expect(clock.local()).toBe(local.now())
    expect(clock.latest()).toBe(clock.now())
    expect(clock.now() - clock.local()).toBeGreaterThan(9 * MINUTE)
    expect([localOf(clock), latestOf(clock)]).toEqual([clock.local(), clock.latest()])
    expect([localOf(local), latestOf(local)]).toEqual([local.now(), local.now()])
  })

  it('set back, judges what has expired by the machine’s own, which is the later one', () => {
    const { see, clock, local } = machine(10 * MINUTE)
    see()
    see()
    expect(clock.now()).toBeLessThan(local.now())
    expect(clock.latest()).toBe(local.now())
  })

  it('leaves alone what differs by less than half a minute', () => {
    for (const aheadMs of [-28 * SECOND, -SECOND, 0, SECOND, 28 * SECOND]) {
      const host = machine(aheadMs)
      for (let i = 0; i < 6; i++) expect(host.see()).toBe(false)
      expect(correctionOf(host)).toBe(0)
    }
  })

  it('is not moved by one wrong date, first or among others', () => {
    const first = machine(0)
    expect(first.see(-HOUR)).toBe(true)
    first.see()
    expect(correctionOf(first)).toBe(0)
    const later = machine(0)
    for (let i = 0; i < 20; i++) {
      later.see(i % 4 === 3 ? 7 * MINUTE : 0)
      expect(correctionOf(later)).toBe(0)
    }
    expect(later.told).toEqual([])
  })

  it('is not moved by a service that is alone with its date, and asked twice about it', () => {
    const host = machine(0)
    for (let i = 0; i < 12; i++) {
      for (let look = 0; look < 2 + (i % 2); look++) host.see()
      host.see(10 * MINUTE)
      host.see(10 * MINUTE)
      expect(correctionOf(host)).toBe(0)
    }
  })

  it('stays in doubt, where two say so and one or two do not', () => {
    for (const wrongMs of [-10 * MINUTE, 10 * MINUTE]) {
      const host = machine(0)
      for (const each of [0, wrongMs, wrongMs]) host.see(each)
      expect(correctionOf(host)).toBe(0)
      host.see(0)
      expect(correctionOf(host)).toBe(0)
    }
  })

  it('is not moved by dates that do not agree with each other', () => {
    const host = machine(0)
    for (const wrongMs of [-5 * MINUTE, 3 * MINUTE, 8 * MINUTE, -20 * MINUTE, HOUR]) host.see(wrongMs)
    expect(correctionOf(host)).toBe(0)
  })

  it('follows when the machine’s clock is set right, after four dates', () => {
    const host = machine(10 * MINUTE)
    for (let i = 0; i < 5; i++) host.see()
    host.local.advance(-10 * MINUTE + 7 * SECOND)
    const right = 10 * MINUTE - 7 * SECOND
    for (let i = 0; i < 3; i++) host.see(right)
    expect(host.clock.skew).toBeDefined()
    host.see(right)
    expect(host.clock.skew).toBeUndefined()
    expect(correctionOf(host)).toBe(0)
    expect(host.told[0]?.aheadMs).toBeGreaterThan(9 * MINUTE)
    expect(host.told[1]).toEqual({ aheadMs: 0, correctionMs: 0 })
    expect(host.told).toHaveLength(2)
  })

  it('is corrected by a quarter of an hour at most, and says how wrong it is', () => {
    for (const aheadMs of [-20 * MINUTE, 20 * MINUTE, -30 * 24 * HOUR, 3 * HOUR]) {
      const host = machine(aheadMs)
      host.see()
      host.see()
      expect(correctionOf(host)).toBe(-Math.sign(aheadMs) * 15 * MINUTE)
      expect(Math.abs((host.clock.skew?.aheadMs ?? 0) - aheadMs)).toBeLessThanOrEqual(2 * SECOND)
      expect(host.told).toEqual([host.clock.skew])
    }
  })

  it('tells of more than a minute, and again only when that changes by more than a minute', () => {
    const slight = machine(45 * SECOND)
    for (let i = 0; i < 5; i++) slight.see()
    expect(slight.clock.skew?.aheadMs).toBeGreaterThan(40 * SECOND)
    expect(slight.told).toEqual([])
    const host = machine(5 * MINUTE)
    for (let i = 0; i < 5; i++) host.see()
    host.local.advance(40 * SECOND)
    for (let i = 0; i < 5; i++) host.see(-40 * SECOND)
    expect(host.told).toHaveLength(1)
    host.local.advance(40 * SECOND)
    for (let i = 0; i < 5; i++) host.see(-80 * SECOND)
    expect(host.told).toHaveLength(2)
  })

  it('learns nothing from slow answers, from a clock that was set meanwhile, and from what is no date', () => {
    const { clock, see, local } = machine(HOUR)
    for (let i = 0; i < 5; i++) expect(see(0, 2_001)).toBe(false)
    const [now, date] = [local.now(), new Date(0).toUTCString()]
    const no = [undefined, '', '1', 'yesterday', '2026-11-23T18:00:00Z', 'Xxx, 99 Xxx 2026 00:00:00 GMT']
    no.push(`and ${date}`, `${date}+0100`)
    for (const text of no) expect(clock.observe(text, now, now)).toBe(false)
    for (let i = 0; i < 5; i++) expect(clock.observe(date, now, now - 1)).toBe(false)
    for (let i = 0; i < 5; i++) expect(clock.observe(date, NaN, now)).toBe(false)
    expect(clock.skew).toBeUndefined()
  })
})

describe('a corrected clock at its bounds', () => {
  /** A clock, and a date that shows it to be wrong by exactly so much in an answer that took so long. */
  function exact(): {
    clock: CorrectedClock
    told: ClockSkew[]
    see(offsetMs: number, tookMs?: number): boolean
  } {
    const at = Date.UTC(2026, 10, 23, 18)
    const told: ClockSkew[] = []
    const clock = correctedClock({ now: () => at }, (skew) => told.push(skew))
    return {
      clock,
      told,
      see(offsetMs, tookMs = 0) {
        const sentAt = at + SECOND / 2 - tookMs / 2 - offsetMs
        return clock.observe(new Date(at).toUTCString(), sentAt, sentAt + tookMs)
      },
    }
  }

  it('believes answers that took no time, and up to two seconds', () => {
    expect([0, 2 * SECOND, 2 * SECOND + 1].map((tookMs) => exact().see(HOUR, tookMs))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('has no doubt up to half a minute', () => {
    for (const sign of [1, -1]) {
      expect(exact().see(sign * 30 * SECOND)).toBe(false)
      expect(exact().see(sign * (30 * SECOND + 1))).toBe(true)
    }
  })

  it('takes two dates for the same that are half a minute apart, and moves to the nearer one', () => {
    for (const sign of [1, -1]) {
      const { clock, see } = exact()
      see(sign * 600 * SECOND)
      see(sign * 630 * SECOND)
      expect(clock.skew?.correctionMs).toBe(sign * 600 * SECOND)
      const other = exact()
      other.see(sign * 600 * SECOND)
      other.see(sign * (630 * SECOND + 1))
      expect(other.clock.skew).toBeUndefined()
    }
  })

  it('moves by three of four, whichever of them it was that says something else', () => {
    for (const wrongMs of [-10 * MINUTE, 10 * MINUTE]) {
      const { clock, see } = exact()
      for (const offsetMs of [wrongMs, 0, wrongMs]) see(offsetMs)
      expect(clock.skew).toBeUndefined()
      see(wrongMs)
      expect(clock.skew?.correctionMs).toBe(wrongMs)
    }
  })

  it('stays where it is if one of the two dates in the middle says so, though three agree on the other', () => {
    for (const sign of [1, -1]) {
      const { clock, see } = exact()
      for (const seconds of [111, 85.6]) see(sign * seconds * SECOND)
      expect(clock.skew?.correctionMs).toBe(sign * 86 * SECOND)
      for (const seconds of [25.6, 55.6]) see(sign * seconds * SECOND)
      expect(clock.skew?.correctionMs).toBe(sign * 86 * SECOND)
    }
  })

  it('stays where it is for half a minute more, and is right again from half a minute on', () => {
    const { clock, see } = exact()
    for (let i = 0; i < 2; i++) see(10 * MINUTE)
    for (let i = 0; i < 4; i++) see(10 * MINUTE + 30 * SECOND)
    expect(clock.skew?.correctionMs).toBe(10 * MINUTE)
    for (let i = 0; i < 4; i++) see(30 * SECOND)
    expect(clock.skew).toBeUndefined()
  })

  it('tells of what is more than a minute, and moves also where nobody listens', () => {
    for (const [offsetMs, times] of [
      [MINUTE, 0],
      [MINUTE + SECOND, 1],
    ] as const) {
      const { told, see } = exact()
      see(offsetMs)
      see(offsetMs)
      expect(told).toHaveLength(times)
    }
    const local = virtualClock()
    const unheard = correctedClock(local)
    for (let i = 0; i < 2; i++) unheard.observe(new Date(0).toUTCString(), local.now(), local.now())
    expect(unheard.skew).toBeDefined()
  })
})

describe('whatever dates say', () => {
  const aDate = fc.record({
    afterMs: fc.integer({ min: 0, max: 20 * MINUTE }),
    wrongMs: fc.oneof(
      fc.integer({ min: -20 * MINUTE, max: 20 * MINUTE }),
      fc.constantFrom(-30 * 24 * HOUR, -10 * MINUTE, 10 * MINUTE, 30 * 24 * HOUR),
    ),
    tookMs: fc.integer({ min: 0, max: 3_000 }),
  })
  const aheadOrRight = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 * MINUTE }))

  it('the correction is bounded, and the latest of the times is not before this machine’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: -HOUR, max: HOUR }), fc.array(aDate), (aheadMs, dates) => {
        const host = machine(aheadMs)
        for (const { afterMs, wrongMs, tookMs } of dates) {
          host.local.advance(afterMs)
          host.see(wrongMs, tookMs)
          expect(Math.abs(correctionOf(host))).toBeLessThanOrEqual(15 * MINUTE)
          expect(host.clock.latest()).toBe(Math.max(host.clock.now(), host.local.now()))
        }
      }),
      RUNS,
    )
  })

  it('a clock that is right or ahead never hands out credentials past their expiration', async () => {
    const step = fc.record({
      date: aDate,
      isSeenInLoad: fc.boolean(),
      lifeMs: fc.constantFrom(15 * MINUTE, HOUR),
    })
    const history = fc.array(step, { maxLength: 12 })
    const result = await fc.check(
      fc.asyncProperty(aheadOrRight, history, async (aheadMs, steps) => {
        const { local, clock, see } = machine(aheadMs)
        const truth = (): number => local.now() - aheadMs
        let minted = { inLoad: (): void => undefined, lifeMs: HOUR }
        const provider = holding(clock, async () => {
          minted.inLoad()
          return truth() + minted.lifeMs
        })
        for (const { date, isSeenInLoad, lifeMs } of steps) {
          local.advance(date.afterMs)
          const seeIt = (): void => void see(date.wrongMs, date.tookMs)
          minted = { inLoad: isSeenInLoad ? seeIt : () => undefined, lifeMs }
          if (!isSeenInLoad) seeIt()
          const { expiration } = await provider().catch(() => ({ expiration: new Date(8.64e15) }))
          if (expiration.getTime() <= truth()) return false
        }
        return true
      }),
      RUNS,
    )
    expect(fc.defaultReportMessage(result)).toBeUndefined()
  })
})

/** The caching rules over an exchange whose credentials expire when `mint` says. */
function holding(
  clock: CorrectedClock,
  mint: () => Promise<number>,
  onAsked: () => void = () => undefined,
): KeyferryProvider<AwsCredentialIdentity & { expiration: Date }> {
  const random = (): number => 0.5
  const load = async (): Promise<AwsCredentialIdentity & { expiration: Date }> => ({
    accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
    secretAccessKey: 's',
    expiration: new Date(await mint()),
  })
  const source = providerSource(load, { clock, random })
  const dueAt: typeof source.dueAt = (held, now) => {
    onAsked()
    return source.dueAt(held, now)
  }
  return refreshAheadOf(
    { ...source, dueAt },
    {
      clock,
      random,
      tell: () => undefined,
      settlesWithin: (work) => work.then(() => true).catch(() => true),
      loadTimeoutMs: 8_000,
    },
  )
}

it.each([-10, 0, 10])(
  'on a clock that was wrong (%i) what is fresh is handed out at once',
  async (minutes) => {
    const { local, clock, see } = machine(minutes * MINUTE)
    see()
    see()
    let asked = 0
    const provider = holding(
      clock,
      async () => clock.now() + HOUR,
      () => asked++,
    )
    for (let i = 0; i < 34; i++) {
      await provider()
      local.advance(MINUTE)
    }
    // Once behind the first load, and for one of the 34 calls: the others get the held promise without a question.
    expect(asked).toBeLessThanOrEqual(2)
  },
)

it('a load in the middle of which the clock is set forward is not taken for a frozen one', async () => {
  const { clock, see } = machine(-10 * MINUTE)
  const { promise, resolve } = deferred<number>()
  let loads = 0
  const provider = holding(clock, () => {
    loads++
    see()
    see()
    return promise
  })
  const callers = [provider(), provider()]
  await settled()
  callers.push(provider())
  await settled()
  resolve(clock.now() + HOUR)
  await Promise.all(callers)
  expect(loads).toBe(1)
})

it('with honest dates, moves once and not again, however they jitter', () => {
  const jitter = fc.record({
    tookMs: fc.integer({ min: 0, max: 2_000 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.integer({ min: -HOUR, max: HOUR }), fc.array(jitter, { minLength: 3 }), (aheadMs, all) => {
      const host = machine(aheadMs)
      const corrections = new Set<number>()
      for (const { tookMs, at } of all) {
        host.see(0, tookMs, tookMs * at)
        corrections.add(correctionOf(host))
      }
      expect(corrections.size).toBeLessThanOrEqual(2)
      const boundedMs = -Math.max(-15 * MINUTE, Math.min(15 * MINUTE, aheadMs))
      const leftMs = Math.abs(correctionOf(host) - boundedMs)
      expect(leftMs).toBeLessThanOrEqual(Math.abs(aheadMs) > 35 * SECOND ? 2 * SECOND : 35 * SECOND)
    }),
    RUNS,
  )
})

describe('a transport that is watched', () => {
  function watched(answer: (request: HttpRequest) => Record<string, string>): {
    http: HttpTransport
    requests: HttpRequest[]
    clock: CorrectedClock
    local: VirtualClock
  } {
    const local = virtualClock()
    const clock = correctedClock(local)
    const requests: HttpRequest[] = []
    const http = datedTransport(async (request) => {
      requests.push(request)
      local.advance(50)
      return { status: 403, headers: answer(request), body: request.url }
    }, clock)
    return { http, requests, clock, local }
  }
  const request: HttpRequest = {
    method: 'POST',
    url: 'https://sts.eu-central-1.amazonaws.com/',
    headers: { authorization: 'Bearer planted' },
    body: 'planted',
    timeoutMs: 5_000,
  }
  const at = (clock: VirtualClock, aheadMs: number): Record<string, string> => ({
    date: new Date(clock.now() + aheadMs).toUTCString(),
  })

  it('makes sure of a doubtful date at once, before anyone judges the answer, and with nothing of the request', async () => {
    const { http, requests, clock, local } = watched(() => at(local, 10 * MINUTE))
    expect(await http(request)).toMatchObject({ status: 403, body: request.url })
    expect(requests.slice(1)).toEqual([{ method: 'GET', url: request.url, timeoutMs: 1_000 }])
    expect(clock.now() - local.now()).toBeGreaterThan(9 * MINUTE)
    await http(request)
    expect(requests).toHaveLength(3)
  })

  it('asks nothing more where the clock is right', async () => {
    const { http, requests, local } = watched(() => at(local, 0))
    await http(request)
    expect(requests).toHaveLength(1)
  })

  it('gives the answer although nobody confirms its date', async () => {
    const { http, clock, local } = watched(({ method }) => {
      if (method === 'GET') throw new Error('reset')
      return at(local, HOUR)
    })
    expect(await http(request)).toMatchObject({ status: 403 })
    expect(clock.skew).toBeUndefined()
  })

  it('believes no date of the metadata server, and none that a cache kept', async () => {
    const { http, requests, clock, local } = watched(({ direct }) => ({
      ...at(local, -HOUR),
      ...(!direct && { age: '3600' }),
    }))
    for (let i = 0; i < 3; i++) {
      await http(request)
      await http({ ...request, direct: true })
    }
    expect(requests).toHaveLength(6)
    expect(clock.skew).toBeUndefined()
  })

  it('rejects with what the exchange rejects with', async () => {
    const { http } = watched(() => {
      throw new Error('refused')
    })
    await expect(http(request)).rejects.toThrow('refused')
  })
})
