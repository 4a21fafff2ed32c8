import type { AwsCredentialIdentity } from '@smithy/types'
import { describe, expect, it, vi } from 'vitest'
import type { CredentialSource, Held, LoadTask } from '../shared/core/credential-source.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import type { KeyferryEvent } from '../shared/core/events.ts'
import type { KeyferryProvider } from '../shared/core/provider.ts'
import {
  clientParts,
  providerSource,
  refreshAhead,
  type RefreshAheadOptions,
} from '../shared/refresh-ahead.ts'
import { credentialsOf, keyOf } from './bed/credentials.ts'
import {
  deadlinesByHand,
  deferred,
  HOUR,
  MINUTE,
  SECOND,
  seeded,
  settled,
  virtualClock,
  type VirtualClock,
} from './bed/virtual-clock.ts'

const refused = new KeyferryError('EXCHANGE_REFUSED', 'the role does not trust this identity')
const outage = new KeyferryError('EXCHANGE_FAILED', 'STS does not answer', { retryable: true })

interface Bed {
  clock: VirtualClock
  provider: KeyferryProvider<AwsCredentialIdentity>
  events: KeyferryEvent[]
  /** How often the provider behind was asked. */
  loads: number
  /** What it does; by default it gives a credential of the next number that lives `lifeMs`. */
  load: () => Promise<AwsCredentialIdentity>
  /** Moves the clock to where this much life of the held credentials is left, and calls. */
  callAt(leftMs: number): Promise<AwsCredentialIdentity>
}

function bed({ lifeMs = HOUR, ...options }: RefreshAheadOptions & { lifeMs?: number } = {}): Bed {
  const clock = virtualClock()
  const made: Bed = {
    clock,
    events: [],
    loads: 0,
    load: async () => credentialsOf(made.loads, clock.now() + lifeMs),
    async callAt(leftMs) {
      const expiresAt = made.provider.state.expiration?.getTime() ?? Number.NaN
      clock.advance(expiresAt - leftMs - clock.now())
      const credentials = await made.provider()
      await settled()
      return credentials
    },
    provider: refreshAhead(
      () => {
        made.loads++
        return made.load()
      },
      { random: () => 0, ...options, clock, onEvent: (event) => void made.events.push(event) },
    ),
  }
  return made
}

describe('while credentials are fresh', () => {
  it('hands out one and the same promise, and asks for nothing', async () => {
    const { provider, clock, ...made } = bed()
    await provider()
    const first = provider()
    clock.advance(44 * MINUTE)
    expect(provider()).toBe(first)
    expect((await first).accessKeyId).toBe(keyOf(1))
    await settled()
    expect(made).toMatchObject({ loads: 0 })
  })

  it('hands out the very object that the provider behind gave', async () => {
    const credentials = credentialsOf(1, Date.now() + HOUR)
    expect(await refreshAhead(async () => credentials)()).toBe(credentials)
  })

  it('keeps credentials without an expiration for good', async () => {
    const made = bed()
    made.load = async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's' })
    await made.provider()
    made.clock.advance(10 * 365 * 24 * HOUR)
    await made.provider()
    expect(made.loads).toBe(1)
    expect(made.provider.state.freshness).toBe('fresh')
  })

  it('is a provider that the AWS SDK asks at every signature', () => {
    expect(bed().provider.memoized).toBe(true)
  })
})

