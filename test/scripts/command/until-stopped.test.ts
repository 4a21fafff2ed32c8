import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { aborted, untilStopped } from '../../../scripts/command/until-stopped.ts'

it.each(['SIGTERM', 'SIGINT', 'an output that is closed'])(
  'ends at %s, and hears nothing any more',
  async (end) => {
    const told = Object.assign(new EventEmitter(), { stdout: new EventEmitter() })
    const done = untilStopped(async (stopped) => {
      await aborted(stopped)
      return 'ended'
    }, told)
    if (end.startsWith('SIG')) told.emit(end)
    else told.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    expect(await done).toBe('ended')
    expect([...told.eventNames(), ...told.stdout.eventNames()]).toEqual([])
  },
)

it('hears nothing any more after an act that failed', async () => {
  const told = Object.assign(new EventEmitter(), { stdout: new EventEmitter() })
  const failing = untilStopped(() => Promise.reject(new Error('failed')), told)
  await expect(failing).rejects.toThrow('failed')
  expect(told.eventNames()).toEqual([])
})

it('knows what has been aborted before it was asked', async () => {
  await expect(aborted(AbortSignal.abort())).resolves.toBeUndefined()
})
