import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { isStopped, readNewest, type ReadNewestOptions } from '../../shared/core/newest-version.ts'
import { decodePayload } from '../../shared/core/payload.ts'
import { denied, fakeSecret, GARBAGE, type FakeSecret } from '../bed/fake-secret.ts'
import { HOUR, MINUTE, virtualClock, type VirtualClock } from '../bed/virtual-clock.ts'

interface Bed {
  clock: VirtualClock
  secret: FakeSecret
  read(options?: Partial<ReadNewestOptions>): ReturnType<typeof readNewest>
  /** What is held, as it stands in the version. */
  held(version: number): Promise<ReturnType<typeof decodePayload>>
}

/** A secret with `count` versions, one written every minute. */
function bed(count: number): Bed {
  const clock = virtualClock()
  const secret = fakeSecret(clock)
  for (let version = 1; version <= count; version++) {
    secret.refresh()
    clock.advance(MINUTE)
  }
  return {
    clock,
    secret,
    read: (options = {}) => readNewest(secret, { clock, ...options }),
    held: async (version) => {
      const { payload } = await secret.read(version)
      secret.reads.length = 0
      return decodePayload(payload, clock)
    },
  }
}

describe('latest', () => {
  it('is enough while it is of use and not overdue', async () => {
    const { secret, read } = bed(3)
    const { newest, top, recreated } = await read()
    expect(newest?.version).toBe(3)
    expect(top).toBe(newest)
    expect(recreated).toBe(false)
    expect(secret.reads).toEqual(['latest'])
  })

  it('is not believed once it is overdue', async () => {
    const { clock, secret, read } = bed(3)
    secret.lagAt = 2
    clock.advance(20 * MINUTE)
    expect((await read()).newest?.version).toBe(3)
    expect(secret.reads).toEqual(['latest', 3, 4, 5])
  })

  it('is not believed when it is no newer than what is held', async () => {
    const { secret, read, held } = bed(3)
    secret.lagAt = 1
    const newerThan = await held(2)
    expect((await read({ newerThan, known: 2 })).newest?.version).toBe(3)
    expect(secret.reads).toEqual(['latest', 3, 4, 5])
  })

  it('is overdue at the very instant from which a newer one can be expected', async () => {
    const { clock, secret, read } = bed(3)
    clock.advance(19 * MINUTE - 1)
    await read()
    clock.advance(1)
    await read()
    expect(secret.reads).toEqual(['latest', 'latest', 4, 5])
  })

  it('is asked also by who would look by number, but knows none', async () => {
    const { secret, read } = bed(3)
    expect((await read({ by: 'number' })).newest?.version).toBe(3)
    expect(secret.reads).toEqual(['latest'])
  })

  it('takes nothing from the accesses to the numbers above it', async () => {
    const { secret, read } = bed(12)
    secret.lagAt = 5
    expect((await read({ isOverdue: () => true })).newest?.version).toBe(12)
    expect(secret.reads).toEqual(['latest', 6, 7, 9, 13, 11, 12, 14])
  })

  it('is overdue when the reader says so', async () => {
    const { secret, read } = bed(3)
    secret.lagAt = 2
    expect((await read({ isOverdue: () => true })).newest?.version).toBe(3)
  })
})

