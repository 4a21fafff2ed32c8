import { describe, expect, it } from 'vitest'
import type { Held } from '../../shared/core/credential-source.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import { fallback, type Fallback, type FallbackOptions } from '../../shared/core/fallback.ts'
import { readNewest, type NewestReading } from '../../shared/core/newest-version.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { credentialsOf, EXCHANGE } from '../bed/credentials.ts'
import { fakeSecret, GARBAGE, type FakeSecret } from '../bed/fake-secret.ts'
import { HOUR, MINUTE, SECOND, virtualClock, type VirtualClock } from '../bed/virtual-clock.ts'

type Credential = Held<SessionCredentials>
const refused = new KeyferryError('EXCHANGE_REFUSED', 'No.')
const outage = new KeyferryError('EXCHANGE_FAILED', 'Later.', { retryable: true })

interface Bed {
  clock: VirtualClock
  secret: FakeSecret
  own: Fallback
  events: KeyferryEvent[]
  /** Credentials of an hour, issued now, to be replaced after 20 minutes. */
  held(change?: Partial<Credential>): Credential
  /** Mints over what is in the secret, or over nothing. */
  mint(held?: Credential, reading?: NewestReading, instead?: unknown): ReturnType<Fallback['mint']>
  read(): Promise<NewestReading>
}

function bed({ drawn = 0, ...options }: Partial<FallbackOptions> & { drawn?: number } = {}): Bed {
  const clock = virtualClock()
  const secret = fakeSecret(clock)
  const events: KeyferryEvent[] = []
  let serial = 0
  const own = fallback({
    exchange: EXCHANGE,
    mint: async () => credentialsOf(++serial, clock.now() + HOUR),
    secrets: secret,
    clock,
    tell: (_, event) => void events.push(event as KeyferryEvent),
    settlesWithin: async (work) => work.then(() => true),
    publish: true,
    random: () => drawn,
    ...options,
  })
  return {
    clock,
    secret,
    own,
    events,
    held: (change = {}) => {
      const [now, credentials] = [clock.now(), credentialsOf(99, clock.now() + HOUR)]
      const provenance = { issuedAt: new Date(now), refreshAfter: new Date(now + 20 * MINUTE) }
      const about = { since: now, expiresAt: now + HOUR, suspect: false, origin: 'secret' as const }
      return { credentials, provenance, promise: Promise.resolve(credentials), ...about, ...change }
    },
    mint: (held, reading, instead) => {
      const task = { purpose: 'due' as const, held, mints: () => undefined, withdraw: () => undefined }
      return own.mint(task, reading, instead)
    },
    read: () => readNewest(secret, { clock }),
  }
}