describe('with nothing held', () => {
  it('shares one load between all callers', async () => {
    const made = bed()
    const answers = await Promise.all(Array.from({ length: 100 }, () => made.provider()))
    expect(new Set(answers).size).toBe(1)
    expect(made.loads).toBe(1)
  })

  it('gives all callers the error of the one load', async () => {
    const made = bed()
    made.load = () => Promise.reject(outage)
    const answers = await Promise.allSettled([made.provider(), made.provider(), made.provider()])
    expect(answers.map((answer) => (answer as PromiseRejectedResult).reason as unknown)).toEqual([
      outage,
      outage,
      outage,
    ])
    expect(made.loads).toBe(1)
  })

  it('tries again at once after a first failure, then after growing waits', async () => {
    const made = bed()
    made.load = () => Promise.reject(new Error('reset'))
    await expect(made.provider()).rejects.toThrow('reset')
    await expect(made.provider()).rejects.toThrow('reset')
    expect(made.loads).toBe(2)
    for (let call = 0; call < 100; call++) await expect(made.provider()).rejects.toThrow('reset')
    expect(made.loads).toBe(2)
    made.clock.advance(500)
    await expect(made.provider()).rejects.toThrow('reset')
    expect(made.loads).toBe(3)
    made.clock.advance(500)
    await expect(made.provider()).rejects.toThrow('reset')
    expect(made.loads).toBe(3)
  })

  it.each([
    [() => 0, 2 * SECOND],
    [() => 1 - Number.EPSILON, 5 * SECOND],
  ])('remembers a refusal for 2 to 5 seconds', async (random, memoryMs) => {
    const made = bed({ random })
    made.load = () => Promise.reject(refused)
    await expect(made.provider()).rejects.toBe(refused)
    made.clock.advance(memoryMs - 1)
    await expect(made.provider()).rejects.toBe(refused)
    expect(made.loads).toBe(1)
    made.clock.advance(1)
    await expect(made.provider()).rejects.toBe(refused)
    expect(made.loads).toBe(2)
  })

  it('asks at most once in 2 seconds for an hour, whatever fails', async () => {
    for (const error of [refused, outage, new Error('reset')]) {
      const made = bed({ random: seeded(1) })
      made.load = () => Promise.reject(error)
      for (let second = 0; second < 3_600; second++) {
        await expect(made.provider()).rejects.toBe(error)
        made.clock.advance(SECOND)
      }
      expect(made.loads).toBeLessThan(1_800)
    }
  })

  it('does not hand out what has expired already', async () => {
    const made = bed({ lifeMs: 5 * SECOND })
    await expect(made.provider()).rejects.toMatchObject({ code: 'CREDENTIALS_EXPIRED' })
  })

  it('does not hand out what is no credential', async () => {
    const made = bed()
    made.load = async () => undefined as never
    await expect(made.provider()).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE' })
  })

  it.each([
    ['a text', '2026-11-23T19:11:00Z'],
    ['a number', 1_800_000_000_000],
    ['no time at all', new Date(Number.NaN)],
  ])('does not hand out what expires at %s', async (_, expiration) => {
    const made = bed()
    made.load = async () => ({ ...credentialsOf(1, 0), expiration: expiration as Date })
    await expect(made.provider()).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE' })
  })

  it('survives a provider that throws instead of rejecting', async () => {
    const made = bed()
    made.load = () => {
      throw outage
    }
    await expect(made.provider()).rejects.toBe(outage)
  })

  it('is ready when credentials are held, and says why not', async () => {
    const made = bed()
    made.load = () => Promise.reject(refused)
    await expect(made.provider.ready()).rejects.toBe(refused)
    made.clock.advance(5 * SECOND)
    made.load = async () => credentialsOf(7, made.clock.now() + HOUR)
    await expect(made.provider.ready()).resolves.toBeUndefined()
    expect(made.provider.state.freshness).toBe('fresh')
  })
})