describe('the numbers above', () => {
  it('are tried by +1, +2, +4 …, and then between the last that is there and the first that is not', async () => {
    const { secret, read } = bed(12)
    expect((await read({ by: 'number', known: 5 })).newest?.version).toBe(12)
    expect(secret.reads).toEqual([6, 7, 9, 13, 11, 12, 14])
  })

  it('cost at most eight accesses', async () => {
    for (let count = 5; count <= 120; count++) {
      const { secret, read } = bed(count)
      const { newest } = await read({ by: 'number', known: 4 })
      expect(newest?.version).toBeGreaterThan(Math.min(count, 4 + 2 ** 4) - 1)
      // What is known may be read itself, to see whether it is still there.
      expect(secret.reads.filter((version) => version !== 4).length).toBeLessThanOrEqual(8)
    }
  })

  it.each([1, 2, 3, 4, 6, 8, 15])('find the very newest of %i that were missed', async (missed) => {
    const { read } = bed(5 + missed)
    expect((await read({ by: 'number', known: 5 })).top?.version).toBe(5 + missed)
  })

  it('may have one gap', async () => {
    const { secret, read } = bed(7)
    secret.change(6, undefined)
    expect((await read({ by: 'number', known: 5 })).newest?.version).toBe(7)
    expect(secret.reads).toEqual([6, 7, 8, 9])
  })

  it('may be destroyed, disabled or unreadable in between', async () => {
    const { secret, read } = bed(9)
    secret.change(6, 'SECRET_DESTROYED')
    secret.change(7, 'SECRET_DISABLED')
    secret.change(8, GARBAGE)
    const { newest, seen } = await read({ by: 'number', known: 5 })
    expect(newest?.version).toBe(9)
    expect(seen.map(({ version }) => version)).toContain(7)
  })

  it('cost one access where nothing is there and a glance is asked for', async () => {
    const { secret, read } = bed(5)
    expect(await read({ by: 'glance', known: 5 })).toEqual({ recreated: false, seen: [] })
    expect(secret.reads).toEqual([6])
  })

  it('cost a glance two accesses where the next one is there, and not overdue', async () => {
    const { secret, read } = bed(6)
    expect((await read({ by: 'glance', known: 5 })).newest?.version).toBe(6)
    expect(secret.reads).toEqual([6, 7])
  })

  it('are all found by a glance, however many came since', async () => {
    for (const count of [6, 7, 8, 9, 14]) {
      const { read } = bed(count)
      expect((await read({ by: 'glance', known: 5 })).newest?.version).toBe(count)
    }
  })

  it('are tried beyond a gap by a glance too, once it has found something overdue', async () => {
    const { clock, secret, read } = bed(8)
    secret.change(7, undefined)
    expect((await read({ by: 'glance', known: 5 })).newest?.version).toBe(6)
    clock.advance(20 * MINUTE)
    const { newest, top } = await read({ by: 'glance', known: 5 })
    expect([newest?.version, top?.version]).toEqual([8, 8])
  })

  it('are tried beyond a gap by a glance that found something of no use', async () => {
    const { secret, read } = bed(8)
    secret.change(6, GARBAGE)
    secret.change(7, undefined)
    expect((await read({ by: 'glance', known: 5 })).newest?.version).toBe(8)
  })

  it('may hold something older than those below: the newest is what was issued last', async () => {
    const { secret, read } = bed(3)
    const { payload } = await secret.read(1)
    secret.put(payload)
    const { newest, top } = await read({ by: 'number', known: 2 })
    expect([newest?.version, top?.version]).toEqual([3, 4])
  })

  it('are not believed for the newest when what they hold is older', async () => {
    const { secret, read, held } = bed(3)
    const { payload } = await secret.read(1)
    secret.put(payload)
    expect((await read({ by: 'number', known: 3, newerThan: await held(3) })).newest).toBeUndefined()
  })
})

describe('where the newest version is of no use', () => {
  it.each(['SECRET_DESTROYED', 'SECRET_CORRUPT', GARBAGE] as const)(
    'the one before it is taken: %s',
    async (content) => {
      const { secret, read } = bed(4)
      secret.change(4, content)
      expect((await read()).newest?.version).toBe(3)
    },
  )

  it('at most three below it are read', async () => {
    const { secret, read } = bed(6)
    for (const version of [3, 4, 5, 6]) secret.change(version, GARBAGE)
    expect((await read()).newest).toBeUndefined()
    expect(secret.reads).toEqual(['latest', 7, 8, 5, 4, 3])
  })

  it('nothing below what is held is read', async () => {
    const { secret, read, held } = bed(4)
    secret.put(GARBAGE)
    const newerThan = await held(4)
    expect((await read({ by: 'number', known: 4, newerThan })).newest).toBeUndefined()
    expect(secret.reads).toEqual([5, 6, 7])
  })

  it('the one before it is taken although its number is known, where nothing is held', async () => {
    const { secret, read } = bed(4)
    secret.change(4, GARBAGE)
    expect((await read({ by: 'number', known: 4 })).newest?.version).toBe(3)
  })

  it('the one before it is taken where something older is held, whose number is not known', async () => {
    const { secret, read, held } = bed(4)
    const newerThan = await held(2)
    secret.change(4, GARBAGE)
    expect((await read({ newerThan })).newest?.version).toBe(3)
  })

  it('an expired one is no use, and says so', async () => {
    const { clock, read } = bed(1)
    clock.advance(HOUR)
    const { top, newest } = await read()
    expect(newest).toBeUndefined()
    expect(top).toMatchObject({ version: 1, problem: { code: 'CREDENTIALS_EXPIRED' } })
    expect(top?.stored?.credentials.accessKeyId).toBeDefined()
  })

  it('one that the reader refuses is kept with the reason', async () => {
    const { read } = bed(2)
    const refusal = new KeyferryError('SECRET_OTHER_GRANT', 'another')
    const { top, newest } = await read({ refuse: (_, version) => (version === 2 ? refusal : undefined) })
    expect(newest).toBeUndefined()
    expect(top).toMatchObject({ version: 2, problem: refusal })
  })
})

