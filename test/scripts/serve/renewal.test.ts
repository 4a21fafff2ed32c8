import { expect, it } from 'vitest'
import { keepRenewing } from '../../../scripts/serve/renewal.ts'

it('asks now and then, sooner while nothing is held, and goes on whatever fails', async () => {
  const ended = new AbortController()
  const outcomes = [false, false, true, false, true]
  const pauses: number[] = []
  await keepRenewing(
    async () => {
      if (!outcomes[pauses.length]) throw new Error('no')
    },
    {
      signal: ended.signal,
      random: () => 0.5,
      pause: async (ms) => {
        if (pauses.push(ms) === outcomes.length) ended.abort()
      },
    },
  )
  expect(pauses).toEqual([1_000, 1_000, 30_000, 1_000, 30_000])
})

it('is spread, so that instances that started together do not ask together', async () => {
  const pauseAt = async (draw: number): Promise<number> => {
    const ended = new AbortController()
    let paused = 0
    const pause = async (ms: number): Promise<void> => {
      paused = ms
      ended.abort()
    }
    await keepRenewing(async () => undefined, { signal: ended.signal, random: () => draw, pause })
    return paused
  }
  expect([await pauseAt(0), await pauseAt(0.999)]).toEqual([22_500, 37_485])
})

it('ends in the middle of a pause', async () => {
  const ended = new AbortController()
  const done = keepRenewing(async () => undefined, { signal: ended.signal })
  await new Promise(setImmediate)
  ended.abort()
  await expect(done).resolves.toBeUndefined()
})
