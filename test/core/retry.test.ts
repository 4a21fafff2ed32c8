import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { mayPass, retry } from '../../shared/core/retry.ts'

const passing = new KeyferryError('EXCHANGE_FAILED', 'Try again.', { retryable: true })
const final = new KeyferryError('EXCHANGE_REFUSED', 'No.')
const late = new KeyferryError('EXCHANGE_FAILED', 'Too late.', {
  retryable: true,
  cause: Object.assign(new Error('late'), { code: 'ETIMEDOUT' }),
})

/** Fails with each of `errors` in turn, then succeeds; its waits are written down, not waited for. */
function failing(...errors: readonly unknown[]): {
  act: () => Promise<string>
  waits: number[]
  sleep: (ms: number) => Promise<void>
  tries: () => number
} {
  let tries = 0
  const waits: number[] = []
  return {
    async act() {
      if (tries < errors.length) throw errors[tries++]
      tries++
      return 'done'
    },
    waits,
    sleep: async (ms) => void waits.push(ms),
    tries: () => tries,
  }
}

describe('retry', () => {
  it('tries again what may pass, and gives what the first success gave', async () => {
    const { act, sleep, tries } = failing(passing, passing)
    expect(await retry(act, { sleep, random: () => 0.5 })).toBe('done')
    expect(tries()).toBe(3)
  })

  it('rejects with the last error once it has been tried often enough', async () => {
    const last = new KeyferryError('EXCHANGE_FAILED', 'The last.', { retryable: true })
    const { act, sleep, tries } = failing(passing, last)
    await expect(retry(act, { attempts: 2, sleep, random: () => 0.5 })).rejects.toBe(last)
    expect(tries()).toBe(2)
  })

  it('fails at once for what will not pass', async () => {
    const { act, sleep, waits, tries } = failing(final)
    await expect(retry(act, { sleep, random: () => 0.5 })).rejects.toBe(final)
    expect([tries(), waits]).toEqual([1, []])
  })

  it('waits for another deadline once only', async () => {
    const { act, sleep, tries } = failing(late, late, late)
    await expect(retry(act, { attempts: 5, sleep, random: () => 0.5 })).rejects.toBe(late)
    expect(tries()).toBe(2)
  })

  it('does not wait after the last attempt', async () => {
    const { act, sleep, waits } = failing(passing, passing, passing)
    await expect(retry(act, { sleep, random: () => 0.5 })).rejects.toBe(passing)
    expect(waits).toHaveLength(2)
  })

  it('takes nothing for passing but what an adapter marked so', () => {
    expect([passing, final, new Error('foreign'), undefined].map((error) => mayPass(error, 1))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('begins with a tenth of a second and ends with two, unless it is told otherwise', async () => {
    const { act, sleep, waits } = failing(...Array.from({ length: 7 }, () => passing))
    await retry(act, { attempts: 8, sleep, random: () => 1 })
    expect(waits).toEqual([100, 200, 400, 800, 1600, 2000, 2000])
  })

  it('may begin with a wait that the failure says', async () => {
    const { act, sleep, waits } = failing(late, passing)
    const baseMs = (error: unknown): number => (error === passing ? 1 : 50)
    await retry(act, { baseMs, sleep, random: () => 1 })
    expect(waits).toEqual([50, 2])
  })

  it('tells the act and the judge of a failure which attempt it is', async () => {
    const { act, sleep } = failing(final, final)
    const seen: number[] = []
    const judged: unknown[] = []
    const isRetryable = async (error: unknown, attempt: number): Promise<boolean> =>
      judged.push([error, attempt]) > 0
    await retry((attempt) => (seen.push(attempt), act()), { sleep, random: () => 0, isRetryable })
    expect(seen).toEqual([1, 2, 3])
    expect(judged).toEqual([
      [final, 1],
      [final, 2],
    ])
  })

  it('waits a random part of a bound that doubles up to its cap', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (failures, baseMs, capMs, chance) => {
          const { act, sleep, waits } = failing(...Array.from({ length: failures }, () => passing))
          await retry(act, { attempts: failures + 1, baseMs, capMs, sleep, random: () => chance })
          expect(waits).toEqual(
            Array.from({ length: failures }, (_, i) => chance * Math.min(capMs, baseMs * 2 ** i)),
          )
        },
      ),
    ))
})
