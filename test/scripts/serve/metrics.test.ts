import { expect, it } from 'vitest'
import { metrics } from '../../../scripts/serve/metrics.ts'
import type { KeyferryEvent } from '../../../shared/core/events.ts'

const NOW = Date.parse('2026-11-23T18:00:00Z')

it('says what is held, what came, what failed, what was answered and refused, with names as Prometheus has them', () => {
  const counted = metrics('1.2.3', { now: () => NOW })
  const event = (body: object): KeyferryEvent =>
    ({ at: new Date(NOW), level: 'info', ...body }) as KeyferryEvent
  const tell = counted.onEvent('app')
  tell(event({ type: 'held', origin: 'secret', key: '…ABCD' }))
  tell(event({ type: 'held', origin: 'exchange', key: '…EFGH' }))
  tell(event({ type: 'minted', key: '…EFGH', tookMs: 3 }))
  tell(event({ type: 'read-failed', reason: 'SECRET_UNREADABLE', message: 'no' }))
  tell(event({ type: 'load-failed', reason: 'Odd"Error' }))
  counted.answered(200)
  counted.answered(503)
  counted.refused('host')
  const expiration = new Date(NOW + 90_500)
  const base = { kind: 'store', suspect: false, loading: false } as const
  expect(
    counted.text([
      { name: 'app', state: { ...base, freshness: 'fresh', expiration } },
      { name: 'new', state: { ...base, freshness: 'empty' } },
    ]),
  ).toBe(`# HELP keyferry_build_info Always 1; the version is a label.
# TYPE keyferry_build_info gauge
keyferry_build_info{version="1.2.3"} 1
# HELP keyferry_credentials_expiration_timestamp_seconds When the held credentials expire, in seconds since the epoch. Absent where none are held.
# TYPE keyferry_credentials_expiration_timestamp_seconds gauge
keyferry_credentials_expiration_timestamp_seconds{target="app"} ${NOW / 1_000 + 90.5}
# HELP keyferry_credentials_remaining_seconds Life that the held credentials have left. Negative once they have expired.
# TYPE keyferry_credentials_remaining_seconds gauge
keyferry_credentials_remaining_seconds{target="app"} 90.5
# HELP keyferry_credentials_held_total Newer credentials that came, by where they came from.
# TYPE keyferry_credentials_held_total counter
keyferry_credentials_held_total{target="app",origin="secret"} 1
keyferry_credentials_held_total{target="app",origin="exchange"} 1
# HELP keyferry_failures_total What failed while loading credentials, by the code of the error.
# TYPE keyferry_failures_total counter
keyferry_failures_total{target="app",code="SECRET_UNREADABLE"} 1
keyferry_failures_total{target="app",code="Odd\\"Error"} 1
# HELP keyferry_credential_requests_total Requests for credentials that were answered, by HTTP status.
# TYPE keyferry_credential_requests_total counter
keyferry_credential_requests_total{status="200"} 1
keyferry_credential_requests_total{status="503"} 1
# HELP keyferry_requests_refused_total Requests that a guard refused, by the guard.
# TYPE keyferry_requests_refused_total counter
keyferry_requests_refused_total{reason="peer"} 0
keyferry_requests_refused_total{reason="method"} 0
keyferry_requests_refused_total{reason="host"} 1
keyferry_requests_refused_total{reason="forwarded"} 0
keyferry_requests_refused_total{reason="body"} 0
keyferry_requests_refused_total{reason="token"} 0
keyferry_requests_refused_total{reason="path"} 0
`)
})
