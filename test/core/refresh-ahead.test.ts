/** The caching rules by themselves: over a source that does what a test says, in a time that only the test lets pass. */
import { describe, expect, it } from 'vitest'
import { correctedClock, type CorrectedClock } from '../../shared/core/clock-skew.ts'
import type { CredentialSource, Held, Loaded, LoadTask } from '../../shared/core/credential-source.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { refreshAheadOf } from '../../shared/core/refresh-ahead.ts'
import { credentialsOf, keyOf } from '../bed/credentials.ts'
import { deferred, HOUR, MINUTE, SECOND, settled, virtualClock, type Deferred } from '../bed/virtual-clock.ts'

type Load = Loaded<SessionCredentials> | undefined
type Task = LoadTask<SessionCredentials>

const refused = new KeyferryError('SECRET_DENIED', 'no permission to read')
const outage = new KeyferryError('SECRET_UNREADABLE', 'Secret Manager does not answer', { retryable: true })
const stop = new KeyferryError('SECRET_STOPPED', 'an operator stopped it')
const DEADLINE = 8 * SECOND

interface Bed {
  clock: CorrectedClock
  provider: KeyferryProvider
  told: { level: string; type: string; [fact: string]: unknown }[]
  /** Why the source was asked to load, in order. */
  loads: Task['purpose'][]
  /** The task of the last load. */
  task: Task
  /** What the source does; at first it gives number 1. */
  load: () => Promise<Load>
  /** From when on a load is due. */
  dueAt: number
  /** How often the source was asked that. */
  questions: number
  /** What the source was told. */
  notes: string[]
  /** Credentials number `serial`, of an hour from now and a second more than the number before it. */
  loaded(
    serial: number,
    about?: Partial<Loaded<SessionCredentials>> & { lifeMs?: number },
  ): Loaded<SessionCredentials>
  /** The source answers the loads from now on when the test does. */
  answerLater(): Deferred<Load>
  /** Lets time pass, for clocks and deadlines alike. */
  pass(ms: number): Promise<void>
  /** The same, but no deadline fires: calls come before timers where a process wakes up. */
  freeze(ms: number): Promise<void>
  /** What a caller gets, as soon as it does: the last digit of the key, or the code of the error. */
  call(properties?: Record<string, unknown>): { got: string | undefined }
}

function bed(): Bed {
  const local = virtualClock()
  const clock = correctedClock(local)
  let deadlines: { at: number; pass: () => void }[] = []
  const made: Bed = {
    clock,
    told: [],
    loads: [],
    notes: [],
    questions: 0,
    dueAt: Infinity,
    task: undefined as never,
    load: async () => made.loaded(1),
    loaded: (serial, { lifeMs = HOUR + (serial - 1) * SECOND, ...about } = {}) => ({
      credentials: credentialsOf(serial, local.now() + lifeMs),
      origin: 'secret',
      ...about,
    }),
    answerLater() {
      const answer = deferred<Load>()
      made.load = () => answer.promise
      return answer
    },
    async pass(ms) {
      await settled()
      local.advance(ms)
      const due = deadlines.filter(({ at }) => at <= local.now())
      deadlines = deadlines.filter((deadline) => !due.includes(deadline))
      for (const { pass } of due) pass()
      await settled()
    },
    async freeze(ms) {
      await settled()
      local.advance(ms)
    },
    call(properties) {
      const caller: { got: string | undefined } = { got: undefined }
      made.provider(properties).then(
        ({ accessKeyId }) => (caller.got = accessKeyId.replace(/^ASIA0*/, '')),
        (error: KeyferryError) => (caller.got = error.code),
      )
      return caller
    },
    provider: undefined as never,
  }
  const source: CredentialSource<SessionCredentials> = {
    kind: 'store',
    load(task) {
      made.loads.push(task.purpose)
      made.task = task
      return made.load()
    },
    dueAt() {
      made.questions++
      return made.dueAt
    },
    advisoryAt: () => Infinity,
    onHeld: ({ credentials }) => void made.notes.push(`held ${credentials.accessKeyId.at(-1)}`),
    onFailed: (error) => void made.notes.push(`failed ${(error as KeyferryError).code}`),
    onThawed: () => void made.notes.push('thawed'),
  }
  made.provider = refreshAheadOf(source, {
    clock,
    random: () => 0,
    tell: (level, event) => void made.told.push({ level, ...event }),
    settlesWithin: (work, ms) =>
      new Promise((resolve) => {
        deadlines.push({ at: local.now() + ms, pass: () => resolve(false) })
        const end = (): void => resolve(true)
        work.then(end, end)
      }),
    loadTimeoutMs: DEADLINE,
  })
  return made
}

