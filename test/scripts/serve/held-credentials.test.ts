import { describe, expect, it } from 'vitest'
import { heldCredentials } from '../../../scripts/serve/held-credentials.ts'
import { credentialsOf } from '../../bed/credentials.ts'
import { fakeProvider } from './endpoint-bed.ts'

const MINUTE = 60_000
const NOW = Date.parse('2026-11-23T18:00:00Z')
const clock = { now: () => NOW }
const never = new Promise<never>(() => undefined)
/** Time that passes when the test says so. */
function patience(): { pause: () => Promise<unknown>; over: () => void } {
  let over: () => void = () => undefined
  const wait = new Promise<void>((resolve) => (over = resolve))
  return { pause: () => wait, over: () => over() }
}
const living = (minutes: number, number = 1): ReturnType<typeof credentialsOf> =>
  credentialsOf(number, NOW + minutes * MINUTE)

describe('with more than 16 minutes of life', () => {
  it('what the provider has is the answer, and nothing else is asked', async () => {
    const provider = fakeProvider(living(17))
    expect(await heldCredentials(provider, { clock, pause: () => never }).best()).toBe(provider.gives)
    expect(provider.calls).toEqual([undefined])
  })
})

describe('below 16 minutes of life', () => {
  it('the source is looked at once more, for the key that is held', async () => {
    const [old, newer] = [living(15, 1), living(60, 2)]
    const provider = fakeProvider(old)
    const held = heldCredentials(provider, { clock, pause: () => never })
    const asked = held.best()
    provider.calls.push = (...calls) => {
      if (calls[0]?.['forceRefresh']) provider.gives = newer
      return Array.prototype.push.apply(provider.calls, calls)
    }
    expect(await asked).toBe(newer)
    expect(provider.calls[1]).toEqual({ forceRefresh: true, accessKeyId: old.accessKeyId })
  })

  it('what is held is the answer when the look takes too long, or fails', async () => {
    for (const outcome of [never, new Error('no')] as const) {
      const time = patience()
      const provider = fakeProvider(living(15))
      const held = heldCredentials(provider, { clock, pause: time.pause })
      const asked = held.best()
      await Promise.resolve()
      const { gives } = provider
      provider.gives = outcome as never
      time.over()
      expect(await asked).toBe(gives)
    }
  })
})

describe('while the provider makes its callers wait', () => {
  it('what it gave before is the answer', async () => {
    const time = patience()
    const provider = fakeProvider(living(1))
    const held = heldCredentials(provider, { clock, pause: time.pause })
    const before = await held.renew()
    Object.defineProperty(provider, 'state', { value: { freshness: 'mandatory' } })
    provider.gives = never
    const asked = held.best()
    time.over()
    expect(await asked).toBe(before)
  })

  it('but not once it expired, or was taken back', async () => {
    for (const [minutes, freshness] of [
      [0.05, 'mandatory'],
      [10, 'empty'],
      [10, 'expired'],
    ] as const) {
      const time = patience()
      const provider = fakeProvider(living(minutes))
      const held = heldCredentials(provider, { clock, pause: time.pause })
      await held.renew()
      Object.defineProperty(provider, 'state', { value: { freshness } })
      provider.gives = never
      const asked = held.best()
      time.over()
      await expect(asked).rejects.toMatchObject({ code: 'LOAD_TIMED_OUT', retryable: true })
    }
  })
})