describe('the point', () => {
  it('is drawn for what is held, and is never in its last minute', () => {
    const { clock, own, held } = bed()
    const hour = held()
    own.draw(hour, clock.now())
    expect(hour.expiresAt - own.dueAt(hour)).toBe(16 * MINUTE)
    own.draw(hour, clock.now() + HOUR - 30 * SECOND)
    expect(hour.expiresAt - own.dueAt(hour)).toBe(MINUTE)
  })

  it('is later for what lives shorter', () => {
    const { clock, own, held } = bed()
    const now = clock.now()
    const provenance = { issuedAt: new Date(now), refreshAfter: new Date(now + 5 * MINUTE) }
    const short = held({ provenance, expiresAt: now + 15 * MINUTE })
    own.draw(short, now)
    expect(short.expiresAt - own.dueAt(short)).toBe(2 * MINUTE)
  })

  it('is the last minute of what does not say when it was issued', () => {
    const { clock, own, held } = bed()
    own.draw(held(), clock.now())
    clock.advance(MINUTE)
    const { provenance: _, ...plain } = held()
    own.draw(plain, clock.now())
    expect(plain.expiresAt - own.dueAt(plain)).toBe(MINUTE)
  })

  it.each([
    [0, 30],
    [1, 90],
  ])('is put off by half a minute to one and a half: drawn %d', (drawn, seconds) => {
    const { clock, own, held } = bed({ drawn })
    const hour = held()
    own.draw(hour, clock.now())
    const now = hour.expiresAt - 20 * MINUTE
    expect(own.putsOff(hour, now)).toBe(true)
    expect(own.dueAt(hour) - now).toBe(seconds * SECOND)
  })

  it('is put off while fifteen minutes are left, and no further', () => {
    const { clock, own, held } = bed()
    const hour = held()
    own.draw(hour, clock.now())
    const last = hour.expiresAt - 15 * MINUTE - 30 * SECOND
    expect(own.putsOff(hour, last)).toBe(true)
    expect(own.putsOff(hour, last + 1)).toBe(false)
    expect(own.dueAt(hour)).toBe(last + 30 * SECOND)
  })

  it('is not put off where AWS refuses what is held, nor where none was drawn', () => {
    const { clock, own, held } = bed()
    const { provenance: _, ...plain } = held()
    own.draw(held(), clock.now())
    expect(own.putsOff(held({ suspect: true }), clock.now())).toBe(false)
    own.draw(plain, clock.now())
    expect(own.putsOff(plain, clock.now())).toBe(false)
  })

  it.each([
    [0, 1],
    [1, 5],
  ])('waits after a failure that may pass: drawn %d', (drawn, minutes) => {
    const { clock, own, held } = bed({ drawn })
    const hour = held()
    own.draw(hour, clock.now())
    const now = hour.expiresAt - 10 * MINUTE
    own.onFailed(outage, now)
    expect(own.dueAt(hour) - now).toBe(minutes * MINUTE)
  })

  it('waits longer with every refusal, and no more once that is forgotten', () => {
    const { clock, own, held } = bed()
    const hour = held()
    own.draw(hour, clock.now())
    const now = hour.expiresAt - 10 * MINUTE
    const wait = (): number => {
      own.onFailed(refused, now)
      return (own.dueAt(hour) - now) / MINUTE
    }
    expect([wait(), wait(), wait()]).toEqual([1, 2, 4])
    own.forgetFailures(now)
    expect(hour.expiresAt - own.dueAt(hour)).toBe(16 * MINUTE)
    expect(wait()).toBe(1)
  })
})

describe('what AWS refuses', () => {
  it('is replaced at once by who keeps it to himself', () => {
    const { clock, own } = bed({ publish: false })
    expect(own.replacesSuspectNow(clock.now())).toBe(true)
  })

  it('is replaced within half a minute by one of those who publish, and at once by the first of them', () => {
    const late = bed()
    const suspect = late.held({ suspect: true })
    late.own.draw(suspect, late.clock.now())
    expect(late.own.replacesSuspectNow(late.clock.now())).toBe(false)
    expect(late.own.dueAt(suspect) - late.clock.now()).toBe(30 * SECOND)
    expect(late.own.dueAt({ ...suspect, suspect: false })).toBe(suspect.expiresAt - 16 * MINUTE)
    late.own.draw(suspect, late.clock.now())
    expect(late.own.dueAt(suspect)).toBe(suspect.expiresAt - 16 * MINUTE)
    const median = bed({ drawn: 0.5 })
    const other = median.held({ suspect: true })
    median.own.replacesSuspectNow(median.clock.now())
    expect(median.own.dueAt(other) - median.clock.now()).toBeCloseTo((30 - 2 * Math.LN2) * SECOND, 0)
    const first = bed({ drawn: 1 })
    expect(first.own.replacesSuspectNow(first.clock.now())).toBe(true)
  })

  it('is replaced once in five minutes', async () => {
    const { clock, own, held, mint } = bed({ publish: false })
    const suspect = held({ suspect: true })
    own.draw(suspect, clock.now())
    await mint(suspect)
    expect(own.dueAt(suspect) - clock.now()).toBe(5 * MINUTE)
    clock.advance(5 * MINUTE - 1)
    expect(own.replacesSuspectNow(clock.now())).toBe(false)
    clock.advance(1)
    expect(own.replacesSuspectNow(clock.now())).toBe(true)
  })

  it('is replaced again no later where the clock was set back', async () => {
    const { clock, own, held, mint } = bed({ publish: false })
    const suspect = held({ suspect: true })
    own.draw(suspect, clock.now())
    await mint(suspect)
    own.forgetFailures(clock.now())
    expect(own.dueAt(suspect) - clock.now()).toBe(5 * MINUTE)
    clock.advance(-24 * HOUR)
    own.forgetFailures(clock.now())
    expect(own.dueAt(suspect) - clock.now()).toBe(5 * MINUTE + 30 * SECOND)
    clock.advance(5 * MINUTE)
    expect(own.replacesSuspectNow(clock.now())).toBe(true)
  })

  it('is replaced at its drawn time, or soon, where the clock was set back before that', () => {
    const { clock, own, held } = bed()
    const suspect = held({ suspect: true })
    own.draw(suspect, clock.now())
    own.replacesSuspectNow(clock.now())
    own.forgetFailures(clock.now())
    expect(own.dueAt(suspect) - clock.now()).toBe(30 * SECOND)
    clock.advance(-24 * HOUR)
    own.forgetFailures(clock.now())
    expect(own.dueAt(suspect) - clock.now()).toBe(5 * MINUTE + 30 * SECOND)
  })

  it('alone counts for that', async () => {
    const { clock, own, held, mint } = bed({ publish: false })
    const healthy = held()
    clock.advance(MINUTE)
    await mint(healthy)
    expect(own.replacesSuspectNow(clock.now())).toBe(true)
  })
})

