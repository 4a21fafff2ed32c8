/**
 * Metrics of every Keyferry client of the process, for OpenTelemetry: import this once, after your SDK is set up. It listens
 * on the diagnostics channel, so the code that makes the clients need not know of it.
 */
import { metrics } from '@opentelemetry/api'
import { EVENT_CHANNEL, type KeyferryEvent } from 'keyferry'
import { subscribe } from 'node:diagnostics_channel'

const meter = metrics.getMeter('keyferry')
const events = meter.createCounter('keyferry.events', {
  description: 'What happened to AWS credentials: held, minted, published, load-failed, suspect, stopped, …',
})
const mintTime = meter.createHistogram('keyferry.mint.duration', {
  description: 'Time that an exchange of this process took',
  unit: 'ms',
})
const lifeLeft = meter.createObservableGauge('keyferry.credentials.life_left', {
  description:
    'Time until the held credentials expire; alert below the window in which consumers mint for themselves',
  unit: 's',
})

/** When what is held expires, in milliseconds since the epoch, by secret. */
const expirations = new Map<string, number>()

subscribe(EVENT_CHANNEL, (message) => {
  const event = message as KeyferryEvent
  const secret = event.secret ?? 'none'
  const reason = 'reason' in event ? { reason: event.reason } : {}
  events.add(1, { type: event.type, level: event.level, secret, ...reason })
  if (event.type === 'minted') mintTime.record(event.tookMs, { secret })
  if (event.type === 'held' && event.expiration) expirations.set(secret, event.expiration.getTime())
  if (event.type === 'withdrawn') expirations.delete(secret)
})

lifeLeft.addCallback((result) => {
  for (const [secret, expiration] of expirations)
    result.observe((expiration - Date.now()) / 1_000, { secret })
})
