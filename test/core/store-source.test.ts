import { describe, expect, it } from 'vitest'
import type { CredentialSource, Held, Loaded, LoadTask } from '../../shared/core/credential-source.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { Fallback } from '../../shared/core/fallback.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { storeSource, type StoreSourceOptions } from '../../shared/core/store-source.ts'
import { expectation } from '../../shared/core/version-reading.ts'
import { credentialsOf, EXCHANGE } from '../bed/credentials.ts'
import { denied, fakeSecret, GARBAGE, quotaUsedUp, unreadable, type FakeSecret } from '../bed/fake-secret.ts'
import { HOUR, MINUTE, SECOND, virtualClock, type VirtualClock } from '../bed/virtual-clock.ts'

const outage = new KeyferryError('EXCHANGE_FAILED', 'Later.', { retryable: true })
const SECRET = 'projects/demo/secrets/aws-app'

interface Bed {
  clock: VirtualClock
  secret: FakeSecret
  source: CredentialSource<SessionCredentials>
  told: string[]
  reconnects: number
  withdrawn: KeyferryError[]
  /** Loads, and holds what came. */
  load(purpose: LoadTask<SessionCredentials>['purpose']): Promise<Loaded<SessionCredentials> | undefined>
  held: Held<SessionCredentials> | undefined
  /** Minutes from now until it looks again, for what is held. */
  looksIn(): number
}

/** The source of a reader that may not mint, on one version of an hour; what is drawn is `drawn` of its span. */
function bed(options: Partial<StoreSourceOptions> & { drawn?: number } = {}): Bed {
  const { drawn = 0, ...rest } = options
  const clock = virtualClock()
  const secret = fakeSecret(clock)
  secret.refresh()
  const source = storeSource({
    secret: SECRET,
    secrets: secret,
    expected: expectation(SECRET, undefined),
    peekMs: 0,
    clock,
    random: () => drawn,
    tell: (_, { type }) => void made.told.push(type),
    pause: async () => undefined,
    reconnect: () => void made.reconnects++,
    ...rest,
  })
  const made: Bed = {
    clock,
    secret,
    source,
    told: [],
    reconnects: 0,
    withdrawn: [],
    held: undefined,
    async load(purpose) {
      const { held } = made
      const withdraw = (reason: KeyferryError): void => void made.withdrawn.push(reason)
      const loaded = await source.load({ purpose, held, withdraw, mints: () => undefined })
      if (loaded) hold(loaded)
      return loaded
    },
    looksIn: () => (source.dueAt(made.held as Held<SessionCredentials>, clock.now()) - clock.now()) / MINUTE,
  }
  function hold(loaded: Loaded<SessionCredentials>): void {
    const { expiration } = loaded.credentials
    const about = { promise: Promise.resolve(loaded.credentials), since: clock.now(), suspect: false }
    made.held = { ...loaded, ...about, expiresAt: expiration.getTime() }
    source.onHeld(made.held)
  }
  return made
}