describe('a disabled newest version', () => {
  it('is a stop, whatever lies below', async () => {
    const { secret, read } = bed(3)
    secret.change(3, 'SECRET_DISABLED')
    const reading = await read()
    expect(isStopped(reading)).toBe(true)
    expect(reading.newest).toBeUndefined()
  })

  it('is a stop also for who holds an older one', async () => {
    const { secret, read, held } = bed(3)
    const newerThan = await held(2)
    secret.change(3, 'SECRET_DISABLED')
    expect(isStopped(await read({ by: 'number', known: 2, newerThan }))).toBe(true)
  })

  it('is found where it is the known one itself', async () => {
    const { secret, read, held } = bed(3)
    const newerThan = await held(3)
    secret.change(3, 'SECRET_DISABLED')
    expect(isStopped(await read({ by: 'number', known: 3, newerThan }))).toBe(true)
    expect(isStopped(await read({ by: 'latest', known: 3, newerThan }))).toBe(true)
  })

  it('is believed of latest where no number can be found', async () => {
    const { secret, read } = bed(1)
    secret.change(1, undefined)
    secret.readFault = (wanted) => {
      if (wanted === 'latest') throw new KeyferryError('SECRET_DISABLED', 'it is in DISABLED state')
    }
    const reading = await read()
    expect(isStopped(reading)).toBe(true)
    expect(reading).toMatchObject({ top: { version: 0 }, recreated: false, seen: [] })
    expect(secret.reads).toEqual(['latest', 1, 2])
  })

  it('is not believed of latest where a number of our own says more', async () => {
    const { secret, read, held } = bed(3)
    const newerThan = await held(3)
    secret.put('SECRET_DESTROYED')
    secret.readFault = (wanted) => {
      if (wanted === 'latest') throw new KeyferryError('SECRET_DISABLED', 'it is in DISABLED state')
    }
    const reading = await read({ known: 3, newerThan })
    expect(isStopped(reading)).toBe(false)
    expect(reading.top).toMatchObject({ version: 4, problem: { code: 'SECRET_DESTROYED' } })
  })

  it('is seen at a glance where it is above the known one', async () => {
    const { secret, read } = bed(3)
    secret.put('SECRET_DISABLED')
    expect(isStopped(await read({ by: 'glance', known: 3 }))).toBe(true)
  })

  it('is located by the number in the text', async () => {
    const { secret, read } = bed(500)
    secret.change(500, 'SECRET_DISABLED')
    secret.readFault = (wanted) => {
      if (wanted === 'latest')
        throw new KeyferryError('SECRET_DISABLED', '[projects/1/secrets/s/versions/500] is in DISABLED state')
    }
    expect((await read()).top?.version).toBe(500)
    expect(secret.reads).toEqual(['latest', 501, 502])
  })

  it('that is an older one is stepped over', async () => {
    const { secret, read } = bed(3)
    secret.lagAt = 2
    secret.change(2, 'SECRET_DISABLED')
    const reading = await read()
    expect(isStopped(reading)).toBe(false)
    expect(reading.newest?.version).toBe(3)
  })
})

describe('a secret that was recreated', () => {
  it('is found, since the known number is gone', async () => {
    const { clock, secret, read, held } = bed(57)
    const newerThan = await held(57)
    secret.recreate()
    clock.advance(MINUTE)
    secret.refresh()
    const { newest, recreated } = await read({ by: 'number', known: 57, newerThan })
    expect(recreated).toBe(true)
    expect(newest?.version).toBe(1)
  })

  it('has nothing newer while it is empty', async () => {
    const { secret, read, held } = bed(5)
    const newerThan = await held(5)
    secret.recreate()
    expect(await read({ known: 5, newerThan })).toMatchObject({ recreated: true, seen: [] })
    expect(secret.reads).toEqual(['latest', 6, 7, 5])
  })

  it('may have gaps of its own, and a latest that lags', async () => {
    const { clock, secret, read, held } = bed(57)
    const newerThan = await held(57)
    secret.recreate()
    for (let version = 1; version <= 3; version++) {
      clock.advance(MINUTE)
      secret.refresh()
    }
    secret.change(2, undefined)
    secret.lagAt = 1
    const { newest, recreated } = await read({ by: 'number', known: 57, newerThan })
    expect({ version: newest?.version, recreated }).toEqual({ version: 3, recreated: true })
  })

  it('may have been given older credentials, which are no news', async () => {
    const { secret, read, held } = bed(5)
    const newerThan = await held(5)
    const { payload } = await secret.read(2)
    secret.recreate()
    secret.put(payload)
    const { newest, recreated, top } = await read({ by: 'number', known: 5, newerThan })
    expect({ newest, recreated, top: top?.version }).toEqual({ newest: undefined, recreated: true, top: 1 })
  })
})

describe('what is no answer', () => {
  it('a secret without versions has none', async () => {
    const { secret, read } = bed(0)
    expect(await read()).toEqual({ recreated: false, seen: [] })
    expect(secret.reads).toEqual(['latest'])
  })

  it('a failure to read says nothing about versions, and is passed on', async () => {
    const { secret, read } = bed(3)
    secret.readFault = denied
    await expect(read()).rejects.toMatchObject({ code: 'SECRET_DENIED' })
    expect(secret.reads.length).toBe(1)
  })
})