/** One that holds number 1, and has handed it out. */
async function holding(about: Partial<Loaded<SessionCredentials>> & { lifeMs?: number } = {}): Promise<Bed> {
  const made = bed()
  made.load = async () => made.loaded(1, about)
  await made.provider()
  await settled()
  made.loads.length = made.notes.length = made.told.length = made.questions = 0
  return made
}

describe('while nothing is due', () => {
  it('the source is asked once when that will be, and then no more until then', async () => {
    const made = await holding()
    made.dueAt = made.clock.now() + 10 * MINUTE
    for (let minute = 0; minute < 10; minute++) {
      made.call()
      await made.pass(MINUTE)
    }
    expect([made.questions, made.loads]).toEqual([1, []])
    made.call()
    await settled()
    expect([made.questions, made.loads]).toEqual([2, ['due']])
  })

  it('and once more when the last minute begins, and when it ends', async () => {
    const made = await holding()
    made.call()
    await made.pass(HOUR - MINUTE - 1)
    made.call()
    expect(made.questions).toBe(1)
    await made.pass(1)
    made.call()
    expect(made.questions).toBe(2)
    await made.pass(55 * SECOND - 1)
    made.call()
    expect(made.questions).toBe(2)
    const answer = made.answerLater()
    await made.pass(1)
    const late = made.call()
    await settled()
    expect([late.got, made.loads]).toEqual([undefined, ['first']])
    answer.resolve(made.loaded(2))
    await settled()
    expect(late.got).toBe('2')
  })

  it('nor while a load is under way, which counts as frozen after twice its deadline', async () => {
    const made = await holding()
    made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await made.freeze(2 * DEADLINE)
    made.call()
    await settled()
    expect([made.questions, made.loads, made.notes]).toEqual([1, ['due'], []])
    await made.freeze(1)
    made.call()
    await settled()
    expect([made.questions, made.loads, made.notes]).toEqual([2, ['due', 'due'], ['thawed']])
  })
})

describe('forceRefresh', () => {
  it('by who has the held key loads again, and gets what comes', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2)
    const caller = made.call({ forceRefresh: true, accessKeyId: keyOf(1) })
    await settled()
    expect([caller.got, made.loads]).toEqual(['2', ['forced']])
  })

  it('by who has another key than the held one gets the held one, without a load', async () => {
    const made = await holding()
    const caller = made.call({ forceRefresh: true, accessKeyId: keyOf(7) })
    await settled()
    expect([caller.got, made.loads]).toEqual(['1', []])
  })

  it('by who has the key of what came meanwhile loads, though nobody was given it here', async () => {
    const made = await holding()
    made.dueAt = made.clock.now()
    made.load = async () => made.loaded(2)
    made.call()
    await settled()
    made.dueAt = Infinity
    made.call({ forceRefresh: true, accessKeyId: keyOf(2) })
    await settled()
    expect(made.loads).toEqual(['due', 'forced'])
  })

  it('means nothing where it is anything else than true', async () => {
    const made = await holding()
    for (const forceRefresh of [false, undefined, 'true', 1])
      made.call({ forceRefresh, accessKeyId: keyOf(1) })
    await settled()
    expect(made.loads).toEqual([])
  })

  it('shares the load that is under way, and counts from it', async () => {
    const made = await holding()
    const answer = made.answerLater()
    made.dueAt = made.clock.now()
    expect((await made.provider()).accessKeyId).toBe(keyOf(1))
    made.dueAt = Infinity
    const caller = made.call({ forceRefresh: true })
    await settled()
    expect(caller.got).toBeUndefined()
    answer.resolve(undefined)
    await settled()
    expect([caller.got, made.loads]).toEqual(['1', ['due']])
    await made.pass(10 * SECOND - 1)
    made.call({ forceRefresh: true })
    await settled()
    expect(made.loads).toEqual(['due'])
    await made.pass(1)
    made.call({ forceRefresh: true })
    await settled()
    expect(made.loads).toEqual(['due', 'forced'])
  })

  it('waits a second at most, and does with what is held', async () => {
    const made = await holding()
    made.answerLater()
    const caller = made.call({ forceRefresh: true })
    await made.pass(SECOND - 1)
    expect(caller.got).toBeUndefined()
    await made.pass(1)
    expect(caller.got).toBe('1')
  })
})