describe('what is held', () => {
  it.each([
    [0, 20],
    [0.5, 25],
    [1, 30],
  ])(
    'is looked after from RefreshAfter on, up to a sixth of its life later: drawn %d',
    async (drawn, minutes) => {
      const { load, looksIn } = bed({ drawn })
      await load('first')
      expect(looksIn()).toBe(minutes)
    },
  )

  it('is looked after within a sixth of a short life too', async () => {
    const { secret, load, looksIn } = bed({ drawn: 1 })
    secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 900 } })
    await load('first')
    expect(looksIn()).toBe(5 + 2.5)
  })

  it('is looked after two minutes after a failure at most', async () => {
    const { clock, source, load, looksIn } = bed({ drawn: 1 })
    await load('first')
    source.onFailed(new KeyferryError('SECRET_UNREADABLE', 'Later.', { retryable: true }), clock.now())
    expect(looksIn()).toBe(2)
  })

  it('is looked after ten minutes later at most, however long it lives', async () => {
    const { clock, secret, load, looksIn } = bed({ drawn: 1 })
    secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    clock.advance(MINUTE)
    await load('first')
    expect(looksIn()).toBe(4 * 60 + 10 - 1)
  })

  it('is looked after by what is left of its life, where it does not say when a newer one is due', async () => {
    const { clock, secret, load, looksIn } = bed()
    const { Keyferry: _, ...plain } = JSON.parse(
      new TextDecoder().decode((await secret.read(1)).payload),
    ) as Record<string, unknown>
    secret.put(new TextEncoder().encode(JSON.stringify(plain)))
    clock.advance(15 * MINUTE)
    const loaded = await load('first')
    expect(loaded?.provenance).toBeUndefined()
    expect(looksIn()).toBe(45 - 15)
  })

  it('is looked after at once by number, where a newer one was due already when it came', async () => {
    const { clock, secret, load, looksIn } = bed()
    clock.advance(20 * MINUTE - 1)
    await load('first')
    expect(looksIn()).toBeGreaterThan(0)
    const late = bed()
    late.clock.advance(20 * MINUTE)
    await late.load('first')
    expect(late.looksIn()).toBe(0)
    late.secret.reads.length = 0
    await late.load('due')
    expect(late.secret.reads).toEqual([2, 3, 1])
    expect(secret.reads).toEqual(['latest'])
  })

  it('is looked after every minute or two from then on, and every five to ten seconds in its last minute', async () => {
    const { clock, load, looksIn } = bed({ drawn: 0.5 })
    await load('first')
    clock.advance(25 * MINUTE)
    await load('due')
    expect(looksIn()).toBe(1.5)
    clock.advance(34 * MINUTE)
    await load('due')
    expect(looksIn() * 60).toBe(7.5)
  })

  it('is looked after as its last minute begins, once, whatever the wait was', async () => {
    const { clock, load, looksIn, source } = bed()
    await load('first')
    clock.advance(58.5 * MINUTE)
    await load('due')
    expect(looksIn()).toBe(1)
    source.onFailed(new KeyferryError('SECRET_DENIED', 'No.'), clock.now())
    clock.advance(0.5 * MINUTE)
    expect(looksIn()).toBe(0)
    await load('due')
    expect(looksIn() * 60).toBe(5)
  })

  it('is looked after in between where a peek is wished for', async () => {
    const { load, looksIn } = bed({ peekMs: 3 * MINUTE })
    await load('first')
    expect(looksIn()).toBe(3)
  })
})

describe('a look', () => {
  it('is a glance, every tenth one asks latest, and so does one that comes after more than an hour', async () => {
    const { secret, load, clock } = bed({ peekMs: MINUTE })
    secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    await load('first')
    const ways: unknown[] = []
    for (let look = 0; look < 11; look++) {
      secret.reads.length = 0
      await load('due')
      ways.push(secret.reads[0])
    }
    expect(ways).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 'latest', 3])
    clock.advance(HOUR)
    secret.reads.length = 0
    await load('due')
    clock.advance(HOUR + 1)
    await load('due')
    expect([secret.reads[0], secret.reads[1]]).toEqual([3, 'latest'])
  })

  it('that is forced, or because AWS refuses the key, is by number', async () => {
    const { secret, load } = bed()
    await load('first')
    for (const purpose of ['forced', 'suspect'] as const) {
      secret.reads.length = 0
      expect(await load(purpose)).toBeUndefined()
      expect(secret.reads).toEqual([2, 3, 1])
    }
  })

  it.each(['forced', 'suspect'] as const)(
    'that is %s and finds no secret any more says so',
    async (purpose) => {
      const { secret, load, told } = bed()
      await load('first')
      secret.recreate()
      await load(purpose)
      expect(told).toEqual(['recreated', 'read-failed'])
    },
  )

  it('that only glances at the next number says nothing where that is not there', async () => {
    const { clock, secret, load, told } = bed()
    await load('first')
    secret.reads.length = 0
    clock.advance(20 * MINUTE)
    await load('due')
    expect([secret.reads, told]).toEqual([[2], []])
  })

  it('that sees the held version disabled withdraws it; an error says which secret', async () => {
    const stopped = bed()
    await stopped.load('first')
    stopped.secret.change(1, 'SECRET_DISABLED')
    await stopped.load('forced')
    expect(stopped.withdrawn).toMatchObject([{ code: 'SECRET_STOPPED', resource: SECRET }])
    expect(stopped.told).toEqual(['stopped'])
  })

  it('that sees a newer version disabled withdraws nothing', async () => {
    const { load, secret, withdrawn, told } = bed()
    await load('first')
    secret.put('SECRET_DISABLED')
    await load('due')
    expect(withdrawn).toEqual([])
    expect(told).toEqual(['stopped'])
  })

  it('by who holds nothing is rejected with the stop', async () => {
    const { load, secret, withdrawn } = bed()
    secret.change(1, 'SECRET_DISABLED')
    await expect(load('first')).rejects.toMatchObject({ code: 'SECRET_STOPPED', resource: SECRET })
    expect(withdrawn).toEqual([])
  })
})

