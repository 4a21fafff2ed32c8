import { describe, expect, it } from 'vitest'
import { inParallel } from '../../shared/core/bounded.ts'
import { coalescing } from '../../shared/core/coalescing.ts'

describe('coalescing', () => {
  it('joins calls for the same while the first is under way, and not after it', async () => {
    const once = coalescing<number>()
    let acts = 0
    const act = async (): Promise<number> => ++acts
    expect(await Promise.all([once('a', 'x', act), once('a', 'x', act)])).toEqual([1, 1])
    expect(await once('a', 'x', act)).toBe(2)
  })

  it('forgets an act that is over only if it is still the last one of its key', async () => {
    const once = coalescing<string>()
    const order: string[] = []
    const act = (name: string) => async (): Promise<string> => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(name)
      return name
    }
    const first = once('a', 'x', act('first'))
    const second = once('a', 'y', act('second'))
    await first
    expect(await once('a', 'y', act('never'))).toBe('second')
    await second
    expect(order).toEqual(['first', 'second'])
  })

  it('keeps keys apart', async () => {
    const once = coalescing<string>()
    const both = [once('a', 'x', async () => 'a'), once('b', 'x', async () => 'b')]
    expect(await Promise.all(both)).toEqual(['a', 'b'])
  })

  it('runs another variant of the same key after the one under way, also when that fails', async () => {
    const once = coalescing<string>()
    const order: string[] = []
    const first = once('a', 'x', async () => {
      await Promise.resolve()
      order.push('first')
      throw new Error('boom')
    })
    const second = once('a', 'y', async () => {
      order.push('second')
      return 'second'
    })
    await expect(first).rejects.toThrow('boom')
    expect(await second).toBe('second')
    expect(order).toEqual(['first', 'second'])
  })
})

describe('acts in parallel', () => {
  it('give results in the order of the items, with no more under way than allowed', async () => {
    let underWay = 0
    let most = 0
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
      most = Math.max(most, ++underWay)
      for (let i = 0; i < item; i++) await Promise.resolve()
      underWay--
      return item * 10
    })
    expect(results).toEqual([50, 10, 40, 20, 30])
    expect(most).toBe(2)
  })

  it('of nothing give nothing', async () => {
    expect(await inParallel([], 3, async () => 1)).toEqual([])
  })
})
