import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../shared/core/errors.ts'
import type { KeyferryEvent } from '../shared/core/events.ts'
import { decodePayload, encodePayload } from '../shared/core/payload.ts'
import { fromSecretManager } from '../shared/from-secret-manager.ts'
import { clientBed, type ClientBed, type ClientBedOptions } from './bed/client-bed.ts'
import { ACCOUNT, credentialsOf, EXCHANGE, keyOf } from './bed/credentials.ts'
import { denied, fakeSecret, GARBAGE, quotaUsedUp, unreadable } from './bed/fake-secret.ts'
import {
  deadlinesByHand,
  deferred,
  HOUR,
  MINUTE,
  SECOND,
  seeded,
  settled,
  virtualClock,
} from './bed/virtual-clock.ts'

const NEVER = (): Promise<never> => new Promise(() => undefined)
const ALMOST_1 = (): number => 1 - Number.EPSILON
const refused = new KeyferryError('EXCHANGE_REFUSED', 'the role does not trust this identity')
const outage = new KeyferryError('EXCHANGE_FAILED', 'STS does not answer', { retryable: true })
const OTHER_GRANT = { ...EXCHANGE, policy: '{"Version":"2012-10-17","Statement":[]}' }

function fail(error: unknown): () => never {
  return () => {
    throw error
  }
}

const NOT_FOUND = expect.objectContaining({
  type: 'read-failed',
  level: 'error',
  reason: 'SECRET_NOT_FOUND',
}) as KeyferryEvent

/** A client that has called once, with only what was read afterwards in `secret.reads`. */
async function begun(options: ClientBedOptions = {}): Promise<ClientBed> {
  const bed = clientBed(options)
  await bed.call()
  bed.secret.reads.length = 0
  return bed
}

/** Moves to where this much of the first version's life is left, calling on the way as a busy service does. */
async function goTo(bed: ClientBed, leftMs: number, stepMs = 20 * SECOND): Promise<string[]> {
  const target = bed.secret.credentials(1).expiration.getTime() - leftMs
  const steps = Math.ceil((target - bed.clock.now()) / stepMs) - 1
  const answers = await bed.callEvery(stepMs, steps * stepMs)
  bed.clock.advance(target - bed.clock.now())
  return answers
}

describe('a start', () => {
  it('costs one access while the secret is up to date', async () => {
    const bed = clientBed()
    expect(await bed.call()).toBe('1')
    expect(bed.secret.reads).toEqual(['latest'])
    expect(bed.sts.mints).toBe(0)
    expect(bed.provider.state).toMatchObject({
      freshness: 'fresh',
      kind: 'store',
      origin: 'secret',
      version: 1,
    })
  })

  it('gives the credentials as the AWS SDK takes them', async () => {
    const bed = clientBed()
    expect(await bed.provider()).toEqual(bed.secret.credentials(1))
  })

  it('answers from a latest that is overdue but valid, and looks by number behind the answer', async () => {
    const clock = virtualClock()
    const secret = fakeSecret(clock)
    secret.refresh()
    clock.advance(30 * MINUTE)
    secret.refresh()
    secret.lagAt = 1
    const bed = clientBed({ clock, shared: secret })
    const numbers = deferred<void>()
    secret.readFault = (version) => (version === 'latest' ? undefined : numbers.promise)
    expect(await bed.call()).toBe('1')
    expect(secret.reads).toEqual(['latest', 2])
    numbers.resolve()
    await settled()
    expect(secret.reads).toEqual(['latest', 2, 3, 4])
    expect(await bed.call()).toBe('2')
  })

  it('finds the newest version though latest is expired', async () => {
    const clock = virtualClock()
    const secret = fakeSecret(clock)
    secret.refresh()
    clock.advance(HOUR)
    secret.refresh()
    secret.lagAt = 1
    expect(await clientBed({ clock, shared: secret }).call()).toBe('2')
  })

  it('makes the exchange where the secret has expired, and publishes if it may', async () => {
    for (const publish of [true, false]) {
      const clock = virtualClock()
      const secret = fakeSecret(clock)
      secret.refresh()
      clock.advance(HOUR)
      const bed = clientBed({ clock, shared: secret, publish })
      expect(await bed.call()).toBe('1001')
      expect(secret.added).toEqual(publish ? [2] : [])
    }
  })

  it('fails with the reason where there is no exchange to fall back to', async () => {
    const bed = clientBed({ exchange: undefined, written: false })
    await expect(bed.call()).rejects.toMatchObject({
      code: 'SECRET_NOT_FOUND',
      resource: 'projects/p/secrets/s',
    })
  })

  it.each([
    ['warning', unreadable, 'SECRET_UNREADABLE'],
    ['error', denied, 'SECRET_DENIED'],
    ['error', undefined, 'SECRET_NOT_FOUND'],
  ])('without a readable secret makes the exchange, and says so as a %s', async (level, fault, reason) => {
    const bed = clientBed({ written: false, publish: true })
    bed.secret.readFault = fault
    expect(await bed.call()).toBe('1001')
    expect(bed.events).toContainEqual(expect.objectContaining({ type: 'read-failed', level, reason }))
    expect(bed.secret.added).toEqual([])
  })

  it('waits a random 0 to 2 s of real time for that, unless the clock is not real', async () => {
    const pass = deadlinesByHand()
    expect(await clientBed({ written: false, random: ALMOST_1 }).call()).toBe('1001')
    const real = fromSecretManager({
      secret: 'projects/p/secrets/s',
      exchange: EXCHANGE,
      secrets: fakeSecret(Date),
      mint: async () => credentialsOf(1, Date.now() + HOUR),
      random: () => 0.1,
    })
    let isAnswered = false
    const answer = real().finally(() => (isAnswered = true))
    await pass(199)
    expect(isAnswered).toBe(false)
    await pass(1)
    await answer
  })

  it.each([
    ['Secret Manager', 'secret'],
    ['the exchange', 'sts'],
  ] as const)('that takes too long says that %s did not answer', async (service, slow) => {
    const pass = deadlinesByHand()
    const bed = clientBed({ written: false })
    if (slow === 'sts') bed.sts.fault = NEVER
    else bed.secret.readFault = NEVER
    const failed = bed.call().catch((error: unknown) => error)
    // At the exchange it is only after a pause.
    for (let i = 0; i < 4; i++) await pass(8 * SECOND)
    expect(await failed).toMatchObject({
      code: 'LOAD_TIMED_OUT',
      message: expect.stringContaining(`${service} did not answer`) as string,
    })
  })

  it('tells both reasons where neither the secret nor the exchange can be had', async () => {
    const bed = clientBed({ written: false })
    bed.secret.readFault = denied
    bed.sts.fault = fail(refused)
    await expect(bed.call()).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      message: `${refused.message}. The secret was tried first: no permission to read`,
    })
  })
})