describe('a key that AWS refused', () => {
  it('while another load is under way is looked into once that has ended, for all who wait', async () => {
    const made = await holding()
    const due = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    made.dueAt = Infinity
    made.provider.invalidate(keyOf(1))
    const callers = [made.call(), made.call(), made.call()]
    await settled()
    expect(made.loads).toEqual(['due'])
    const suspect = made.answerLater()
    due.resolve(undefined)
    await settled()
    expect(callers.map(({ got }) => got)).toEqual([undefined, undefined, undefined])
    suspect.resolve(made.loaded(2, { lifeMs: 2 * HOUR }))
    await settled()
    expect(callers.map(({ got }) => got)).toEqual(['2', '2', '2'])
    expect(made.loads).toEqual(['due', 'suspect'])
  })

  it('behind a load that does not end is waited for by the first callers for a second, and by nobody after them', async () => {
    const made = await holding()
    const due = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    made.provider.invalidate(keyOf(1))
    const first = made.call()
    await made.pass(SECOND - 1)
    expect(first.got).toBeUndefined()
    await made.pass(1)
    expect(first.got).toBe('1')
    const second = made.call()
    await settled()
    expect(second.got).toBe('1')
    made.load = async () => made.loaded(2, { lifeMs: 2 * HOUR })
    due.resolve(undefined)
    await settled()
    const third = made.call()
    await settled()
    expect([third.got, made.loads]).toEqual(['2', ['due', 'suspect']])
  })

  it('is looked into once: who comes after that gets it at once', async () => {
    const made = await holding()
    made.load = async () => undefined
    made.provider.invalidate(keyOf(1))
    made.call()
    await settled()
    const next = made.call()
    await settled()
    expect([next.got, made.loads]).toEqual(['1', ['suspect']])
    expect(made.provider.state).toMatchObject({ suspect: true, lastLoad: { outcome: 'unchanged' } })
  })

  it('is told once, with what it is, and again when nothing was found for it', async () => {
    const issuedAt = new Date(virtualClock().now() - MINUTE)
    const made = await holding({ version: 7, provenance: { issuedAt, refreshAfter: issuedAt } })
    made.load = async () => undefined
    made.provider.invalidate(keyOf(1))
    made.provider.invalidate(keyOf(1))
    made.call()
    await settled()
    const about = { level: 'warning', key: '…0001', version: 7, ageMs: MINUTE }
    expect(made.told).toEqual([
      { type: 'suspect', ...about },
      { type: 'suspect-kept', ...about },
    ])
  })

  it('is not said to be kept where it was replaced, nor where the load was for something else', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: 2 * HOUR })
    made.provider.invalidate(keyOf(1))
    made.call()
    await settled()
    made.load = async () => undefined
    made.provider.invalidate(keyOf(2))
    made.call()
    await settled()
    made.dueAt = made.clock.now()
    await made.pass(MINUTE)
    made.call()
    await settled()
    expect(made.loads).toEqual(['suspect', 'suspect', 'due'])
    expect(made.told.filter(({ type }) => type === 'suspect-kept')).toHaveLength(1)
  })

  it('is not asked for where nothing is held, or what is held has expired', async () => {
    const empty = bed()
    empty.provider.invalidate(keyOf(1))
    expect(empty.told).toEqual([])
    const made = await holding()
    await made.pass(HOUR)
    made.provider.invalidate(keyOf(1))
    expect([made.told, made.provider.state.suspect]).toEqual([[], false])
  })

  it('gives way to what was minted, though that is older, and to nothing older from the secret', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: MINUTE * 30 })
    made.provider.invalidate(keyOf(1))
    made.call()
    await settled()
    expect(made.provider.state).toMatchObject({ key: '…0001', lastLoad: { outcome: 'unchanged' } })
    made.load = async () => made.loaded(3, { lifeMs: MINUTE * 30, origin: 'exchange' })
    made.dueAt = made.clock.now()
    await made.pass(MINUTE)
    made.call()
    await settled()
    expect(made.provider.state).toMatchObject({ key: '…0003', suspect: false })
  })

  it('that was not refused gives way to nothing older, minted or not', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: MINUTE * 30, origin: 'exchange' })
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.provider.state.key).toBe('…0001')
  })

  it('does not come back with another one that was refused, while it lives', async () => {
    const made = await holding()
    const replaceBy = async (serial: number): Promise<void> => {
      made.load = async () => made.loaded(serial, { origin: 'exchange' })
      made.provider.invalidate(keyOf(serial - 1))
      made.call()
      await made.pass(SECOND)
    }
    await replaceBy(2)
    await replaceBy(3)
    made.load = async () => made.loaded(1, { lifeMs: 2 * HOUR })
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.provider.state).toMatchObject({ key: '…0003', lastLoad: { outcome: 'unchanged' } })
  })

  it('may come back when its time is over, as any other', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: 3 * HOUR })
    made.provider.invalidate(keyOf(1))
    made.call()
    await made.pass(HOUR)
    made.load = async () => made.loaded(1, { lifeMs: 4 * HOUR })
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.provider.state).toMatchObject({ key: '…0001', suspect: false })
  })

  it('with nothing else held is looked into before anybody gets it, and does where nothing better comes', async () => {
    const made = await holding()
    made.loads.length = 0
    made.load = async () => {
      if (made.task.purpose === 'first') return made.loaded(1)
      if (made.loads.length === 1) made.task.withdraw(stop)
      return undefined
    }
    made.provider.invalidate(keyOf(1))
    const call = made.call()
    await settled()
    expect([call.got, made.provider.state.suspect]).toEqual(['1', true])
    expect(made.loads).toEqual(['suspect', 'first', 'suspect'])
  })

  it('with nothing else held is nobody’s until it was looked into, however many wait for it', async () => {
    const made = await holding()
    made.loads.length = 0
    const better = deferred<Load>()
    made.load = async () => {
      if (made.task.purpose === 'first') return made.loaded(1)
      if (made.loads.length > 1) return better.promise
      made.task.withdraw(stop)
      return undefined
    }
    made.provider.invalidate(keyOf(1))
    const calls = [made.call(), made.call(), made.call()]
    await settled()
    expect(calls.map(({ got }) => got)).toEqual([undefined, undefined, undefined])
    better.resolve(made.loaded(2))
    await settled()
    expect(calls.map(({ got }) => got)).toEqual(['2', '2', '2'])
    expect(made.loads).toEqual(['suspect', 'first', 'suspect'])
  })

  it('is looked into once where it is withdrawn and comes back, time and again', async () => {
    const made = await holding()
    made.loads.length = 0
    made.load = async () => {
      if (made.loads.length > 20) throw new Error('It is asked without end.')
      if (made.task.purpose === 'first') return made.loaded(1)
      made.task.withdraw(stop)
      return undefined
    }
    made.provider.invalidate(keyOf(1))
    const call = made.call()
    await settled()
    expect([call.got, made.loads]).toEqual(['1', ['suspect', 'first', 'suspect', 'first']])
  })

  it('with nothing else held is nobody’s where something better comes', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: 12 * HOUR })
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    made.dueAt = Infinity
    made.load = async () => made.loaded(3, { origin: 'exchange' })
    made.provider.invalidate(keyOf(2))
    made.call()
    await made.pass(3 * HOUR)
    made.load = async () =>
      made.task.purpose === 'first'
        ? made.loaded(2, { lifeMs: 9 * HOUR })
        : made.loaded(4, { origin: 'exchange' })
    const call = made.call()
    await settled()
    expect(call.got).toBe('4')
  })
})