describe('what is minted', () => {
  it.each([
    ['is published over what is ours', 1, (secret: FakeSecret) => secret.refresh()],
    [
      'is published over what is ours where only destroyed versions are above it',
      1,
      (secret: FakeSecret) => {
        secret.refresh()
        secret.put('SECRET_DESTROYED')
      },
    ],
    [
      'is not published over what is damaged',
      0,
      (secret: FakeSecret) => {
        secret.refresh()
        secret.put(GARBAGE)
      },
    ],
    ['is not published where nothing is', 0, () => undefined],
  ])('%s', async (_, added, fill) => {
    const { clock, secret, mint, read } = bed()
    fill(secret)
    clock.advance(MINUTE)
    const { origin, version } = await mint(undefined, await read())
    expect(origin).toBe('exchange')
    expect(version !== undefined).toBe(added === 1)
    expect(secret.added).toHaveLength(added)
  })

  it('is not published over another grant, nor over what is damaged and was read after what is ours', async () => {
    const other = bed()
    other.secret.refresh()
    other.clock.advance(MINUTE)
    const refuse = (): KeyferryError => new KeyferryError('SECRET_OTHER_GRANT', 'Another.')
    await other.mint(undefined, await readNewest(other.secret, { clock: other.clock, refuse }))
    const damaged = bed()
    damaged.secret.refresh()
    damaged.secret.put(GARBAGE)
    damaged.clock.advance(MINUTE)
    const reading = await damaged.read()
    const seen = reading.seen.toSorted((a, b) => a.version - b.version)
    await damaged.mint(undefined, { ...reading, seen })
    expect([other.secret.added, damaged.secret.added]).toEqual([[], []])
  })

  it('is published over what is ours and expired', async () => {
    const { clock, secret, mint, read } = bed()
    secret.refresh()
    clock.advance(2 * HOUR)
    await mint(undefined, await read())
    expect(secret.added).toHaveLength(1)
  })

  it('is not published where nothing could be read, nor by who keeps it to himself', async () => {
    const unread = bed()
    unread.secret.refresh()
    unread.clock.advance(MINUTE)
    await unread.mint()
    const own = bed({ publish: false })
    own.secret.refresh()
    own.clock.advance(MINUTE)
    await own.mint(undefined, await own.read())
    expect([unread.secret.added, own.secret.added]).toEqual([[], []])
  })

  it('is not offered again where it was denied, but where it only failed', async () => {
    for (const code of ['SECRET_DENIED', 'SECRET_WRITE_FAILED'] as const) {
      const { clock, secret, mint, read, own } = bed()
      secret.refresh()
      clock.advance(MINUTE)
      secret.addFault = () => {
        throw new KeyferryError(code, 'No.')
      }
      await mint(undefined, await read())
      expect(own.publishes).toBe(code === 'SECRET_WRITE_FAILED')
    }
  })
})