describe('a failure', () => {
  it('that may pass waits a minute or two, a refusal a minute and doubling, until something went well', async () => {
    const { clock, secret, load, looksIn, source } = bed()
    await load('first')
    const after = (fail: () => never): number => {
      try {
        return fail()
      } catch (error) {
        source.onFailed(error, clock.now())
        return looksIn()
      }
    }
    expect([after(unreadable), after(denied), after(denied), after(unreadable)]).toEqual([1, 1, 2, 1])
    await load('due')
    expect([after(denied), after(denied)]).toEqual([1, 2])
    source.onThawed(clock.now())
    expect(after(denied)).toBe(1)
    expect(after(denied)).toBe(2)
    secret.refresh()
    await load('forced')
    expect(after(denied)).toBe(1)
  })

  it('of a process that was frozen is made up for at once, over new connections', async () => {
    const made = bed()
    await made.load('first')
    made.source.onFailed(new KeyferryError('SECRET_DENIED', 'No.'), made.clock.now())
    made.source.onThawed(made.clock.now())
    expect(made.looksIn()).toBe(0)
    expect(made.reconnects).toBe(1)
  })
})

/** The same with a fallback that does what the test says: it mints number 50, of an hour. */
interface MintingBed extends Bed {
  draws: number
  mints: number
  pointAt: number
  /** Whether a key that AWS refuses is replaced at once. */
  replaces: boolean
  /** Whether the decision may be put off. */
  putsOff: boolean
  /** What the exchange does instead of working. */
  fault: KeyferryError | undefined
  /** What the fallback was told to back off from. */
  failures: unknown[]
  /** How long it paused before an exchange. */
  pauses: number[]
  /** Life of what it mints. */
  mintedMs: number
  /** The version that this was published as. */
  publishedAs: number | undefined
  /** What it was told to mint over, and instead of which error. */
  minted: unknown[]
}

function mintingBed(options: Parameters<typeof bed>[0] = {}): MintingBed {
  const own: Fallback = {
    publishes: true,
    draw: () => void made.draws++,
    dueAt: () => made.pointAt,
    putsOff: () => made.putsOff,
    replacesSuspectNow: () => made.replaces,
    mint: async (_, ...over) => {
      made.mints++
      made.minted = over
      if (made.fault) throw made.fault
      const now = made.clock.now()
      return {
        credentials: credentialsOf(50, now + made.mintedMs),
        origin: 'exchange',
        ...(made.publishedAs && { version: made.publishedAs }),
        provenance: { issuedAt: new Date(now), refreshAfter: new Date(now + 20 * MINUTE) },
      }
    },
    onFailed: (error) => void made.failures.push(error),
    forgetFailures: () => undefined,
  }
  const pauses: number[] = []
  const pause = async (ms: number): Promise<void> => void pauses.push(ms)
  const made = Object.assign(bed({ fallback: Promise.resolve(own), pause, ...options }), {
    draws: 0,
    mints: 0,
    pointAt: Infinity,
    replaces: false,
    putsOff: false,
    fault: undefined,
    failures: [],
    pauses,
    mintedMs: HOUR,
    publishedAs: undefined,
    minted: [],
  }) as MintingBed
  return made
}