describe('the advisory window', () => {
  it.each([
    [15, 5],
    [20, 5],
    [21, 15],
    [60, 15],
    [89, 15],
    [90, 60],
    [720, 60],
  ])('of credentials that live %i minutes begins %i minutes before their end', async (life, window) => {
    const made = bed({ lifeMs: life * MINUTE })
    await made.provider()
    await made.callAt(window * MINUTE + 1)
    expect(made.loads).toBe(1)
    expect((await made.callAt(window * MINUTE)).accessKeyId).toBe(keyOf(1))
    expect(made.loads).toBe(2)
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
  })

  it('begins up to a tenth later, so that a fleet started together does not load together', async () => {
    const points = new Set<number>()
    for (let instance = 0; instance < 50; instance++) {
      const made = bed({ random: seeded(instance) })
      await made.provider()
      let left = 15 * MINUTE
      await made.callAt(left)
      while (made.loads < 2) await made.callAt((left -= SECOND))
      points.add(left)
    }
    expect(Math.max(...points)).toBeLessThanOrEqual(15 * MINUTE)
    expect(Math.min(...points)).toBeGreaterThanOrEqual(13.5 * MINUTE)
    expect(points.size).toBeGreaterThan(30)
  })

  it('is what the caller configures', async () => {
    const made = bed({ advisoryWindowMs: 30 * MINUTE })
    await made.provider()
    await made.callAt(30 * MINUTE + 1)
    expect(made.loads).toBe(1)
    await made.callAt(30 * MINUTE)
    expect(made.loads).toBe(2)
  })

  it('makes nobody wait: the held credentials at once, one load behind all callers', async () => {
    const made = bed()
    await made.provider()
    const loading = deferred<AwsCredentialIdentity>()
    made.load = () => loading.promise
    for (let call = 0; call < 10; call++) expect((await made.callAt(10 * MINUTE)).accessKeyId).toBe(keyOf(1))
    expect(made.loads).toBe(2)
    loading.resolve(credentialsOf(2, made.clock.now() + HOUR))
    await settled()
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
  })

  it('survives every failure with what is held, and waits 5 s, doubling, before the next attempt', async () => {
    const made = bed()
    await made.provider()
    made.load = () => Promise.reject(outage)
    const attempts: number[] = []
    for (let left = 15 * MINUTE; left > 61 * SECOND; left -= SECOND) {
      const { loads } = made
      expect((await made.callAt(left)).accessKeyId).toBe(keyOf(1))
      if (made.loads > loads) attempts.push(left / SECOND)
    }
    const waits = attempts.slice(1).map((left, i) => (attempts[i] as number) - left)
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 30, 30])
    expect(made.events.filter(({ type }) => type === 'load-failed').length).toBe(attempts.length)
  })

  it('draws each wait between itself and its double', async () => {
    const made = bed({ random: () => 1 - Number.EPSILON })
    await made.provider()
    made.load = () => Promise.reject(outage)
    await made.callAt(13 * MINUTE)
    await made.callAt(13 * MINUTE - 9 * SECOND)
    expect(made.loads).toBe(2)
    await made.callAt(13 * MINUTE - 10 * SECOND)
    expect(made.loads).toBe(3)
  })

  it('leaves alone who refused it for 60 s, doubling to 600 s', async () => {
    const made = bed({ lifeMs: 12 * HOUR })
    await made.provider()
    made.load = () => Promise.reject(refused)
    const attempts: number[] = []
    for (let left = HOUR; left > 2 * MINUTE; left -= SECOND) {
      const { loads } = made
      await made.callAt(left)
      if (made.loads > loads) attempts.push(left / SECOND)
    }
    const waits = attempts.slice(1).map((left, i) => (attempts[i] as number) - left)
    expect(waits.slice(0, 5)).toEqual([60, 120, 240, 300, 300])
  })

  it('takes what is no newer for a failure', async () => {
    const made = bed()
    const first = credentialsOf(1, made.clock.now() + HOUR)
    made.load = async () => first
    await made.provider()
    await made.callAt(10 * MINUTE)
    expect(made.provider.state.lastLoad).toMatchObject({ outcome: 'failed', reason: 'EXCHANGE_IMPLAUSIBLE' })
    await made.callAt(10 * MINUTE - 4 * SECOND)
    expect(made.loads).toBe(2)
    await made.callAt(10 * MINUTE - 5 * SECOND)
    expect(made.loads).toBe(3)
  })

  it('never gives up newer credentials for older ones', async () => {
    const made = bed()
    await made.provider()
    made.load = async () => credentialsOf(2, made.clock.now() + 5 * MINUTE)
    await made.callAt(10 * MINUTE)
    expect((await made.provider()).accessKeyId).toBe(keyOf(1))
  })
})

describe('in the last minute', () => {
  it('callers get what one load brings', async () => {
    const made = bed()
    await made.provider()
    const answers = Promise.all([made.callAt(30 * SECOND), made.provider(), made.provider()])
    expect((await answers).map(({ accessKeyId }) => accessKeyId)).toEqual([keyOf(2), keyOf(2), keyOf(2)])
    expect(made.loads).toBe(2)
  })

  it('callers wait for at most half of what is left, together, and get what is held', async () => {
    const made = bed()
    await made.provider()
    made.load = () => new Promise(() => undefined)
    const pass = deadlinesByHand()
    const answers: string[] = []
    const first = made.callAt(5.2 * SECOND).then(({ accessKeyId }) => answers.push(accessKeyId))
    await pass(60)
    const second = made.provider().then(({ accessKeyId }) => answers.push(accessKeyId))
    await pass(39)
    expect(answers).toEqual([])
    await pass(1)
    await Promise.all([first, second])
    expect(answers).toEqual([keyOf(1), keyOf(1)])
  })

  it('a failed load costs nobody anything', async () => {
    const made = bed()
    await made.provider()
    made.load = () => Promise.reject(outage)
    expect((await made.callAt(30 * SECOND)).accessKeyId).toBe(keyOf(1))
  })

  it('an attempt is made every 10 s at least, however long the waits were before', async () => {
    const made = bed({ random: () => 1 - Number.EPSILON })
    await made.provider()
    made.load = () => Promise.reject(outage)
    for (let left = 13 * MINUTE; left > MINUTE; left -= SECOND) await made.callAt(left)
    const before = made.loads
    for (let left = MINUTE; left > 5 * SECOND; left -= SECOND) await made.callAt(left)
    expect(made.loads - before).toBeGreaterThanOrEqual(5)
  })
})