describe('who waits for newer credentials', () => {
  it.each([
    ['one second where they are only read', false, SECOND],
    ['three where they are minted', true, 3 * SECOND],
  ])('waits %s', async (_, mints, patienceMs) => {
    const made = await holding()
    made.answerLater()
    made.provider.invalidate(keyOf(1))
    const caller = made.call()
    await settled()
    if (mints) made.task.mints()
    let waitedMs = 0
    for (; caller.got === undefined; waitedMs += 100) await made.pass(100)
    expect([caller.got, waitedMs]).toEqual(['1', patienceMs])
  })

  it('gets them as soon as they are minted', async () => {
    const made = await holding()
    const answer = made.answerLater()
    made.provider.invalidate(keyOf(1))
    const caller = made.call()
    await settled()
    made.task.mints()
    await made.pass(SECOND)
    await made.pass(SECOND)
    answer.resolve(made.loaded(2, { lifeMs: 2 * HOUR }))
    await settled()
    expect(caller.got).toBe('2')
  })

  it('waits no longer for a mint with less than a minute to go on with', async () => {
    const made = await holding()
    await made.pass(HOUR - MINUTE - 4 * SECOND)
    made.load = () => {
      made.task.mints()
      return new Promise(() => undefined)
    }
    made.provider.invalidate(keyOf(1))
    const caller = made.call()
    await made.pass(SECOND)
    expect(caller.got).toBe('1')
  })

  it('waits for a mint with just a minute to go on with', async () => {
    const made = await holding()
    await made.pass(HOUR - MINUTE - 5 * SECOND)
    made.load = () => {
      made.task.mints()
      return new Promise(() => undefined)
    }
    made.provider.invalidate(keyOf(1))
    const caller = made.call()
    await made.pass(SECOND)
    expect(caller.got).toBeUndefined()
    await made.pass(2 * SECOND)
    expect(caller.got).toBe('1')
  })

  it('waits together with those who came before, not for a second of its own', async () => {
    const made = await holding()
    made.answerLater()
    await made.pass(HOUR - 30 * SECOND)
    made.dueAt = made.clock.now()
    const first = made.call()
    await made.pass(900)
    const second = made.call()
    await made.pass(100)
    expect([first.got, second.got]).toEqual(['1', '1'])
    const third = made.call()
    await settled()
    expect(third.got).toBe('1')
  })

  it('gets an error where what was held expired meanwhile, and nothing came', async () => {
    const made = await holding()
    const answer = made.answerLater()
    await made.pass(HOUR - 7 * SECOND)
    made.dueAt = made.clock.now()
    const caller = made.call()
    await made.pass(2 * SECOND)
    made.load = () => Promise.reject(outage)
    answer.reject(outage)
    await settled()
    expect([caller.got, made.loads]).toEqual(['SECRET_UNREADABLE', ['due', 'first']])
  })
})

