import { expect, it } from 'vitest'
import { failureReporter } from '../../../scripts/serve/failure-reporter.ts'
import type { KeyferryEvent } from '../../../shared/core/events.ts'

it('tells each failure once, and again after credentials came', () => {
  const notes: string[] = []
  const tell = failureReporter((text) => notes.push(text))('app')
  const event = (level: string, body: object): void =>
    tell({ at: new Date(0), level, ...body } as KeyferryEvent)
  const failed = { type: 'read-failed', reason: 'SECRET_UNREADABLE', message: 'It hangs.' }
  event('warning', failed)
  event('warning', failed)
  event('error', { type: 'load-failed', reason: 'TypeError' })
  event('info', { type: 'minted', key: '…1', tookMs: 1 })
  event('info', { type: 'held', key: '…1', origin: 'secret' })
  event('warning', failed)
  expect(notes).toEqual([
    'keyferry: app: SECRET_UNREADABLE: It hangs.',
    'keyferry: app: TypeError',
    'keyferry: app: SECRET_UNREADABLE: It hangs.',
  ])
})