describe('while everything is fresh', () => {
  it('looks once every 15 minutes, by number', async () => {
    const bed = await begun({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    await bed.callEvery(MINUTE, 15 * MINUTE - SECOND)
    expect(bed.secret.reads).toEqual([2])
    await bed.callEvery(MINUTE, 45 * MINUTE)
    expect(bed.secret.reads).toEqual([2, 2, 2, 2])
  })

  it('looks as often as is configured, or never', async () => {
    const exchange = { ...EXCHANGE, durationSeconds: 43_200 }
    const often = await begun({ exchange, peekSeconds: 60 })
    await often.callEvery(10 * SECOND, 5 * MINUTE)
    expect(often.secret.reads).toEqual([2, 2, 2, 2, 2])
    const never = await begun({ exchange, peekSeconds: 0 })
    await never.callEvery(MINUTE, 3 * HOUR)
    expect(never.secret.reads).toEqual([])
  })

  it('takes a forced version within that time, though latest lags', async () => {
    const bed = await begun({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    bed.secret.lagAt = 1
    await bed.callEvery(MINUTE, MINUTE)
    bed.secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    expect(await bed.callEvery(MINUTE, 15 * MINUTE)).toEqual(['1', '2'])
  })

  it('takes a later one with a shorter life: newer is what was issued later', async () => {
    const bed = await begun({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    bed.clock.advance(MINUTE)
    bed.secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 3_600 } })
    expect(await bed.callEvery(MINUTE, 16 * MINUTE)).toEqual(['1', '2'])
  })

  it('makes nobody wait for a look', async () => {
    const bed = await begun()
    bed.secret.readFault = NEVER
    bed.clock.advance(15 * MINUTE)
    expect(await bed.call()).toBe('1')
    expect(bed.provider.state.loading).toBe(true)
  })
})

describe('from RefreshAfter on', () => {
  it('looks every 60 s by number, and at latest every tenth time', async () => {
    const bed = await begun({ peekSeconds: 0 })
    await bed.callEvery(10 * SECOND, 20 * MINUTE - SECOND)
    expect(bed.secret.reads).toEqual([2])
    await bed.callEvery(10 * SECOND, 8 * MINUTE)
    expect(bed.secret.reads).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2])
    await bed.callEvery(10 * SECOND, MINUTE)
    // A latest that is no news is checked above.
    expect(bed.secret.reads.slice(9)).toEqual(['latest', 2, 3])
  })

  it('every 120 s at most, and up to 10 minutes later', async () => {
    const bed = await begun({ peekSeconds: 0, random: ALMOST_1 })
    await bed.callEvery(10 * SECOND, 30 * MINUTE - SECOND)
    expect(bed.secret.reads).toEqual([2])
    await bed.callEvery(10 * SECOND, 4 * MINUTE)
    expect(bed.secret.reads).toEqual([2, 2, 2])
  })

  it('has a new version about one look after it was written, and nobody waits or mints', async () => {
    const bed = await begun()
    await bed.callEvery(10 * SECOND, 22 * MINUTE)
    bed.secret.refresh()
    expect(await bed.callEvery(10 * SECOND, 2 * MINUTE)).toEqual(['1', '2'])
    expect(bed.sts.mints).toBe(0)
    expect(bed.told()).toEqual(['held'])
  })

  it('is advisory by name', async () => {
    const bed = await begun()
    bed.clock.advance(19 * MINUTE)
    expect(bed.provider.state.freshness).toBe('fresh')
    bed.clock.advance(MINUTE)
    expect(bed.provider.state.freshness).toBe('advisory')
  })

  it('runs a day on 1 access at the start and about 100 an hour, with no exchange of its own', async () => {
    const bed = await begun({ random: seeded(3) })
    for (let tick = 0; tick < (24 * HOUR) / (5 * MINUTE); tick++) {
      if (tick % 4 === 3) bed.secret.refresh()
      await bed.callEvery(30 * SECOND, 5 * MINUTE)
    }
    expect(bed.sts.mints).toBe(0)
    expect(bed.secret.reads.length).toBeLessThan(24 * 30)
    expect(bed.events.every(({ type }) => type === 'held')).toBe(true)
  })
})

describe('the fallback, with publish', () => {
  it('comes at the drawn point: 16 minutes at the latest, 24 at the soonest', async () => {
    for (const [random, left] of [
      [() => 0, 16 * MINUTE],
      [ALMOST_1, 24 * MINUTE],
    ] as const) {
      const bed = await begun({ publish: true, random })
      await goTo(bed, left + SECOND)
      await bed.call()
      expect(bed.sts.mints).toBe(0)
      bed.clock.advance(SECOND + 1)
      await bed.call()
      expect(bed.sts.mints).toBe(1)
      expect(await bed.call()).toBe('1001')
    }
  })

  it('reads by number in the same turn, mints, and publishes before anything else', async () => {
    const bed = await begun({ publish: true })
    await goTo(bed, 16 * MINUTE)
    const turns: string[] = []
    bed.secret.readFault = (version) => void turns.push(`read ${version}`)
    bed.sts.fault = () => void turns.push('mint')
    bed.secret.addFault = () => {
      turns.push('add')
      expect(bed.provider.state.key).toBe('…0001')
    }
    await bed.call()
    expect(turns).toEqual(['read 2', 'read 3', 'read 1', 'mint', 'add'])
    expect(bed.told().slice(-3)).toEqual(['minted', 'published', 'held'])
  })

  it('mints nothing when another instance has published meanwhile', async () => {
    const bed = await begun({ publish: true })
    await goTo(bed, 16 * MINUTE)
    bed.secret.lagAt = 1
    bed.secret.refresh()
    await bed.call()
    expect(await bed.call()).toBe('2')
    expect(bed.sts.mints).toBe(0)
  })

  it('publishes what other readers take, with the interval of the version that it replaces', async () => {
    const clock = virtualClock()
    const secret = fakeSecret(clock)
    secret.refresh({ refreshAfterMs: 25 * MINUTE })
    const bed = await begun({ clock, shared: secret, publish: true })
    await goTo(bed, 16 * MINUTE)
    await bed.call()
    const { payload } = await secret.read(2)
    const { provenance, credentials } = decodePayload(payload, clock)
    expect(credentials.accessKeyId).toBe(keyOf(1_001))
    expect(provenance?.issuedAt.getTime()).toBe(clock.now())
    expect(provenance?.refreshAfter.getTime()).toBe(clock.now() + 25 * MINUTE)
    expect(await clientBed({ clock, shared: secret }).call()).toBe('1001')
  })

  it('makes nobody wait for the exchange', async () => {
    const bed = await begun({ publish: true })
    await goTo(bed, 16 * MINUTE)
    bed.sts.fault = NEVER
    expect(await bed.call()).toBe('1')
  })

  it('draws anew for an instance that was away at its point', async () => {
    const bed = await begun({ publish: true })
    bed.clock.advance(50 * MINUTE)
    await bed.call()
    expect(bed.sts.mints).toBe(0)
    // A third of what was left, then: [10/3, 10] minutes.
    await goTo(bed, (10 * MINUTE) / 3 + SECOND)
    expect(bed.sts.mints).toBe(0)
    await bed.callEvery(SECOND, 2 * SECOND)
    expect(bed.sts.mints).toBe(1)
  })

  it('does not put it off again for an instance that is seldom called', async () => {
    const bed = await begun({ publish: true })
    expect(await bed.callEvery(5 * MINUTE, 2 * HOUR)).not.toContain('CREDENTIALS_EXPIRED')
    expect(bed.sts.mints).toBeGreaterThanOrEqual(2)
    expect(bed.sts.mints).toBeLessThanOrEqual(3)
  })

  it('comes in the last minute at the very latest', async () => {
    const bed = await begun({ publish: true })
    bed.clock.advance(59 * MINUTE + SECOND)
    expect(await bed.call()).toBe('1001')
  })
})

describe('the fallback, without publish', () => {
  it('comes between 16 minutes and a third of them, and writes nothing', async () => {
    for (const [random, left] of [
      [() => 0, (16 * MINUTE) / 3],
      [ALMOST_1, 16 * MINUTE],
    ] as const) {
      const bed = await begun({ random })
      await goTo(bed, left + SECOND)
      await bed.call()
      expect(bed.sts.mints).toBe(0)
      bed.clock.advance(SECOND + 1)
      await bed.call()
      expect(await bed.call()).toBe('1001')
      expect(bed.secret.added).toEqual([])
    }
  })

  it('goes on looking for what the writer brings, and takes it', async () => {
    const bed = await begun()
    await goTo(bed, 5 * MINUTE)
    expect(await bed.call()).toBe('1001')
    bed.clock.advance(MINUTE)
    bed.secret.refresh()
    expect(await bed.callEvery(MINUTE, 15 * MINUTE)).toEqual(['1001', '2'])
  })
})

describe('a fallback that fails', () => {
  it('is tried again after 60 to 300 s, and costs nobody anything while the held credentials live', async () => {
    for (const [random, wait] of [
      [() => 0, MINUTE],
      [ALMOST_1, 5 * MINUTE],
    ] as const) {
      const bed = await begun({ publish: true, random })
      bed.sts.fault = fail(outage)
      await goTo(bed, (random() < 0.5 ? 16 : 24) * MINUTE - 1)
      await bed.call()
      expect(bed.sts.mints).toBe(1)
      await bed.callEvery(SECOND, wait - 2 * SECOND)
      expect(bed.sts.mints).toBe(1)
      expect(await bed.callEvery(SECOND, 4 * SECOND)).toEqual(['1'])
      expect(bed.sts.mints).toBe(2)
    }
  })

  it('is tried again after 60 s doubling to 600 s where it was refused', async () => {
    const bed = await begun({ publish: true, exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    bed.sts.fault = fail(refused)
    await goTo(bed, 16 * MINUTE)
    const attempts: number[] = []
    for (let second = 0; second < 13 * 60; second++) {
      const { mints } = bed.sts
      expect(await bed.call()).toBe('1')
      if (bed.sts.mints > mints) attempts.push(second)
      bed.clock.advance(SECOND)
    }
    expect(attempts).toEqual([0, 60, 180, 420, 720])
  })

  it('is tried at once when the credentials have expired, and then tells why', async () => {
    const bed = await begun({ publish: true })
    bed.sts.fault = fail(refused)
    await goTo(bed, 5 * SECOND)
    const { mints } = bed.sts
    await expect(bed.call()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED' })
    expect(bed.sts.mints).toBe(mints + 1)
    await expect(bed.call()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED' })
    expect(bed.sts.mints).toBe(mints + 1)
  })

  it('because it gives nothing newer is a failure too', async () => {
    const bed = await begun({ mint: async () => bed.secret.credentials(1) })
    await goTo(bed, 5 * MINUTE)
    expect(await bed.call()).toBe('1')
    expect(bed.provider.state.lastLoad).toMatchObject({ outcome: 'failed', reason: 'EXCHANGE_IMPLAUSIBLE' })
  })
})

describe('a publish that fails', () => {
  it.each([
    ['warning', fail(new KeyferryError('SECRET_WRITE_FAILED', 'quota', { retryable: true }))],
    ['error', fail(new KeyferryError('SECRET_DENIED', 'no permission to add'))],
    ['warning', fail(new Error('foreign'))],
  ])('loses nothing that was minted, and is told as a %s', async (level, fault) => {
    const bed = await begun({ publish: true })
    bed.secret.addFault = fault
    await goTo(bed, 16 * MINUTE)
    await bed.call()
    expect(await bed.call()).toBe('1001')
    expect(bed.events).toContainEqual(
      expect.objectContaining({ type: 'publish-failed', level, key: '…1001' }),
    )
  })

  it('for want of permission makes the instance one that does not publish', async () => {
    const bed = await begun({ publish: true })
    bed.secret.addFault = fail(new KeyferryError('SECRET_DENIED', 'no permission to add'))
    await goTo(bed, 16 * MINUTE)
    await bed.call()
    const attempts = bed.events.filter(({ type }) => type === 'publish-failed').length
    await bed.callEvery(MINUTE, 3 * HOUR)
    expect(bed.events.filter(({ type }) => type === 'publish-failed').length).toBe(attempts)
    expect(bed.sts.mints).toBeGreaterThan(2)
  })

  it('by never ending holds up what was minted for 3 s at most', async () => {
    const bed = await begun({ publish: true })
    bed.secret.addFault = NEVER
    await goTo(bed, 16 * MINUTE)
    const pass = deadlinesByHand()
    await bed.call()
    await pass(3 * SECOND - 1)
    expect(await bed.call()).toBe('1')
    await pass(1)
    expect(await bed.call()).toBe('1001')
  })

  it.each([
    ['malformed', GARBAGE],
    [
      'of another grant',
      encodePayload(credentialsOf(9, virtualClock().now() + HOUR), {
        exchange: OTHER_GRANT,
        refreshAfter: virtualClock().now() + MINUTE,
      }),
    ],
    [
      'not ours',
      new TextEncoder().encode(
        JSON.stringify({
          Version: 1,
          AccessKeyId: keyOf(9),
          SecretAccessKey: 's',
          SessionToken: 't',
          Expiration: '2026-11-23T19:00:00Z',
          AccountId: ACCOUNT,
        }),
      ),
    ],
  ])('is not tried over a version that is %s', async (_, content) => {
    const bed = await begun({ publish: true })
    bed.secret.put(content)
    await bed.callEvery(20 * SECOND, 58 * MINUTE)
    expect(bed.secret.added).toEqual([])
  })
})

describe('what cannot be read', () => {
  it.each([
    ['warning', unreadable, 'SECRET_UNREADABLE'],
    ['error', denied, 'SECRET_DENIED'],
  ])('is waited for until the own point, and told as a %s each time', async (level, fault, reason) => {
    const bed = await begun({ publish: true })
    bed.secret.readFault = fault
    await goTo(bed, 16 * MINUTE + SECOND)
    expect(bed.sts.mints).toBe(0)
    expect(bed.events.filter((event) => event.type === 'load-failed').length).toBe(bed.secret.reads.length)
    expect(bed.events).toContainEqual(expect.objectContaining({ type: 'load-failed', level, reason }))
    bed.clock.advance(2 * SECOND)
    await bed.call()
    expect(bed.sts.mints).toBe(1)
    // Whether the secret is stopped, or another's, cannot be seen.
    expect(bed.secret.added).toEqual([])
    expect(await bed.call()).toBe('1001')
  })

  it('for its quota is asked for again while fifteen minutes are left, and then minted without', async () => {
    const bed = await begun({ publish: true })
    bed.secret.readFault = quotaUsedUp
    await goTo(bed, 15 * MINUTE + 40 * SECOND)
    expect(bed.sts.mints).toBe(0)
    await goTo(bed, 14 * MINUTE + 50 * SECOND)
    expect(bed.sts.mints).toBe(1)
    expect(await bed.call()).toBe('1001')
  })

  it('for its quota is taken, and nothing minted, where somebody else has published until then', async () => {
    const bed = await begun({ publish: true })
    bed.secret.readFault = quotaUsedUp
    await goTo(bed, 15 * MINUTE + 40 * SECOND)
    bed.secret.refresh()
    bed.secret.readFault = undefined
    await goTo(bed, 14 * MINUTE)
    expect([await bed.call(), bed.sts.mints]).toEqual(['2', 0])
  })

  it('is asked for every 60 to 120 s, or 60 s doubling to 600 s where that was refused', async () => {
    const exchange = { ...EXCHANGE, durationSeconds: 43_200 }
    for (const [fault, expected] of [
      [unreadable, 60],
      [denied, 9],
    ] as const) {
      const bed = await begun({ exchange })
      await bed.callEvery(10 * MINUTE, 4 * HOUR)
      bed.secret.readFault = fault
      bed.secret.reads.length = 0
      await bed.callEvery(5 * SECOND, HOUR)
      expect(bed.secret.reads.length).toBeGreaterThanOrEqual(expected - 2)
      expect(bed.secret.reads.length).toBeLessThanOrEqual(expected + 6)
    }
  })

  it('again is read again: all is as before within two looks', async () => {
    const bed = await begun()
    await bed.callEvery(20 * SECOND, 21 * MINUTE)
    bed.secret.readFault = unreadable
    await bed.callEvery(20 * SECOND, 10 * MINUTE)
    bed.secret.readFault = undefined
    bed.secret.refresh()
    expect(await bed.callEvery(20 * SECOND, 2 * MINUTE + 20 * SECOND)).toEqual(['1', '2'])
  })

  it.each([
    ['SECRET_CORRUPT', 'SECRET_CORRUPT'],
    ['SECRET_MALFORMED', GARBAGE],
    ['SECRET_MALFORMED', new Uint8Array([0xff, 0xfe])],
    ['SECRET_MALFORMED', new Uint8Array(0)],
    ['SECRET_IMPLAUSIBLE', payloadOf({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })],
    ['SECRET_IMPLAUSIBLE', payloadOf({ Expiration: '2099-01-01T00:00:00Z' })],
    ['SECRET_NOT_OURS', payloadOf({})],
  ] as const)('as a version is refused as %s, and survived', async (reason, content) => {
    const bed = await begun()
    bed.secret.put(content as Uint8Array)
    expect(await bed.callEvery(MINUTE, 16 * MINUTE)).toEqual(['1'])
    expect(bed.events).toContainEqual(
      expect.objectContaining({ type: 'version-refused', level: 'error', version: 2, reason }),
    )
    bed.secret.refresh()
    expect((await bed.callEvery(MINUTE, 16 * MINUTE)).at(-1)).toBe('2')
  })

  it.each(['SECRET_DESTROYED', 'SECRET_CORRUPT', GARBAGE, payloadOf({})] as const)(
    'at the top does not hide the version below it from a start',
    async (content) => {
      const bed = clientBed()
      bed.secret.put(content as Uint8Array)
      expect(await bed.call()).toBe('1')
    },
  )
})

function payloadOf(fields: Record<string, unknown>): Uint8Array {
  const document = {
    Version: 1,
    AccessKeyId: keyOf(9),
    SecretAccessKey: 'PLANTED',
    SessionToken: 'PLANTED',
    Expiration: '2026-11-23T20:00:00Z',
    AccountId: ACCOUNT,
    ...fields,
  }
  return new TextEncoder().encode(JSON.stringify(document))
}

describe('whose credentials are taken', () => {
  it('another grant is thrown, and never fallen back from', async () => {
    const bed = clientBed({ written: false, publish: true })
    bed.secret.refresh({ exchange: OTHER_GRANT })
    await expect(bed.call()).rejects.toMatchObject({ code: 'SECRET_OTHER_GRANT' })
    bed.secret.readFault = unreadable
    bed.clock.advance(5 * SECOND)
    await expect(bed.call()).rejects.toMatchObject({ code: 'SECRET_OTHER_GRANT' })
    expect(bed.sts.mints).toBe(0)
  })

  it('another grant in the secret leaves what is held in use until its end', async () => {
    const bed = await begun({ publish: true })
    await bed.callEvery(MINUTE, MINUTE)
    bed.secret.refresh({ exchange: OTHER_GRANT })
    expect(await bed.callEvery(20 * SECOND, 2 * HOUR)).toEqual(['1', 'SECRET_OTHER_GRANT'])
    expect(bed.sts.mints).toBe(0)
    expect(bed.secret.added).toEqual([])
  })

  it('another grant that gives way to the right one is forgotten', async () => {
    const bed = await begun()
    bed.secret.refresh({ exchange: OTHER_GRANT })
    await bed.callEvery(MINUTE, 30 * MINUTE)
    bed.secret.refresh()
    expect((await bed.callEvery(MINUTE, 3 * MINUTE)).at(-1)).toBe('3')
  })

  it('the newest of the right grant is found though a lagging latest has the other', async () => {
    const bed = clientBed({ written: false })
    bed.secret.refresh({ exchange: OTHER_GRANT })
    bed.clock.advance(MINUTE)
    bed.secret.refresh()
    bed.secret.lagAt = 1
    expect(await bed.call()).toBe('2')
  })

  it('without an exchange any document is taken, and its account is pinned', async () => {
    const clock = virtualClock()
    const secret = fakeSecret(clock)
    secret.put(payloadOf({ Expiration: '2026-11-23T19:00:00Z' }))
    const bed = clientBed({ clock, shared: secret, exchange: undefined })
    expect(await bed.call()).toBe('9')
    secret.put(payloadOf({ AccountId: '999999999999', AccessKeyId: keyOf(8) }))
    expect(await bed.callEvery(MINUTE, 30 * MINUTE)).toEqual(['9'])
    expect(bed.events).toContainEqual(
      expect.objectContaining({ type: 'version-refused', reason: 'SECRET_OTHER_GRANT' }),
    )
  })

  it('without an exchange the first role is pinned, whatever its grant', async () => {
    const bed = clientBed({ exchange: undefined })
    expect(await bed.call()).toBe('1')
    bed.clock.advance(MINUTE)
    bed.secret.refresh({ exchange: OTHER_GRANT })
    expect(await bed.callEvery(MINUTE, 16 * MINUTE)).toEqual(['1', '2'])
    bed.secret.refresh({ exchange: { roleArn: `arn:aws:iam::${ACCOUNT}:role/other` } })
    expect(await bed.callEvery(MINUTE, 30 * MINUTE)).toEqual(['2'])
  })

  it('without an exchange nothing is minted, and the end is told', async () => {
    const bed = await begun({ exchange: undefined })
    expect(await bed.callEvery(20 * SECOND, 61 * MINUTE)).toEqual(['1', 'CREDENTIALS_EXPIRED'])
  })
})

describe("an operator's stop", () => {
  it('keeps everybody from minting, while what is held is used until its end', async () => {
    const bed = await begun({ publish: true })
    bed.secret.put('SECRET_DISABLED')
    expect(await bed.callEvery(20 * SECOND, 2 * HOUR)).toEqual(['1', 'SECRET_STOPPED'])
    expect(bed.sts.mints).toBe(0)
    expect(bed.secret.added).toEqual([])
    expect(bed.events).toContainEqual(
      expect.objectContaining({ type: 'stopped', level: 'error', version: 2 }),
    )
  })

  it('of the version that is held takes it out of use', async () => {
    const bed = await begun({ publish: true })
    bed.secret.change(1, 'SECRET_DISABLED')
    expect(await bed.callEvery(20 * SECOND, 50 * MINUTE)).toEqual(['1', 'SECRET_STOPPED'])
    expect(bed.sts.mints).toBe(0)
    expect(bed.told()).toContain('withdrawn')
    expect(bed.provider.state.freshness).toBe('empty')
  })

  it('stands while the secret cannot be read', async () => {
    const bed = clientBed()
    bed.secret.put('SECRET_DISABLED')
    await expect(bed.call()).rejects.toMatchObject({ code: 'SECRET_STOPPED' })
    bed.secret.readFault = unreadable
    bed.clock.advance(5 * SECOND)
    await expect(bed.call()).rejects.toMatchObject({ code: 'SECRET_STOPPED' })
    expect(bed.sts.mints).toBe(0)
  })

  it('is over when a newer version is written, or this one enabled again', async () => {
    for (const resume of ['write', 'enable']) {
      const bed = await begun()
      const content = (await bed.secret.read(1)).payload
      bed.secret.put('SECRET_DISABLED')
      await bed.callEvery(20 * SECOND, 30 * MINUTE)
      if (resume === 'write') bed.secret.refresh()
      else
        bed.secret.change(
          2,
          encodePayload(credentialsOf(2, bed.clock.now() + HOUR), {
            exchange: EXCHANGE,
            refreshAfter: bed.clock.now() + MINUTE,
          }),
        )
      expect((await bed.callEvery(20 * SECOND, 3 * MINUTE)).at(-1)).toBe('2')
      expect(content.length).toBeGreaterThan(0)
    }
  })
})

describe('a secret that changes under its readers', () => {
  it('recreated: the new numbers are found, and what is held stays in use until then', async () => {
    const bed = await begun({ publish: true })
    for (let version = 2; version <= 30; version++) bed.secret.refresh()
    bed.clock.advance(21 * MINUTE)
    await bed.call()
    bed.secret.recreate()
    bed.secret.refresh()
    const answers = await bed.callEvery(20 * SECOND, 39 * MINUTE)
    expect(answers.length).toBeLessThanOrEqual(2)
    expect(bed.provider.state).toMatchObject({ version: 1, origin: 'secret' })
    expect(bed.sts.mints).toBe(0)
    bed.secret.refresh()
    expect((await bed.callEvery(20 * SECOND, 16 * MINUTE)).at(-1)).toBe('32')
  })

  it('recreated: a read by number sees that the known one is gone, and says so', async () => {
    const bed = await begun({ publish: true })
    for (let version = 2; version <= 5; version++) bed.secret.refresh()
    await bed.provider({ forceRefresh: true })
    bed.secret.recreate()
    bed.clock.advance(MINUTE)
    bed.secret.refresh()
    expect((await bed.provider({ forceRefresh: true })).accessKeyId).toBe(keyOf(6))
    expect(bed.events).toContainEqual(expect.objectContaining({ type: 'recreated', version: 5 }))
  })

  it('deleted: what is held is used, and at the own point the exchange is made without publishing', async () => {
    const bed = await begun({ publish: true })
    bed.secret.recreate()
    expect(await bed.callEvery(20 * SECOND, 55 * MINUTE)).toEqual(['1', '1001'])
    expect(bed.secret.added).toEqual([])
    expect(bed.events).toContainEqual(NOT_FOUND)
  })

  it('missing: that is told as an error with every look, lest an exchange per instance goes unnoticed', async () => {
    const bed = await begun({ written: false, random: () => 0.5 })
    const told = bed.events.filter(({ type }) => type === 'read-failed').length
    await bed.callEvery(20 * SECOND, 40 * MINUTE)
    const since = bed.events.filter(({ type }) => type === 'read-failed').slice(told)
    expect(since.length).toBeGreaterThan(5)
    expect(since).toEqual(since.map(() => NOT_FOUND))
    expect(since.length).toBe(bed.secret.reads.filter((read) => read === 'latest').length)
  })

  it('destroyed: the newest version is a loss, not a stop', async () => {
    const bed = await begun({ publish: true })
    bed.secret.change(1, 'SECRET_DESTROYED')
    expect(await bed.callEvery(20 * SECOND, 55 * MINUTE)).toEqual(['1', '1001'])
  })

  it('with older credentials in a newer version: they are no news', async () => {
    const bed = await begun()
    const { payload } = await bed.secret.read(1)
    bed.clock.advance(MINUTE)
    bed.secret.refresh()
    await bed.callEvery(MINUTE, 15 * MINUTE)
    bed.secret.put(payload)
    expect(await bed.callEvery(MINUTE, 16 * MINUTE)).toEqual(['2'])
  })
})

describe('a key that AWS refused', () => {
  it('is replaced by what the secret has, read by number, and nothing is minted', async () => {
    const bed = await begun()
    bed.clock.advance(MINUTE)
    bed.secret.lagAt = 1
    bed.secret.refresh()
    bed.provider.invalidate(keyOf(1))
    expect((await bed.provider()).accessKeyId).toBe(keyOf(2))
    expect(bed.sts.mints).toBe(0)
  })

  it('that the secret still holds is replaced by an exchange', async () => {
    const bed = await begun()
    bed.provider.invalidate(keyOf(1))
    expect((await bed.provider()).accessKeyId).toBe(keyOf(1_001))
    expect(bed.secret.reads).toEqual([2, 3, 1])
  })

  it('with publish, after a draw on 30 s, and only if nobody else has published by then', async () => {
    const bed = await begun({ publish: true })
    bed.provider.invalidate(keyOf(1))
    expect((await bed.provider()).accessKeyId).toBe(keyOf(1))
    expect(bed.told()).toEqual(['held', 'suspect', 'suspect-kept'])
    await bed.callEvery(SECOND, 29 * SECOND)
    expect(bed.sts.mints).toBe(0)
    bed.clock.advance(SECOND)
    bed.secret.refresh()
    await bed.call()
    expect(await bed.call()).toBe('2')
    expect(bed.sts.mints).toBe(0)
  })

  it('with publish, is replaced and published at the end of the draw', async () => {
    const bed = await begun({ publish: true })
    bed.provider.invalidate(keyOf(1))
    await bed.call()
    expect(await bed.callEvery(SECOND, 32 * SECOND)).toEqual(['1', '1001'])
    expect(bed.secret.added).toEqual([2])
  })

  it('is served meanwhile, and while nothing can be had: it can do no worse than an error', async () => {
    const bed = await begun({ publish: true })
    bed.secret.readFault = unreadable
    bed.sts.fault = fail(outage)
    bed.provider.invalidate(keyOf(1))
    expect(await bed.callEvery(20 * SECOND, 15 * MINUTE)).toEqual(['1'])
  })

  it('costs one mint in 5 minutes, whatever is refused', async () => {
    const bed = await begun()
    bed.sts.fault = fail(outage)
    bed.provider.invalidate(keyOf(1))
    await bed.callEvery(SECOND, 14 * MINUTE)
    expect(bed.sts.mints).toBeLessThanOrEqual(3)
    const other = await begun()
    for (let minute = 0; minute < 15; minute++) {
      other.provider.invalidate((await other.provider()).accessKeyId)
      await other.call()
      other.clock.advance(MINUTE)
    }
    expect(other.sts.mints).toBeLessThanOrEqual(3)
  })

  it('is looked into also where a look was under way when AWS refused it', async () => {
    const bed = await begun()
    await bed.callEvery(20 * SECOND, 21 * MINUTE)
    const look = deferred<void>()
    bed.secret.readFault = () => look.promise
    bed.clock.advance(2 * MINUTE)
    await bed.call()
    bed.provider.invalidate(keyOf(1))
    const answer = bed.provider()
    look.resolve()
    expect((await answer).accessKeyId).toBe(keyOf(1_001))
  })

  it('that comes back when nothing else can be had is handed out: it can do no worse than an error', async () => {
    const bed = await begun({ exchange: undefined })
    bed.provider.invalidate(keyOf(1))
    await bed.call()
    const { payload } = await bed.secret.read(1)
    bed.secret.change(1, 'SECRET_DISABLED')
    await expect(bed.provider({ forceRefresh: true })).rejects.toMatchObject({ code: 'SECRET_STOPPED' })
    expect(bed.provider.state.freshness).toBe('empty')
    bed.secret.change(1, payload)
    bed.clock.advance(5 * SECOND)
    expect(await bed.call()).toBe('1')
    expect(bed.provider.state.suspect).toBe(true)
  })

  it('without an exchange is looked for every minute or two', async () => {
    const bed = await begun({ exchange: undefined })
    bed.provider.invalidate(keyOf(1))
    expect(await bed.call()).toBe('1')
    bed.clock.advance(SECOND)
    bed.secret.refresh()
    expect(await bed.callEvery(10 * SECOND, 2 * MINUTE)).toEqual(['1', '2'])
  })

  it('makes its caller wait a second at most', async () => {
    const bed = await begun()
    bed.secret.readFault = NEVER
    bed.provider.invalidate(keyOf(1))
    const pass = deadlinesByHand()
    const answers: string[] = []
    const call = (): Promise<unknown> => bed.provider().then(({ accessKeyId }) => answers.push(accessKeyId))
    void call()
    await pass(SECOND - 1)
    expect(answers).toEqual([])
    await pass(1)
    expect(answers).toEqual([keyOf(1)])
    // The patience of the first is over for all.
    await call()
    expect(answers).toEqual([keyOf(1), keyOf(1)])
  })
})

describe('forceRefresh', () => {
  it('reads by number and mints nothing', async () => {
    const bed = await begun()
    expect((await bed.provider({ forceRefresh: true })).accessKeyId).toBe(keyOf(1))
    expect(bed.secret.reads).toEqual([2, 3, 1])
    expect(bed.sts.mints).toBe(0)
  })
})

describe('in the last minute', () => {
  it('callers get what one look brings, every few seconds', async () => {
    const bed = await begun({ exchange: undefined })
    await goTo(bed, 50 * SECOND)
    bed.secret.refresh()
    const answers = await Promise.all([bed.provider(), bed.provider()])
    expect(answers.map(({ accessKeyId }) => accessKeyId)).toEqual([keyOf(2), keyOf(2)])
  })

  it('costs an access every 5 to 10 s', async () => {
    const bed = await begun({ exchange: undefined })
    await goTo(bed, MINUTE)
    bed.secret.reads.length = 0
    await bed.callEvery(SECOND, 54 * SECOND)
    expect(bed.secret.reads.length).toBeGreaterThanOrEqual(9)
    expect(bed.secret.reads.length).toBeLessThanOrEqual(14)
  })
})

describe('a process that was frozen in a look', () => {
  it('awaits the next one for a second at most, with new connections, and without a back-off', async () => {
    const bed = await begun({ exchange: undefined })
    await bed.callEvery(20 * SECOND, 21 * MINUTE)
    const frozen = deferred<void>()
    bed.secret.readFault = () => frozen.promise
    bed.clock.advance(2 * MINUTE)
    expect(await bed.call()).toBe('1')
    bed.clock.advance(5 * MINUTE)
    bed.secret.readFault = undefined
    bed.secret.refresh()
    expect((await bed.provider()).accessKeyId).toBe(keyOf(2))
    frozen.reject(new KeyferryError('SECRET_UNREADABLE', 'reset'))
    await settled()
    expect(await bed.call()).toBe('2')
  })
})

describe('a window that is too short', () => {
  it('for how long minting takes is told once', async () => {
    const bed = await begun({ publish: true })
    bed.sts.fault = () => bed.clock.advance(3.3 * SECOND)
    await bed.callEvery(20 * SECOND, 4 * HOUR)
    const told = bed.events.filter(({ type }) => type === 'window-short')
    expect(told).toEqual([expect.objectContaining({ level: 'warning', meanMs: 32_000 })])
  })
})

describe('options that cannot work', () => {
  it('are refused together, when the client is made', () => {
    expect(() =>
      fromSecretManager({
        secret: 'aws-app',
        exchange: { roleArn: 'app', durationSeconds: 1 },
        peekSeconds: -1,
        env: {},
      }),
    ).toThrow(
      /secret must be .*exchange\.roleArn .*exchange\.durationSeconds .*exchange\.region is missing.*peekSeconds/s,
    )
    expect(() => fromSecretManager({ secret: 'projects/p/secrets/s', publish: true, mint: NEVER })).toThrow(
      /publish needs exchange.*mint needs exchange/,
    )
  })

  it('take the region from AWS_REGION', () => {
    const exchange = { roleArn: EXCHANGE.roleArn }
    const secret = 'projects/p/locations/europe-west3/secrets/s'
    expect(() => fromSecretManager({ secret, exchange, env: { AWS_REGION: 'eu-central-1' } })).not.toThrow()
  })

  it('name accounts on the way to nowhere', () => {
    const delegates = ['ci@p.iam.gserviceaccount.com']
    const secret = 'projects/p/secrets/s'
    const exchange = { ...EXCHANGE, serviceAccount: 'app@p.iam.gserviceaccount.com', delegates }
    expect(() => fromSecretManager({ secret, exchange })).not.toThrow()
    expect(() => fromSecretManager({ secret, exchange: { ...EXCHANGE, delegates } })).toThrow(
      /exchange.delegates lead to nothing without serviceAccount/,
    )
  })
})