describe('with nothing held', () => {
  it('a load that brings nothing is an error that may pass', async () => {
    const made = bed()
    made.load = async () => undefined
    const error = await made.provider().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'CREDENTIALS_EXPIRED', retryable: true })
    expect((error as Error).message).toMatch(
      /^The credentials that came have expired, and are not handed out\. /,
    )
  })

  it('credentials that have expired are refused with when that was', async () => {
    const made = bed()
    made.load = async () => made.loaded(1, { lifeMs: 0 })
    await expect(made.provider()).rejects.toMatchObject({
      code: 'CREDENTIALS_EXPIRED',
      retryable: true,
      message: expect.stringContaining(
        `have expired (${new Date(made.clock.now()).toISOString()}), and`,
      ) as string,
    })
    expect(made.told).toMatchObject([
      { level: 'warning', type: 'load-failed', reason: 'CREDENTIALS_EXPIRED' },
    ])
    expect(made.notes).toEqual([])
  })

  it('a refusal is told as an error, what may pass as a warning, and the source need not hear of either', async () => {
    for (const [error, level] of [
      [refused, 'error'],
      [outage, 'warning'],
    ] as const) {
      const made = bed()
      made.load = () => Promise.reject(error)
      await expect(made.provider()).rejects.toBe(error)
      expect(made.told).toEqual([{ level, type: 'load-failed', reason: error.code, message: error.message }])
      expect(made.notes).toEqual([])
      expect(made.provider.state.lastLoad).toEqual({
        at: new Date(made.clock.now()),
        outcome: 'failed',
        reason: error.code,
      })
    }
  })

  it('what was good enough to answer with, and is due, is made sure of behind the answer', async () => {
    const made = bed()
    made.dueAt = made.clock.now()
    const sure = deferred<Load>()
    made.load = () => (made.loads.length === 1 ? Promise.resolve(made.loaded(1)) : sure.promise)
    const caller = made.call()
    await settled()
    expect([caller.got, made.loads]).toEqual(['1', ['first', 'due']])
  })

  it('a failure is forgotten once something is held', async () => {
    const made = bed()
    made.load = () => Promise.reject(outage)
    for (let i = 0; i < 4; i++) {
      await made.provider().catch(() => undefined)
      await made.pass(5 * SECOND)
    }
    made.load = async () => made.loaded(1)
    expect((await made.provider()).accessKeyId).toBe(keyOf(1))
    await made.pass(HOUR)
    made.loads.length = 0
    made.load = () => Promise.reject(outage)
    for (let i = 0; i < 3; i++) await made.provider().catch(() => undefined)
    expect(made.loads).toEqual(['first', 'first'])
    await made.pass(500)
    await made.provider().catch(() => undefined)
    expect(made.loads).toHaveLength(3)
  })
})

