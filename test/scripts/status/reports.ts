/** Reports of the status as a look gives them, without any secret behind them. */
import type { StatusReport, TargetStatus } from '../../../shared/report/status.ts'

export const CHECKED: number = Date.parse('2026-11-23T12:10:00Z')

/** One fresh target of version 2, ten minutes old, with an hour of life, but for what is said. */
export function reportWith(changed: Partial<TargetStatus> = {}, checked: number = CHECKED): StatusReport {
  const status: TargetStatus = {
    target: 'app',
    secret: 'projects/p/secrets/aws-app',
    roleArn: 'arn:aws:iam::123456789012:role/app',
    state: 'fresh',
    usable: true,
    version: 2,
    key: '…KEY2',
    issuedAt: '2026-11-23T12:00:00.000Z',
    refreshAfter: '2026-11-23T12:19:00.000Z',
    expiration: '2026-11-23T13:00:00.000Z',
    ageSeconds: (checked - Date.parse('2026-11-23T12:00:00Z')) / 1_000,
    lifeSeconds: 3600,
    lifeLeftSeconds: (Date.parse('2026-11-23T13:00:00Z') - checked) / 1_000,
    activeVersions: 2,
    ...changed,
  }
  const isWell = status.usable && status.readVersion === undefined
  return { ok: isWell, checkedAt: new Date(checked).toISOString(), targets: [status] }
}
