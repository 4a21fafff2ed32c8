import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pacing } from '../../shared/core/pacing.ts'
import { withinQuotas } from '../../shared/core/quotas.ts'
import { VirtualTime } from './virtual-time.ts'
import { writingBed } from './writing-bed.ts'

describe('pacing', () => {
  it('holds nothing back below the quota', async () => {
    const time = new VirtualTime()
    const pace = pacing({ clock: time, sleep: time.sleep })
    await time.run(Promise.all(Array.from({ length: 5 }, () => pace('a', { calls: 5, perMs: 1000 }))))
    expect(time.now()).toBe(0)
  })

  it('does not so much as yield to a timer for a call that may be made at once', async () => {
    const sleep = (): Promise<void> => expect.unreachable('slept')
    const pace = pacing({ clock: { now: () => 7 }, sleep })
    await expect(pace('a', { calls: 1, perMs: 1000 })).resolves.toBeUndefined()
  })

  it('counts each key by itself', async () => {
    const time = new VirtualTime()
    const pace = pacing({ clock: time, sleep: time.sleep })
    await time.run(Promise.all(['a', 'b', 'c'].map((key) => pace(key, { calls: 1, perMs: 1000 }))))
    expect(time.now()).toBe(0)
  })

  it('never lets more through than the quota over any stretch of its length, nor fewer than it could', async () => {
    const anyCalls = fc.array(fc.nat(400), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(anyCalls, fc.integer({ min: 1, max: 6 }), async (gaps, calls) => {
        const time = new VirtualTime()
        const pace = pacing({ clock: time, sleep: time.sleep })
        const asked: number[] = []
        const made: number[] = []
        const all = gaps.map(async (_, i) => {
          await time.sleep(gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0))
          asked.push(time.now())
          await pace('key', { calls, perMs: 1000 })
          made.push(time.now())
        })
        await time.run(Promise.all(all))
        const early = made.filter((at, i) => i >= calls && at - (made[i - calls] as number) < 1000)
        expect(early).toEqual([])
        const idle = made.filter(
          (at, i) => at > (asked[i] as number) && at - (made[i - calls] ?? -Infinity) > 1000,
        )
        expect(idle).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

describe('the quotas of Secret Manager', () => {
  it('are kept with room for calls that arrive unevenly: one addition a second to one secret', async () => {
    const time = new VirtualTime()
    const { secret, target } = writingBed()
    const paced = withinQuotas(target.secret, secret, pacing({ clock: time, sleep: time.sleep }))
    const at: number[] = []
    const add = async (): Promise<void> => {
      await paced.add(new Uint8Array([1]))
      at.push(time.now())
    }
    await time.run(Promise.all([add(), add(), add()]))
    expect(at).toEqual([0, 1000, 2000])
  })

  it('count what is added and what is destroyed together, for each project apart', async () => {
    const time = new VirtualTime()
    const pace = pacing({ clock: time, sleep: time.sleep })
    const writes = Array.from({ length: 300 }, async (_, i) => {
      const name = `projects/one/secrets/s${i}`
      const { secret } = writingBed({ secret: name })
      const paced = withinQuotas(name, secret, pace)
      await paced.destroy(await paced.add(new Uint8Array([1])))
      return time.now()
    })
    const other = (async () => {
      const { secret } = writingBed({ secret: 'projects/two/secrets/s' })
      await withinQuotas('projects/two/secrets/s', secret, pace).add(new Uint8Array([1]))
      return time.now()
    })()
    expect(await time.run(other)).toBe(0)
    const done = await time.run(Promise.all(writes))
    expect(done.filter((at) => at === 0)).toHaveLength(240)
    expect(done.filter((at) => at === 60_000)).toHaveLength(60)
  })
})
