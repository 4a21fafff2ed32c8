/** `minimumLifeSeconds`: a process that ends at once, and hands on what it got, takes what lives longest. */
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../shared/core/errors.ts'
import { clientBed, type ClientBed } from './bed/client-bed.ts'
import { credentialsOf } from './bed/credentials.ts'
import { denied, fakeSecret, unreadable, type FakeSecret } from './bed/fake-secret.ts'
import { MINUTE, virtualClock } from './bed/virtual-clock.ts'

const ONCE = { minimumLifeSeconds: 960 }
const outage = new KeyferryError('EXCHANGE_FAILED', 'STS does not answer', { retryable: true })

/** A secret whose first version, of an hour, is `ageMs` old. */
function aged(ageMs: number): { clock: ReturnType<typeof virtualClock>; shared: FakeSecret } {
  const clock = virtualClock()
  const shared = fakeSecret(clock)
  shared.refresh()
  clock.advance(ageMs)
  return { clock, shared }
}

/** Until it answers: what happens behind the answer is cut off with the process. */
async function answer(bed: ClientBed): Promise<{ key: string; reads: readonly unknown[] }> {
  const { accessKeyId } = await bed.provider()
  return { key: accessKeyId.replace(/^ASIA0*/, ''), reads: [...bed.secret.reads] }
}

describe('with a least life', () => {
  it('a start costs one access while what the secret holds has more', async () => {
    const bed = clientBed({ ...aged(43 * MINUTE), ...ONCE })
    expect(await answer(bed)).toMatchObject({ key: '1' })
    expect(bed.secret.reads[0]).toBe('latest')
    expect(bed.sts.mints).toBe(0)
  })

  it('a newer version is looked for by number before it answers, and nothing is minted', async () => {
    const { clock, shared } = aged(45 * MINUTE)
    shared.refresh()
    shared.lagAt = 1
    const bed = clientBed({ clock, shared, ...ONCE })
    expect(await answer(bed)).toMatchObject({ key: '2' })
    expect(bed.sts.mints).toBe(0)
    // Without it, the answer is what `latest` gave.
    expect(await answer(clientBed({ clock, shared }))).toMatchObject({ key: '1' })
  })

  it('an exchange is made where the secret has nothing newer, and given to the others only by a publisher', async () => {
    for (const publish of [false, true]) {
      const bed = clientBed({ ...aged(45 * MINUTE), ...ONCE, publish })
      expect(await answer(bed)).toMatchObject({ key: '1001' })
      expect([bed.sts.mints, bed.secret.added]).toEqual([1, publish ? [2] : []])
    }
  })

  it('what the secret holds will do where no exchange may be made, or none succeeds, which is told', async () => {
    const reader = clientBed({ ...aged(45 * MINUTE), ...ONCE, exchange: undefined })
    expect(await answer(reader)).toMatchObject({ key: '1' })
    const bed = clientBed({ ...aged(45 * MINUTE), ...ONCE })
    bed.sts.fault = () => Promise.reject(outage)
    expect(await answer(bed)).toMatchObject({ key: '1' })
    expect(bed.events).toContainEqual(
      expect.objectContaining({ type: 'load-failed', level: 'warning', reason: 'EXCHANGE_FAILED' }),
    )
  })

  it('what the exchange gives is not taken where it lives no longer', async () => {
    const { clock, shared } = aged(45 * MINUTE)
    const mint = async (): Promise<ReturnType<typeof credentialsOf>> =>
      credentialsOf(9, clock.now() + 5 * MINUTE)
    expect(await answer(clientBed({ clock, shared, ...ONCE, mint }))).toMatchObject({ key: '1' })
  })

  it("an operator's stop is obeyed: nothing is minted", async () => {
    const { clock, shared } = aged(45 * MINUTE)
    shared.put('SECRET_DISABLED')
    shared.lagAt = 1
    const bed = clientBed({ clock, shared, ...ONCE })
    expect(await answer(bed)).toMatchObject({ key: '1' })
    expect(bed.sts.mints).toBe(0)
  })

  it.each([
    ['does not answer', unreadable, 'SECRET_UNREADABLE'],
    ['is denied', denied, 'SECRET_DENIED'],
  ])('a secret that %s is told of, and the exchange is made without a pause', async (_, fault, reason) => {
    const bed = clientBed({ ...aged(0), ...ONCE, random: () => 0.9 })
    bed.secret.readFault = fault
    const began = performance.now()
    expect(await answer(bed)).toMatchObject({ key: '1001' })
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(bed.events).toContainEqual(expect.objectContaining({ type: 'read-failed', reason }))
  })

  it('must be a number', () => {
    expect(() => clientBed({ minimumLifeSeconds: NaN })).toThrow('minimumLifeSeconds must be 0 or more')
  })
})