describe('a clock that is set back', () => {
  it('does not prolong the memory of a refusal', async () => {
    const made = bed()
    made.load = () => Promise.reject(refused)
    await expect(made.provider()).rejects.toBe(refused)
    made.load = async () => made.loaded(1)
    await made.pass(-24 * HOUR)
    expect((await made.provider()).accessKeyId).toBe(keyOf(1))
  })

  it('is told to the source, whose waits were meant for another time, by the very next call', async () => {
    const made = await holding()
    made.dueAt = made.clock.now() + 10 * MINUTE
    await made.provider()
    await made.pass(-10 * SECOND)
    await made.provider()
    expect(made.notes).toEqual([])
    await made.pass(-HOUR)
    await made.provider()
    await made.provider()
    expect(made.notes).toEqual(['thawed'])
  })

  it('is not one that is only known to be ahead', async () => {
    const made = bed()
    made.load = async () => {
      const at = made.clock.local()
      const date = new Date(at - 10 * MINUTE).toUTCString()
      for (let i = 0; i < 2; i++) made.clock.observe(date, at, at)
      return made.loaded(1)
    }
    await made.provider()
    await made.provider()
    expect(made.clock.skew?.aheadMs).toBeGreaterThan(9 * MINUTE)
    expect(made.notes).toEqual(['held 1'])
  })

  it('does not keep the SDK from being sure', async () => {
    const made = await holding()
    await made.provider({ forceRefresh: true, accessKeyId: keyOf(1) })
    await made.pass(-HOUR)
    await made.provider({ forceRefresh: true, accessKeyId: keyOf(1) })
    expect(made.loads).toEqual(['forced', 'forced'])
  })
})

