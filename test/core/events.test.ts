import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import { aboutKey, EVENT_CHANNEL, failureOf, teller, type KeyferryEvent } from '../../shared/core/events.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import { virtualClock } from '../bed/virtual-clock.ts'

const published: unknown[] = []
const listener = (event: unknown): void => void published.push(event)

afterEach(() => {
  unsubscribe(EVENT_CHANNEL, listener)
  published.length = 0
})

describe('an event', () => {
  it('goes to onEvent and to the diagnostics channel as one and the same object', () => {
    const told: KeyferryEvent[] = []
    subscribe(EVENT_CHANNEL, listener)
    const clock = virtualClock()
    teller({ clock, onEvent: (event) => told.push(event), secret: 'projects/p/secrets/s' })('info', {
      type: 'frozen',
      tookMs: 17_000,
    })
    expect(published[0]).toBe(told[0])
    expect(told).toEqual([
      {
        at: new Date(clock.now()),
        level: 'info',
        secret: 'projects/p/secrets/s',
        type: 'frozen',
        tookMs: 17_000,
      },
    ])
  })

  it('that nobody listens to is not made', () => {
    const clock = { now: (): number => expect.unreachable('was made') }
    expect(() => teller({ clock })('info', { type: 'frozen', tookMs: 1 })).not.toThrow()
  })

  it('reaches onEvent without a subscriber of the channel, and breaks nothing where that throws or rejects', async () => {
    const told: unknown[] = []
    const clock = virtualClock()
    const tell = (onEvent: (event: KeyferryEvent) => unknown): void =>
      teller({ clock, onEvent })('info', { type: 'frozen', tookMs: 1 })
    tell((event) => {
      told.push(event)
      throw new Error('the listener’s own')
    })
    let unhandled = 0
    const count = (): void => void unhandled++
    process.on('unhandledRejection', count)
    tell(async (event) => {
      told.push(event)
      throw new Error('the listener’s own')
    })
    await new Promise((resolve) => setTimeout(resolve))
    process.off('unhandledRejection', count)
    expect([told.length, unhandled]).toEqual([2, 0])
    expect(told[0]).not.toHaveProperty('secret')
  })

  it('reaches the channel without an onEvent', () => {
    subscribe(EVENT_CHANNEL, listener)
    teller({ clock: virtualClock() })('info', { type: 'frozen', tookMs: 1 })
    expect(published.length).toBe(1)
  })

  it('shows no more of a key than its last characters, and the age by its issue', () => {
    const clock = virtualClock()
    const about = {
      credentials: { accessKeyId: 'ASIAEXAMPLEEXAMPLE01' },
      version: 7,
      provenance: { issuedAt: new Date(clock.now() - 60_000) },
    }
    expect(aboutKey(about, clock.now())).toEqual({ key: '…LE01', version: 7, ageMs: 60_000 })
    expect(aboutKey({ credentials: about.credentials }, 0)).toStrictEqual({ key: '…LE01' })
  })

  it('gives the words of our errors, without what looks like a secret, and of others only the name', () => {
    expect(failureOf(new KeyferryError('SECRET_DENIED', 'Grant it to ASIAEXAMPLEEXAMPLE01.'))).toEqual({
      reason: 'SECRET_DENIED',
      message: 'Grant it to …LE01.',
    })
    expect(failureOf(new RangeError('PLANTED'))).toEqual({ reason: 'RangeError' })
    expect(failureOf('PLANTED')).toEqual({ reason: 'string' })
  })
})
