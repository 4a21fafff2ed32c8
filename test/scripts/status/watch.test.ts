import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { watch, type WatchView } from '../../../scripts/status/watch.ts'
import type { StatusReport } from '../../../shared/report/status.ts'
import { settled } from '../../bed/virtual-clock.ts'
import { reportWith } from './reports.ts'

const UNUSABLE = reportWith({ usable: false, state: 'expired' })

it('looks again after each pause, whatever a look fails with, until it is stopped', async () => {
  const [well, lost] = [reportWith(), new Error('lost')]
  const { saw, pauses, isWell } = await watched([well, lost, new Error('still'), UNUSABLE, well])
  expect(saw).toEqual([well, lost, new Error('still'), UNUSABLE, well])
  expect(pauses).toEqual([10_000, 10_000, 10_000, 10_000, 10_000])
  expect(isWell).toBe(true)
})

it.each([
  ['with an unusable target', [reportWith(), UNUSABLE]],
  ['in a failure', [reportWith(), new Error('lost')]],
])('did not end well where the last look ended %s', async (_, outcomes) => {
  expect((await watched(outcomes)).isWell).toBe(false)
})

it('lets a look end before the next pause begins: a slow one is never followed by two', async () => {
  const ended = new AbortController()
  let give: (report: StatusReport) => void = () => undefined
  let [looks, pauses] = [0, 0]
  const done = watch({
    look: () => {
      looks++
      return new Promise((resolve) => (give = resolve))
    },
    everyMs: 2_000,
    stopped: ended.signal,
    view: noView(),
    pause: async () => void pauses++,
  })
  await settled()
  expect([looks, pauses]).toEqual([1, 0])
  give(reportWith())
  await settled()
  expect([looks, pauses]).toEqual([2, 1])
  ended.abort()
  await done
})

it('ends in the middle of a look that nobody answers, of a pause, and before the first', async () => {
  for (const look of [() => new Promise<StatusReport>(() => undefined), async () => reportWith()]) {
    const ended = new AbortController()
    const done = watch({ look, everyMs: 3_600_000, stopped: ended.signal, view: noView() })
    await settled()
    ended.abort()
    await done
  }
  const looked = (): never => {
    throw new Error('It looked.')
  }
  expect(await watch({ look: looked, everyMs: 1, stopped: AbortSignal.abort(), view: noView() })).toBe(false)
})

it('keeps no report that it has shown, for however long it goes on', async () => {
  const ended = new AbortController()
  const shown: WeakRef<StatusReport>[] = []
  let kept = NaN
  await watch({
    look: async () => reportWith(),
    everyMs: 2_000,
    stopped: ended.signal,
    view: { ...noView(), seen: (report) => shown.push(new WeakRef(report)) },
    pause: async () => {
      if (shown.length < 10) return
      await settled()
      collectGarbage()
      kept = shown.filter((each) => each.deref() !== undefined).length
      ended.abort()
    },
  })
  // The last one may still be at hand.
  expect(kept).toBeLessThanOrEqual(1)
})

async function watched(
  outcomes: readonly (StatusReport | Error)[],
): Promise<{ saw: unknown[]; pauses: number[]; isWell: boolean }> {
  const ended = new AbortController()
  const [saw, pauses]: [unknown[], number[]] = [[], []]
  const isWell = await watch({
    look: async () => {
      const outcome = outcomes[pauses.length]
      if (!outcome || outcome instanceof Error) throw outcome
      return outcome
    },
    everyMs: 10_000,
    stopped: ended.signal,
    view: { seen: (report) => saw.push(report), failed: (error) => saw.push(error) },
    pause: async (ms) => {
      if (pauses.push(ms) === outcomes.length) ended.abort()
    },
  })
  return { saw, pauses, isWell }
}

function noView(): WatchView {
  return { seen: () => undefined, failed: () => undefined }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}