describe('with something held', () => {
  it('a failure is the source’s to back off from', async () => {
    const made = await holding()
    made.load = () => Promise.reject(refused)
    made.dueAt = made.clock.now()
    const caller = made.call()
    await settled()
    expect([caller.got, made.notes]).toEqual(['1', ['failed SECRET_DENIED']])
    expect(made.told).toMatchObject([{ level: 'error', type: 'load-failed' }])
  })

  it('what has expired when it comes is a failure, and leaves what is held', async () => {
    const made = await holding()
    made.load = async () => made.loaded(2, { lifeMs: SECOND })
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.notes).toEqual(['failed CREDENTIALS_EXPIRED'])
    expect(made.provider.state.key).toBe('…0001')
  })

  it('what is withdrawn is told as an error, with what it is, and not handed out any more', async () => {
    const made = await holding({ version: 3 })
    made.load = async () => {
      made.task.withdraw(stop)
      throw stop
    }
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.told[0]).toEqual({
      level: 'error',
      type: 'withdrawn',
      key: '…0001',
      version: 3,
      reason: 'SECRET_STOPPED',
      message: stop.message,
    })
    expect(made.provider.state).toMatchObject({ freshness: 'empty' })
    const next = made.call()
    await settled()
    expect(next.got).toBe('SECRET_STOPPED')
  })

  it('who calls after a withdrawal waits for what the load brings', async () => {
    const made = await holding()
    const answer = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    made.call()
    made.task.withdraw(stop)
    const caller = made.call()
    await settled()
    expect(caller.got).toBeUndefined()
    answer.resolve(made.loaded(2))
    await settled()
    expect([caller.got, made.loads]).toEqual(['2', ['due']])
  })

  it('a withdrawal with nothing held is nothing to tell', async () => {
    const made = bed()
    made.load = async () => {
      made.task.withdraw(stop)
      throw outage
    }
    const caller = made.call()
    await settled()
    expect([caller.got, made.told.map(({ type }) => type)]).toEqual(['SECRET_UNREADABLE', ['load-failed']])
  })

  it('a load is given what is held, and nothing where that has expired', async () => {
    const made = await holding()
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.task.held).toMatchObject({
      origin: 'secret',
      since: made.clock.now(),
      expiresAt: made.clock.now() + HOUR,
      suspect: false,
    } satisfies Partial<Held<SessionCredentials>>)
    made.dueAt = Infinity
    await made.pass(HOUR)
    made.call()
    await settled()
    expect(made.task).toMatchObject({ purpose: 'first', held: undefined })
  })

  it('what comes is told with its origin, its end, its key, its version and its age', async () => {
    const made = bed()
    const issuedAt = new Date(made.clock.now() - 5 * MINUTE)
    const loaded = made.loaded(1, { version: 9, provenance: { issuedAt, refreshAfter: issuedAt } })
    made.load = async () => loaded
    await made.provider()
    expect(made.told).toEqual([
      {
        level: 'info',
        type: 'held',
        origin: 'secret',
        expiration: loaded.credentials.expiration,
        key: '…0001',
        version: 9,
        ageMs: 5 * MINUTE,
      },
    ])
    expect(made.notes).toEqual(['held 1'])
    expect(made.provider.state).toMatchObject({ version: 9, lastLoad: { outcome: 'newer' } })
  })

  it('what has no end is told without one', async () => {
    const made = bed()
    const { expiration: _, ...credentials } = credentialsOf(1, 0)
    made.load = async () => ({ credentials, origin: 'provider' }) as never
    await made.provider()
    expect(made.told).toEqual([{ level: 'info', type: 'held', origin: 'provider', key: '…0001' }])
    expect(made.provider.state).not.toHaveProperty('expiration')
    expect(made.provider.state).not.toHaveProperty('version')
  })
})