describe('at its own point', () => {
  it('an instance that was away draws once more, looks, and mints the next time', async () => {
    const made = mintingBed()
    await made.load('first')
    made.clock.advance(40 * MINUTE)
    made.pointAt = made.clock.now()
    await made.load('due')
    expect([made.draws, made.mints]).toEqual([2, 0])
    made.clock.advance(5 * MINUTE)
    await made.load('due')
    expect(made.mints).toBe(1)
  })

  it('an instance that has looked within four minutes mints at once', async () => {
    for (const [awayMs, mints] of [
      [4 * MINUTE, 1],
      [4 * MINUTE + 1, 0],
    ] as const) {
      const made = mintingBed()
      await made.load('first')
      made.clock.advance(awayMs)
      made.pointAt = made.clock.now()
      await made.load('due')
      expect(made.mints).toBe(mints)
    }
  })

  it.each([
    ['its quota is used up, and the fallback waits no longer', quotaUsedUp, false],
    ['it fails in another way', unreadable, true],
  ])('an instance mints where the secret cannot be read: %s', async (_, fault, putsOff) => {
    const made = mintingBed()
    await made.load('first')
    made.pointAt = made.clock.now()
    Object.assign(made, { putsOff })
    made.secret.readFault = fault
    await made.load('due')
    expect([made.mints, made.told]).toEqual([1, ['read-failed']])
  })

  it('an instance fails to load where the quota is used up, and the fallback puts its decision off', async () => {
    const made = mintingBed()
    await made.load('first')
    made.pointAt = made.clock.now()
    made.putsOff = true
    made.secret.readFault = quotaUsedUp
    await expect(made.load('due')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    expect(made.mints).toBe(0)
  })

  it('what was put off is no failure of the fallback, and the next one is', async () => {
    const made = mintingBed()
    await made.load('first')
    made.pointAt = made.clock.now()
    made.putsOff = true
    made.secret.readFault = quotaUsedUp
    const failLoad = async (): Promise<void> => {
      const error: unknown = await made.load('due').catch((error: unknown) => error)
      made.source.onFailed(error, made.clock.now())
    }
    await failLoad()
    expect(made.failures).toEqual([])
    made.putsOff = false
    made.fault = outage
    await failLoad()
    expect(made.failures).toEqual([outage])
  })

  it('what AWS refuses is not drawn for again, nor what is in its last minute', async () => {
    const suspect = mintingBed()
    await suspect.load('first')
    suspect.clock.advance(40 * MINUTE)
    suspect.pointAt = suspect.clock.now()
    ;(suspect.held as Held<SessionCredentials>).suspect = true
    await suspect.load('due')
    expect(suspect.mints).toBe(1)
    const late = mintingBed()
    await late.load('first')
    late.clock.advance(59 * MINUTE)
    late.pointAt = late.clock.now()
    await late.load('due')
    expect(late.mints).toBe(1)
  })

  it('nobody mints beside another grant, though a glance found nothing above it and the secret is down', async () => {
    const made = mintingBed()
    await made.load('first')
    made.secret.refresh({ exchange: { ...EXCHANGE, roleArn: 'arn:aws:iam::123456789012:role/other' } })
    await made.load('due')
    await made.load('due')
    expect(made.secret.reads).toEqual(['latest', 2, 3, 4, 3])
    made.secret.readFault = unreadable
    made.pointAt = made.clock.now()
    await expect(made.load('due')).rejects.toMatchObject({ code: 'SECRET_OTHER_GRANT' })
    expect(made.mints).toBe(0)
  })

  it('a look that was not due then mints nothing', async () => {
    const made = mintingBed()
    await made.load('first')
    made.clock.advance(MINUTE)
    made.pointAt = made.clock.now()
    await made.load('forced')
    expect([made.draws, made.mints]).toEqual([1, 0])
  })
})

describe('a start where the secret gives nothing', () => {
  it('pauses up to two seconds before the exchange, for those who came with it, and says why', async () => {
    for (const [drawn, pauseMs] of [
      [0, 0],
      [0.5, SECOND],
      [1, 2 * SECOND],
    ] as const) {
      const made = mintingBed({ drawn })
      made.secret.readFault = unreadable
      await made.load('first')
      expect([made.pauses, made.mints, made.told]).toEqual([[pauseMs], 1, ['read-failed']])
    }
  })

  it('pauses too where the secret is not there, or what is in it is of no use', async () => {
    const absent = mintingBed({ drawn: 0.5 })
    absent.secret.recreate()
    await absent.load('first')
    expect([absent.pauses, absent.told]).toEqual([[SECOND], ['read-failed']])
    const damaged = mintingBed({ drawn: 0.5 })
    damaged.secret.change(1, GARBAGE)
    await damaged.load('first')
    expect([damaged.pauses, damaged.told]).toEqual([[SECOND], ['version-refused', 'read-failed']])
  })

  it.each([
    ['expired', (made: MintingBed) => made.clock.advance(HOUR), ['version-refused']],
    ['destroyed', (made: MintingBed) => made.secret.change(1, 'SECRET_DESTROYED'), []],
  ])('mints at once where the newest version is %s: that is no surprise', async (_, become, told) => {
    const made = mintingBed({ drawn: 0.5 })
    become(made)
    await made.load('first')
    expect([made.pauses, made.mints, made.told]).toEqual([[], 1, told])
  })

  it('hands on what was read, and why it was of no use', async () => {
    const made = mintingBed()
    made.clock.advance(HOUR)
    await made.load('first')
    expect(made.minted).toMatchObject([{ top: { version: 1 } }, { code: 'CREDENTIALS_EXPIRED' }])
    const unread = mintingBed()
    unread.secret.readFault = unreadable
    await unread.load('first')
    expect(unread.minted).toMatchObject([undefined, { code: 'SECRET_UNREADABLE' }])
  })

  it('looks after what it minted from its RefreshAfter on, and not at once', async () => {
    const made = mintingBed()
    made.clock.advance(HOUR)
    await made.load('first')
    expect(made.looksIn()).toBe(20)
  })

  it('without a fallback is rejected with why', async () => {
    const made = bed()
    made.clock.advance(HOUR)
    await expect(made.load('first')).rejects.toMatchObject({ code: 'CREDENTIALS_EXPIRED' })
    made.secret.recreate()
    await expect(made.load('first')).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND', resource: SECRET })
  })

  it('mints nothing beside a stop, or another grant', async () => {
    const stopped = mintingBed()
    stopped.secret.change(1, 'SECRET_DISABLED')
    await expect(stopped.load('first')).rejects.toMatchObject({ code: 'SECRET_STOPPED' })
    expect([stopped.mints, stopped.pauses]).toEqual([0, []])
  })
})

describe('a key that AWS refuses', () => {
  async function suspected(): Promise<MintingBed> {
    const made = mintingBed()
    await made.load('first')
    ;(made.held as Held<SessionCredentials>).suspect = true
    return made
  }

  it('is replaced by an exchange, whose failure the fallback backs off from', async () => {
    const made = await suspected()
    made.replaces = true
    made.fault = new KeyferryError('EXCHANGE_FAILED', 'Later.', { retryable: true })
    await expect(made.load('suspect')).rejects.toBe(made.fault)
    made.source.onFailed(made.fault, made.clock.now())
    expect(made.failures).toEqual([made.fault])
  })

  it('is no failure of the fallback where another load fails after that', async () => {
    const made = await suspected()
    made.replaces = true
    made.fault = new KeyferryError('EXCHANGE_FAILED', 'Later.', { retryable: true })
    await made.load('suspect').catch(() => undefined)
    made.secret.readFault = unreadable
    const failure = await made.load('forced').catch((error: unknown) => error)
    made.source.onFailed(failure, made.clock.now())
    expect(made.failures).toEqual([])
  })

  it('is kept where the time to replace it has not come, or an operator stopped the secret', async () => {
    const early = await suspected()
    expect(await early.load('suspect')).toBeUndefined()
    const stopped = await suspected()
    stopped.replaces = true
    stopped.secret.put('SECRET_DISABLED')
    expect(await stopped.load('suspect')).toBeUndefined()
    expect([early.mints, stopped.mints]).toEqual([0, 0])
  })

  it('is replaced also where the secret cannot be read, which is told', async () => {
    const made = await suspected()
    made.replaces = true
    made.secret.readFault = denied
    await made.load('suspect')
    expect([made.mints, made.told.at(-1)]).toEqual([1, 'read-failed'])
  })

  it('is looked for every minute or two, though nothing is due', async () => {
    const made = await suspected()
    await made.load('suspect')
    expect(made.looksIn()).toBe(1)
  })
})

describe('the highest number that is known', () => {
  it('is that of what this instance published', async () => {
    const made = mintingBed()
    await made.load('first')
    made.pointAt = made.clock.now()
    made.publishedAs = 5
    await made.load('due')
    made.secret.reads.length = 0
    await made.load('forced')
    expect(made.secret.reads[0]).toBe(6)
  })

  it('is none where there was no version: then `latest` is asked', async () => {
    const made = mintingBed()
    made.secret.recreate()
    await made.load('first')
    made.secret.reads.length = 0
    await made.load('forced')
    expect(made.secret.reads[0]).toBe('latest')
  })

  it('is a small one again where `latest` shows something newer under it', async () => {
    const made = bed()
    for (let i = 0; i < 4; i++) made.secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    await made.load('first')
    made.secret.recreate()
    made.clock.advance(HOUR + 1)
    made.secret.refresh({ exchange: { ...EXCHANGE, durationSeconds: 43_200 } })
    await made.load('due')
    expect(made.held?.version).toBe(1)
    made.secret.reads.length = 0
    await made.load('forced')
    expect(made.secret.reads).toEqual([2, 3, 1])
  })

  it('is not that of a version that may become readable again', async () => {
    const made = bed()
    await made.load('first')
    made.secret.put('SECRET_DISABLED')
    await made.load('due')
    made.secret.reads.length = 0
    await made.load('forced')
    expect(made.secret.reads[0]).toBe(2)
  })

  it('lost with its secret lifts the bar of another grant that was in it', async () => {
    const made = mintingBed()
    await made.load('first')
    made.secret.refresh({ exchange: { ...EXCHANGE, roleArn: 'arn:aws:iam::123456789012:role/other' } })
    await made.load('due')
    made.secret.recreate()
    await made.load('forced')
    made.secret.readFault = unreadable
    made.pointAt = made.clock.now()
    await made.load('due')
    expect(made.mints).toBe(1)
  })
})

describe('a refusal', () => {
  it('is forgotten once something is held, wherever that came from', async () => {
    const made = mintingBed()
    await made.load('first')
    made.secret.readFault = denied
    const refusal = new KeyferryError('SECRET_DENIED', 'No.')
    for (let i = 0; i < 3; i++) made.source.onFailed(refusal, made.clock.now())
    made.pointAt = made.clock.now()
    await made.load('due')
    made.pointAt = Infinity
    made.source.onFailed(refusal, made.clock.now())
    expect(made.looksIn()).toBe(1)
  })
})

describe('a process that ends at once, and must have half an hour', () => {
  /** At a time when so many minutes are left of the secret's version. */
  function ending(leftMinutes: number, isMinting = true): MintingBed {
    const made = mintingBed({
      minimumLifeMs: 30 * MINUTE,
      expected: expectation(SECRET, EXCHANGE),
      ...(!isMinting && { fallback: undefined }),
    })
    made.clock.advance((60 - leftMinutes) * MINUTE)
    return made
  }
  const keyOfLoaded = async (made: MintingBed): Promise<string | undefined> =>
    (await made.load('first'))?.credentials.accessKeyId.slice(-2)

  it('takes what `latest` has, if it has that much left', async () => {
    const made = ending(30)
    expect(await keyOfLoaded(made)).toBe('01')
    expect([made.secret.reads, made.mints]).toEqual([['latest'], 0])
  })

  it('else looks for something newer by number, and mints nothing where that is there', async () => {
    const made = ending(29)
    made.secret.lagAt = 1
    made.secret.refresh()
    expect(await keyOfLoaded(made)).toBe('02')
    expect([made.secret.reads[1], made.mints]).toEqual([2, 0])
  })

  it('is content with a newer one that has just so much left', async () => {
    const made = ending(60)
    made.clock.advance(10 * MINUTE)
    made.secret.refresh()
    made.secret.lagAt = 1
    made.clock.advance(30 * MINUTE)
    expect(await keyOfLoaded(made)).toBe('02')
    expect(made.mints).toBe(0)
  })

  it('else mints, over what it has read, and also where that failed', async () => {
    const made = ending(29)
    expect(await keyOfLoaded(made)).toBe('50')
    expect(made.minted).toMatchObject([{ top: { version: 1 } }])
    const half = ending(29)
    half.secret.readFault = (version) => version !== 'latest' && unreadable()
    expect(await keyOfLoaded(half)).toBe('50')
    expect([half.minted[0], half.told]).toEqual([undefined, ['read-failed']])
  })

  it.each([
    ['no later than', 29],
    ['sooner than', 28],
  ])('takes what is there rather than what would expire %s that', async (_, minutes) => {
    const made = ending(29)
    made.mintedMs = minutes * MINUTE
    expect(await keyOfLoaded(made)).toBe('01')
    expect(made.mints).toBe(1)
  })

  it.each([
    ['error', new KeyferryError('EXCHANGE_REFUSED', 'No.')],
    ['warning', new KeyferryError('EXCHANGE_FAILED', 'Later.', { retryable: true })],
  ])('takes what is there where the exchange fails, which is told as an %s', async (level, fault) => {
    const told: unknown[] = []
    const made = ending(29)
    const failing = mintingBed({ minimumLifeMs: 30 * MINUTE, tell: (...event) => void told.push(event) })
    failing.clock.advance(31 * MINUTE)
    failing.fault = fault
    made.fault = fault
    expect([await keyOfLoaded(made), await keyOfLoaded(failing)]).toEqual(['01', '01'])
    expect(told).toEqual([[level, { type: 'load-failed', reason: fault.code, message: fault.message }]])
  })

  it('takes what is there where it may not mint, or someone else’s grant is above it', async () => {
    expect(await keyOfLoaded(ending(29, false))).toBe('01')
    const made = ending(29)
    made.secret.lagAt = 1
    made.secret.refresh({ exchange: { ...EXCHANGE, roleArn: 'arn:aws:iam::123456789012:role/other' } })
    expect(await keyOfLoaded(made)).toBe('01')
    expect(made.mints).toBe(0)
  })

  it('does not pause where the secret gives nothing: it is alone', async () => {
    const made = ending(60)
    made.secret.readFault = unreadable
    expect(await keyOfLoaded(made)).toBe('50')
    expect(made.pauses).toEqual([])
  })
})
