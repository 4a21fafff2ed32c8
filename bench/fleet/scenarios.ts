/** What a fleet goes through in the simulation: one thing at a time, so that each figure has one cause. */
import { START, type Scenario } from './simulate.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const between =
  (fromHour: number, minutes: number) =>
  (now: number): boolean =>
    now >= START + fromHour * HOUR_MS && now < START + fromHour * HOUR_MS + minutes * MINUTE_MS

/** What each of 100,000 instances has of a project's 90,000 accesses a minute: shows their trouble with fewer of them. */
const shareOf100000: Scenario = { accessQuotaPerInstance: 0.9 }

const schedulerOutage: Scenario = { isSchedulerOut: between(8, 360) }

export const scenarios: Readonly<Record<string, Scenario>> = {
  healthy: {},
  'healthy, `latest` 30 min behind': { latestLagMs: 30 * MINUTE_MS },
  'no schedule for 6 h': schedulerOutage,
  'no schedule for 6 h, `latest` 30 min behind': { ...schedulerOutage, latestLagMs: 30 * MINUTE_MS },
  "no schedule for 6 h, `latest` 30 min behind, 100,000 instances' share of the quota": {
    ...schedulerOutage,
    latestLagMs: 30 * MINUTE_MS,
    ...shareOf100000,
  },
  'no schedule for 6 h, 10 % may publish': { ...schedulerOutage, publishers: 0.1 },
  'no schedule for 6 h, nobody may publish': { ...schedulerOutage, publishers: 0 },
  'no schedule for 6 h, probes unknown for 5 s': { ...schedulerOutage, negativeCacheMs: 5_000 },
  'no schedule for 6 h, probes unknown for 30 s': { ...schedulerOutage, negativeCacheMs: 30_000 },
  'no schedule for 6 h, a request every 5 min': { ...schedulerOutage, requestGapMs: 5 * MINUTE_MS },
  'no schedule for 6 h, ten requests a second': { ...schedulerOutage, requestGapMs: 100, largestSize: 10 },
  'no schedule for 6 h, CPU only during requests': { ...schedulerOutage, frozen: true },
  "no schedule for 6 h, the SDK's memoizer in front": { ...schedulerOutage, memoizer: true },
  'STS out for 30 min': { isStsOut: between(9, 30) },
  'Secret Manager out for 30 min': { isSecretManagerOut: between(9, 30) },
  "all start within one minute, with 100,000 instances' share of the quota": {
    startsWithinMs: MINUTE_MS,
    hours: 2,
    ...shareOf100000,
  },
  'Secret Manager at a tenth of the quota that is used': { accessQuotaPerInstance: 0.02 },
}
