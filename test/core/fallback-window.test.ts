import { describe, expect, it } from 'vitest'
import { fallbackWindow } from '../../shared/core/fallback-window.ts'
import { MINUTE_MS } from '../../shared/core/limits.ts'

describe('the fallback window', () => {
  it.each([
    { life: 15, refreshAfter: 5, floor: 2, ceiling: 6, meanSeconds: 16 },
    { life: 20, refreshAfter: 0, floor: 2, ceiling: 10, meanSeconds: 32 },
    { life: 60, refreshAfter: 20, floor: 16, ceiling: 24, meanSeconds: 32 },
    { life: 720, refreshAfter: 240, floor: 16, ceiling: 76, meanSeconds: 240 },
    { life: 40, refreshAfter: 10, floor: 10, ceiling: 18, meanSeconds: 32 },
  ])('of $life minutes of life is [$floor, $ceiling] minutes', (row) => {
    const window = fallbackWindow(row.life * MINUTE_MS, (row.life - row.refreshAfter) * MINUTE_MS)
    expect(window.floorMs).toBe(row.floor * MINUTE_MS)
    expect(window.ceilingMs).toBe(row.ceiling * MINUTE_MS)
    expect(window.meanMs).toBe(row.meanSeconds * 1000)
  })

  it('has no negative mean where the writer refreshes late in the life', () => {
    expect(fallbackWindow(60 * MINUTE_MS, 10 * MINUTE_MS).meanMs).toBe(0)
  })
})