describe('expired credentials', () => {
  it('are not handed out from 5 seconds before their expiration on', async () => {
    const made = bed()
    await made.provider()
    made.load = () => Promise.reject(outage)
    expect((await made.callAt(5 * SECOND + 1)).accessKeyId).toBe(keyOf(1))
    await expect(made.callAt(5 * SECOND)).rejects.toBe(outage)
    expect(made.provider.state.freshness).toBe('expired')
  })

  it('are replaced by what a load brings that began when they were not', async () => {
    const made = bed()
    await made.provider()
    const loading = deferred<AwsCredentialIdentity>()
    made.load = () => loading.promise
    await made.callAt(10 * MINUTE)
    made.clock.advance(2 * SECOND)
    const late = made.callAt(-HOUR + 50 * MINUTE)
    loading.resolve(credentialsOf(2, made.clock.now() + HOUR))
    expect((await late).accessKeyId).toBe(keyOf(2))
  })
})

describe('a key that AWS refused', () => {
  it('is replaced by the next call', async () => {
    const made = bed()
    await made.provider()
    made.provider.invalidate(keyOf(1))
    expect(made.provider.state.suspect).toBe(true)
    const answers = await Promise.all([made.provider(), made.provider()])
    expect(answers.map(({ accessKeyId }) => accessKeyId)).toEqual([keyOf(2), keyOf(2)])
    expect(made.loads).toBe(2)
    expect(made.provider.state.suspect).toBe(false)
  })

  it('is replaced even by one that expires sooner', async () => {
    const made = bed()
    await made.provider()
    made.load = async () => credentialsOf(2, made.clock.now() + 15 * MINUTE)
    made.provider.invalidate(keyOf(1))
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
  })

  it('means nothing where it is not the one that is held', async () => {
    const made = bed()
    await made.provider()
    made.provider.invalidate(keyOf(9))
    await made.provider()
    expect(made.loads).toBe(1)
  })

  it('is served until there is another, which is asked for at most once in 5 minutes', async () => {
    const made = bed()
    await made.provider()
    const same = credentialsOf(1, made.clock.now() + HOUR)
    made.load = async () => same
    for (let minute = 0; minute < 30; minute++) {
      made.provider.invalidate(keyOf(1))
      expect((await made.provider()).accessKeyId).toBe(keyOf(1))
      await settled()
      made.clock.advance(MINUTE)
    }
    expect(made.loads - 1).toBeLessThanOrEqual(6)
    expect(made.loads - 1).toBeGreaterThanOrEqual(5)
  })

  it('does not come back, whoever brings it', async () => {
    const made = bed()
    await made.provider()
    made.provider.invalidate(keyOf(1))
    await made.provider()
    made.load = async () => credentialsOf(1, made.clock.now() + HOUR)
    await made.callAt(10 * MINUTE)
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
  })

  it('that is replaced again is replaced 5 minutes later at the soonest', async () => {
    const made = bed()
    await made.provider()
    made.provider.invalidate(keyOf(1))
    await made.provider()
    made.provider.invalidate(keyOf(2))
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
    made.clock.advance(5 * MINUTE)
    await made.provider()
    await settled()
    expect((await made.provider()).accessKeyId).toBe(keyOf(3))
  })
})