describe('a mint that fails', () => {
  const failing = (error: unknown): Bed =>
    bed({
      mint: async () => {
        throw error
      },
    })

  it('rejects with its own error, where the secret has none', async () => {
    await expect(failing(refused).mint()).rejects.toBe(refused)
  })

  it('says once what kept it from both, and ends its sentences', async () => {
    const nobody = 'Nobody answered. Start it: npx keyferry emulator'
    const error = new KeyferryError('IDENTITY_TOKEN_FAILED', nobody)
    const unread = (message: string): KeyferryError => new KeyferryError('ACCESS_TOKEN_FAILED', message)
    await expect(failing(error).mint(undefined, undefined, unread(nobody))).rejects.toBe(error)
    await expect(failing(error).mint(undefined, undefined, unread('Not you.'))).rejects.toThrow(
      `${nobody}. The secret was tried first: Not you.`,
    )
  })

  it('says what was wrong with the secret too', async () => {
    const cause = new Error('why')
    const error = new KeyferryError('EXCHANGE_REFUSED', 'No.', { cause, resource: 'role' })
    const unread = new KeyferryError('SECRET_DENIED', 'Not you.')
    await expect(failing(error).mint(undefined, undefined, unread)).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      message: 'No. The secret was tried first: Not you.',
      retryable: false,
      cause,
      resource: 'role',
    })
  })

  it('may pass where either may', async () => {
    const down = new KeyferryError('SECRET_UNREADABLE', 'Down.', { retryable: true })
    const denied = new KeyferryError('SECRET_DENIED', 'Not you.')
    for (const [error, problem] of [
      [refused, down],
      [outage, denied],
    ] as const)
      await expect(failing(error).mint(undefined, undefined, problem)).rejects.toMatchObject({
        code: error.code,
        retryable: true,
      })
  })

  it('rejects with what it is, where that or the other is no error of ours', async () => {
    const foreign = new TypeError('a mistake')
    await expect(failing(foreign).mint(undefined, undefined, refused)).rejects.toBe(foreign)
    await expect(failing(refused).mint(undefined, undefined, foreign)).rejects.toBe(refused)
  })
})

describe('mints that take too long to be told apart', () => {
  const slow = (): Bed & { takes(ms: number): Promise<void> } => {
    let took = 0
    const made = bed({
      mint: async () => {
        made.clock.advance(took)
        return credentialsOf(1, made.clock.now() + HOUR)
      },
    })
    made.own.draw(made.held(), made.clock.now())
    return {
      ...made,
      takes: async (ms) => {
        took = ms
        await made.mint()
      },
    }
  }
  const warnings = ({ events }: Bed): unknown[] => events.filter(({ type }) => type === 'window-short')

  it('are told of, once, from a tenth of the mean on', async () => {
    const made = slow()
    await made.takes(3_200)
    expect(warnings(made)).toEqual([])
    for (let i = 0; i < 3; i++) await made.takes(3_201)
    expect(warnings(made)).toMatchObject([{ meanMs: 32_000, tookMs: 3_201 }])
  })

  it('are those that one in twenty takes, of the last twenty', async () => {
    const made = slow()
    for (let i = 0; i < 25; i++) await made.takes(10)
    await made.takes(60_000)
    expect(warnings(made)).toEqual([])
    for (let i = 0; i < 19; i++) await made.takes(10)
    await made.takes(50_000)
    expect(warnings(made)).toEqual([])
    await made.takes(40_000)
    expect(warnings(made)).toMatchObject([{ tookMs: 40_000 }])
  })

  it('are soon those of today, however many were faster before', async () => {
    const made = slow()
    for (let i = 0; i < 45; i++) await made.takes(10)
    for (let i = 0; i < 2; i++) await made.takes(40_000)
    expect(warnings(made)).toHaveLength(1)
  })

  it('are not told of where no point was drawn among others', async () => {
    const made = bed({ publish: false })
    made.own.draw(made.held(), made.clock.now())
    made.clock.advance(MINUTE)
    await made.mint()
    expect(warnings(made)).toEqual([])
  })
})
