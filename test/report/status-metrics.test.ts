import { expect, it } from 'vitest'
import { prometheusText } from '../../shared/report/prometheus-text.ts'
import { statusMetrics } from '../../shared/report/status-metrics.ts'
import type { TargetStatus } from '../../shared/report/status.ts'
import { TARGET_STATES } from '../../shared/report/target-state.ts'
import { CHECKED, reportWith } from '../scripts/status/reports.ts'

it('say of a fresh target all that there is to draw', () => {
  expect(samplesOf(reportWith().targets)).toEqual({
    'keyferry_secret_usable{target="app"}': 1,
    'keyferry_secret_state{target="app",state="fresh"}': 1,
    'keyferry_secret_version{target="app"}': 2,
    'keyferry_secret_read_version{target="app"}': 2,
    'keyferry_secret_issued_timestamp_seconds{target="app"}': Date.parse('2026-11-23T12:00:00Z') / 1_000,
    'keyferry_secret_age_seconds{target="app"}': 600.5,
    'keyferry_secret_refresh_after_timestamp_seconds{target="app"}':
      Date.parse('2026-11-23T12:19:00Z') / 1_000,
    'keyferry_secret_expiration_timestamp_seconds{target="app"}': Date.parse('2026-11-23T13:00:00Z') / 1_000,
    'keyferry_secret_remaining_seconds{target="app"}': 2999.5,
    'keyferry_secret_active_versions{target="app"}': 2,
  })
})

it('have a sample for every state, so that none is missed for not having been there before', () => {
  const page = prometheusText(statusMetrics(reportWith({ state: 'overdue' }), CHECKED))
  const states = [...page.matchAll(/^keyferry_secret_state\{target="app",state="(\w+)"\} (\d)$/gm)]
  expect(states.map(([, state, value]) => [state, value])).toEqual(
    TARGET_STATES.map((state) => [state, state === 'overdue' ? '1' : '0']),
  )
})

it('go below zero when the life is over', () => {
  const { targets } = reportWith()
  const later = Date.parse('2026-11-23T13:00:30Z')
  expect(samplesOf(targets, later)['keyferry_secret_remaining_seconds{target="app"}']).toBe(-30)
})

it('tell the newest version from the one that readers get, where they differ', () => {
  const problem = { code: 'SECRET_NOT_OURS', message: 'It is not ours.', retryable: false } as const
  const { targets } = reportWith({ version: 3, readVersion: 2, state: 'malformed', problem })
  expect(samplesOf(targets)).toMatchObject({
    'keyferry_secret_version{target="app"}': 3,
    'keyferry_secret_read_version{target="app"}': 2,
    'keyferry_secret_problem{target="app",code="SECRET_NOT_OURS"}': 1,
  })
})

it('say nothing of what could not be read', () => {
  const { target, secret, roleArn } = reportWith().targets[0] as TargetStatus
  const unread: TargetStatus = { target, secret, roleArn, state: 'unreadable', usable: false }
  expect(samplesOf([unread])).toEqual({
    'keyferry_secret_usable{target="app"}': 0,
    'keyferry_secret_state{target="app",state="unreadable"}': 1,
  })
})

it('give no version to readers of a secret that is of no use to them', () => {
  const samples = samplesOf(reportWith({ usable: false, state: 'stopped' }).targets)
  expect(samples).not.toHaveProperty(['keyferry_secret_read_version{target="app"}'])
  expect(samples).toHaveProperty(['keyferry_secret_version{target="app"}'], 2)
})

/** What is 0 of the states is left out. */
function samplesOf(targets: readonly TargetStatus[], now = CHECKED + 500): Record<string, number> {
  const page = prometheusText(statusMetrics({ ok: true, checkedAt: '', targets }, now))
  const samples = [...page.matchAll(/^(keyferry_\S+) (\S+)$/gm)].map(
    ([, name = '', value]) => [name, Number(value)] as const,
  )
  return Object.fromEntries(samples.filter(([name, value]) => !name.includes('_state{') || value !== 0))
}