describe('forceRefresh', () => {
  it('loads again, at most once in 10 seconds, for all callers together', async () => {
    const made = bed()
    await made.provider()
    const force = (): Promise<AwsCredentialIdentity> => made.provider({ forceRefresh: true })
    made.clock.advance(MINUTE)
    const answers = await Promise.all([force(), force(), force()])
    expect(new Set(answers.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set([keyOf(2)]))
    made.clock.advance(10 * SECOND - 1)
    await force()
    expect(made.loads).toBe(2)
    made.clock.advance(1)
    await force()
    expect(made.loads).toBe(3)
  })

  it('gives what came meanwhile, if that is not what the SDK got last', async () => {
    const made = bed()
    await made.provider()
    await made.callAt(10 * MINUTE)
    expect((await made.provider({ forceRefresh: true })).accessKeyId).toBe(keyOf(2))
    expect(made.loads).toBe(2)
  })

  it('costs nothing when it fails', async () => {
    const made = bed()
    await made.provider()
    made.load = () => Promise.reject(refused)
    expect((await made.provider({ forceRefresh: true })).accessKeyId).toBe(keyOf(1))
    made.clock.advance(59 * SECOND)
    await made.provider({ forceRefresh: true })
    expect(made.loads).toBe(2)
  })
})

describe('a load that was frozen with its process', () => {
  it('is given up without a wait for the next, which its first caller awaits alone', async () => {
    const made = bed()
    await made.provider()
    made.load = () => new Promise(() => undefined)
    await made.callAt(10 * MINUTE)
    made.clock.advance(16 * SECOND + 1)
    const next = deferred<AwsCredentialIdentity>()
    made.load = () => next.promise
    const [first, second] = [made.provider(), made.provider()]
    expect((await second).accessKeyId).toBe(keyOf(1))
    next.resolve(credentialsOf(3, made.clock.now() + HOUR))
    expect((await first).accessKeyId).toBe(keyOf(3))
    expect(made.loads).toBe(3)
    expect(made.events.map(({ type }) => type)).toContain('frozen')
  })

  it('is as good as any if it comes after all', async () => {
    const made = bed()
    await made.provider()
    const frozen = deferred<AwsCredentialIdentity>()
    made.load = () => frozen.promise
    await made.callAt(10 * MINUTE)
    made.clock.advance(17 * SECOND)
    made.load = () => Promise.reject(outage)
    await made.provider()
    frozen.resolve(credentialsOf(2, made.clock.now() + HOUR))
    await settled()
    expect((await made.provider()).accessKeyId).toBe(keyOf(2))
  })

  it('fails without a back-off', async () => {
    const made = bed()
    await made.provider()
    const frozen = deferred<AwsCredentialIdentity>()
    made.load = () => frozen.promise
    await made.callAt(10 * MINUTE)
    made.clock.advance(17 * SECOND)
    frozen.reject(outage)
    await settled()
    made.load = async () => credentialsOf(3, made.clock.now() + HOUR)
    expect((await made.provider()).accessKeyId).toBe(keyOf(3))
  })
})

describe('a load that does not end', () => {
  it.each([
    [8 * SECOND, {}],
    [50, { loadTimeoutMs: 50 }],
  ])('is over after its deadline of %i ms', async (deadlineMs, options) => {
    const made = bed(options)
    made.load = () => new Promise(() => undefined)
    const pass = deadlinesByHand()
    let error: unknown
    made.provider().catch((reason: unknown) => (error = reason))
    await pass(deadlineMs - 1)
    expect(error).toBeUndefined()
    await pass(1)
    expect(error).toMatchObject({ code: 'LOAD_TIMED_OUT', retryable: true })
    expect(error).toHaveProperty('message', expect.stringContaining('the provider did not answer'))
  })

  it('is taken if it comes after its deadline', async () => {
    const made = bed()
    const loading = deferred<AwsCredentialIdentity>()
    made.load = () => loading.promise
    const pass = deadlinesByHand()
    const late = made.provider().catch(({ code }: KeyferryError) => code)
    await pass(8 * SECOND)
    expect(await late).toBe('LOAD_TIMED_OUT')
    loading.resolve(credentialsOf(5, made.clock.now() + HOUR))
    await settled()
    expect((await made.provider()).accessKeyId).toBe(keyOf(5))
    expect(made.loads).toBe(1)
  })
})

describe('what it tells', () => {
  it('the state holds no secret, and follows the life of what is held', async () => {
    const made = bed()
    expect(made.provider.state).toEqual({
      freshness: 'empty',
      kind: 'provider',
      suspect: false,
      loading: false,
    })
    await made.provider()
    const expiration = new Date(made.clock.now() + HOUR)
    expect(made.provider.state).toEqual({
      freshness: 'fresh',
      kind: 'provider',
      origin: 'provider',
      key: '…0001',
      expiration,
      suspect: false,
      loading: false,
      lastLoad: { at: new Date(made.clock.now()), outcome: 'newer' },
    })
    made.load = () => new Promise(() => undefined)
    await made.callAt(15 * MINUTE)
    expect(made.provider.state).toMatchObject({ freshness: 'advisory', loading: true })
    made.clock.advance(14 * MINUTE)
    expect(made.provider.state.freshness).toBe('mandatory')
    made.clock.advance(55 * SECOND)
    expect(made.provider.state.freshness).toBe('expired')
  })

  it('a listener that throws or rejects breaks nothing', async () => {
    const provider = refreshAhead(async () => credentialsOf(1, Date.now() + HOUR), {
      onEvent: () => {
        throw new Error('listener')
      },
    })
    await provider()
    const other = refreshAhead(async () => credentialsOf(1, Date.now() + HOUR), {
      onEvent: () => Promise.reject(new Error('listener')) as never,
    })
    expect((await other()).accessKeyId).toBe(keyOf(1))
  })

  it('foreign errors are told by their name alone', async () => {
    const made = bed()
    made.load = () => Promise.reject(new TypeError('PLANTED'))
    await expect(made.provider()).rejects.toThrow('PLANTED')
    expect(made.events).toEqual([
      { at: new Date(made.clock.now()), level: 'warning', type: 'load-failed', reason: 'TypeError' },
    ])
  })
})

describe('options that cannot work', () => {
  it('are refused together, when the provider is made', () => {
    expect(() => refreshAhead('x' as never, { advisoryWindowMs: 0, loadTimeoutMs: Number.NaN })).toThrow(
      /loadTimeoutMs.*load must be a function.*advisoryWindowMs/,
    )
  })
})

describe('a provider as a source', () => {
  interface SourceBed {
    clock: VirtualClock
    source: CredentialSource<AwsCredentialIdentity>
    held: Held<AwsCredentialIdentity>
    loads: number
    /** What it gives: number 2, an hour from now, unless the test says otherwise. */
    given: AwsCredentialIdentity | undefined
    mints: number
    ask(purpose: LoadTask<unknown>['purpose']): Promise<string | undefined>
    /** Seconds until it is asked again. */
    dueIn(): number
  }

  function sourceBed(): SourceBed {
    const clock = virtualClock()
    const now = clock.now()
    const credentials = credentialsOf(1, now + HOUR)
    const promise = Promise.resolve<AwsCredentialIdentity>(credentials)
    const made: SourceBed = {
      clock,
      loads: 0,
      given: undefined,
      mints: 0,
      held: { credentials, promise, origin: 'provider', since: now, expiresAt: now + HOUR, suspect: false },
      source: providerSource(
        async () => {
          expect(made.mints).toBe(++made.loads)
          return made.given ?? credentialsOf(2, clock.now() + HOUR + MINUTE)
        },
        { clock, random: () => 0 },
      ),
      async ask(purpose) {
        const mints = (): void => void made.mints++
        const loaded = await made.source.load({ purpose, held: made.held, mints, withdraw: () => undefined })
        return loaded?.credentials.accessKeyId
      },
      dueIn: () => (made.source.dueAt(made.held, clock.now()) - clock.now()) / SECOND,
    }
    made.source.onHeld(made.held)
    return made
  }

  it('says that it mints before it does', async () => {
    const made = sourceBed()
    expect(await made.ask('due')).toBe(keyOf(2))
    expect([made.mints, made.loads]).toEqual([1, 1])
  })

  it('of a key that AWS refuses is asked once in five minutes, however often that is looked into', async () => {
    const made = sourceBed()
    made.held.suspect = true
    await made.ask('suspect')
    made.clock.advance(5 * MINUTE - 1)
    expect(await made.ask('suspect')).toBeUndefined()
    expect(await made.ask('forced')).toBeUndefined()
    expect([made.loads, made.dueIn()]).toEqual([1, 0.001])
    made.clock.advance(1)
    await made.ask('suspect')
    expect(made.loads).toBe(2)
    await made.ask('due')
    expect(made.loads).toBe(3)
  })

  it('of such a key is asked no later where the clock was set back', async () => {
    const made = sourceBed()
    made.held.suspect = true
    await made.ask('suspect')
    made.clock.advance(-24 * HOUR)
    made.source.onThawed(made.clock.now())
    expect(made.dueIn()).toBe(300)
    expect(await made.ask('suspect')).toBeUndefined()
    made.clock.advance(5 * MINUTE)
    await made.ask('suspect')
    expect(made.loads).toBe(2)
  })

  it('is asked for another key than the refused one soon after that', async () => {
    const made = sourceBed()
    made.held.suspect = true
    await made.ask('suspect')
    made.held.suspect = false
    await made.ask('forced')
    expect(made.loads).toBe(2)
  })

  it('is not forced while it must be left alone', async () => {
    const made = sourceBed()
    made.source.onFailed(refused, made.clock.now())
    made.clock.advance(MINUTE - 1)
    expect(await made.ask('forced')).toBeUndefined()
    made.clock.advance(1)
    expect(await made.ask('forced')).toBe(keyOf(2))
  })

  it('in place of a refused key may give what expires sooner, and not the same again', async () => {
    const made = sourceBed()
    made.held.suspect = true
    made.given = credentialsOf(1, made.clock.now() + HOUR)
    await expect(made.ask('suspect')).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE', retryable: true })
    made.given = credentialsOf(3, made.clock.now() + MINUTE)
    expect(await made.ask('due')).toBe(keyOf(3))
  })

  it('in place of any other key may not give what expires sooner', async () => {
    const made = sourceBed()
    made.given = credentialsOf(3, made.clock.now() + 30 * MINUTE)
    await expect(made.ask('due')).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE' })
  })

  it('that fails in the last minute is asked again after ten seconds at most, unless it refused', async () => {
    const made = sourceBed()
    made.clock.advance(HOUR - 50 * SECOND)
    const waits = [outage, outage, outage].map((error) => {
      made.source.onFailed(error, made.clock.now())
      return made.dueIn()
    })
    expect(waits).toEqual([5, 10, 10])
    made.source.onFailed(refused, made.clock.now())
    expect(made.dueIn()).toBe(60)
  })

  it.each([
    ['something is held', (made: SourceBed) => made.source.onHeld(made.held)],
    ['the process was frozen', (made: SourceBed) => made.source.onThawed(made.clock.now())],
  ])('has its failures forgotten when %s', (_, forget) => {
    for (const [error, seconds] of [
      [outage, 5],
      [refused, 60],
    ] as const) {
      const made = sourceBed()
      made.clock.advance(50 * MINUTE)
      for (let i = 0; i < 3; i++) made.source.onFailed(error, made.clock.now())
      forget(made)
      expect(made.dueIn()).toBeLessThanOrEqual(0)
      made.source.onFailed(error, made.clock.now())
      expect(made.dueIn()).toBe(seconds)
    }
  })
})

describe('what every client is made of', () => {
  it.each([
    [10, 'warning'],
    [15, 'warning'],
    [16, 'error'],
  ])(
    'tells of a clock that is wrong by %i minutes, as a %s, and that it is right again',
    (minutes, level) => {
      const events: KeyferryEvent[] = []
      const local = virtualClock()
      const { clock } = clientParts({ clock: local, onEvent: (event) => void events.push(event) })
      const see = (offsetMs: number): void => {
        // Dates have whole seconds: half of one is added to what they say.
        const at = local.now() - SECOND / 2
        clock.observe(new Date(local.now() + offsetMs).toUTCString(), at + SECOND, at + SECOND)
      }
      for (let i = 0; i < 2; i++) see(minutes * MINUTE)
      for (let i = 0; i < 5; i++) see(0)
      const aheadMs = -minutes * MINUTE
      expect(events).toMatchObject([
        { level, type: 'clock-skew', aheadMs, correctionMs: Math.min(15, minutes) * MINUTE },
        { level: 'info', type: 'clock-skew', aheadMs: 0, correctionMs: 0 },
      ])
    },
  )

  it('says which secret it is about, where there is one', () => {
    const events: KeyferryEvent[] = []
    const onEvent = (event: KeyferryEvent): void => void events.push(event)
    clientParts({ onEvent }, 'projects/p/secrets/s').tell('info', { type: 'frozen', tookMs: 1 })
    clientParts({ onEvent }).tell('info', { type: 'frozen', tookMs: 1 })
    expect(events[0]?.secret).toBe('projects/p/secrets/s')
    expect(events[1]).not.toHaveProperty('secret')
  })

  it('leaves no timer behind once it has what it waited for', async () => {
    deadlinesByHand()
    const made = bed()
    await made.provider()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('cannot have a deadline of nothing', () => {
    expect(() => refreshAhead(async () => credentialsOf(1, 0), { loadTimeoutMs: 0 })).toThrow(/loadTimeoutMs/)
  })
})