describe('a process that was frozen', () => {
  it('is told with how long it was, and its next load is awaited for a second by the caller who begins it', async () => {
    const made = await holding()
    made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await made.freeze(2 * DEADLINE + 1)
    made.answerLater()
    const [first, second] = [made.call(), made.call()]
    await settled()
    expect([first.got, second.got]).toEqual([undefined, '1'])
    expect(made.told).toEqual([{ level: 'info', type: 'frozen', tookMs: 2 * DEADLINE + 1 }])
    expect(made.notes).toEqual(['thawed'])
    await made.pass(SECOND)
    expect(first.got).toBe('1')
  })

  it('is awaited once: who begins the load after that one is not made to wait', async () => {
    const made = await holding()
    made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await made.freeze(2 * DEADLINE + 1)
    made.load = async () => undefined
    made.call()
    await settled()
    made.answerLater()
    const next = made.call()
    await settled()
    expect([next.got, made.loads]).toEqual(['1', ['due', 'due', 'due']])
  })
})

describe('a load that ends after its time', () => {
  it('within twice its deadline has failed, and was frozen where it took longer', async () => {
    for (const [tookMs, note] of [
      [SECOND, 'failed SECRET_UNREADABLE'],
      [2 * DEADLINE, 'failed SECRET_UNREADABLE'],
      [2 * DEADLINE + 1, 'thawed'],
    ] as const) {
      const made = await holding()
      const answer = made.answerLater()
      made.dueAt = made.clock.now()
      made.call()
      await made.freeze(tookMs)
      answer.reject(outage)
      await settled()
      expect(made.notes).toEqual([note])
    }
  })

  it('says nothing of the load that has begun since', async () => {
    const made = await holding()
    const given = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await made.freeze(2 * DEADLINE + 1)
    const next = made.answerLater()
    made.call()
    await settled()
    given.reject(outage)
    await settled()
    expect([made.provider.state.loading, made.notes]).toEqual([true, ['thawed']])
    expect(made.told.map(({ type }) => type)).toEqual(['frozen'])
    next.resolve(made.loaded(2))
    await settled()
    expect(made.provider.state).toMatchObject({ loading: false, key: '…0002' })
  })

  it('with credentials is taken, and what is due then is noticed', async () => {
    const made = await holding()
    const answer = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    await made.pass(DEADLINE)
    expect(made.notes).toEqual(['failed LOAD_TIMED_OUT'])
    made.dueAt = Infinity
    made.call()
    answer.resolve(made.loaded(2))
    await settled()
    expect(made.provider.state.key).toBe('…0002')
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.loads).toEqual(['due', 'due'])
  })
})

describe('the state', () => {
  it('says how wrong the clock is, where it is wrong', async () => {
    const made = await holding()
    expect(made.provider.state).not.toHaveProperty('clockSkew')
    for (let i = 0; i < 2; i++) {
      const now = made.clock.local()
      made.clock.observe(new Date(now + 10 * MINUTE).toUTCString(), now, now)
    }
    expect(made.provider.state.clockSkew).toEqual(made.clock.skew)
    expect(Math.abs((made.clock.skew?.aheadMs ?? 0) + 10 * MINUTE)).toBeLessThanOrEqual(2 * SECOND)
  })

  it('says whether a load is under way', async () => {
    const made = await holding()
    const answer = made.answerLater()
    made.dueAt = made.clock.now()
    made.call()
    expect(made.provider.state.loading).toBe(true)
    answer.resolve(undefined)
    await settled()
    expect(made.provider.state).toMatchObject({ loading: false, lastLoad: { outcome: 'unchanged' } })
  })

  it('says of a load that brought nothing that it did, also after one that did', async () => {
    const made = await holding()
    expect(made.provider.state.lastLoad?.outcome).toBe('newer')
    made.load = async () => undefined
    made.dueAt = made.clock.now()
    made.call()
    await settled()
    expect(made.provider.state.lastLoad?.outcome).toBe('unchanged')
  })
})
