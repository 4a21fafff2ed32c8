/** Secret Manager's quotas: so many calls in a second or a minute, per project, secret or version. */
import type { EmulatorClock } from '../../options.ts'
import { googleRefusal } from '../canonical-codes.ts'

/** Change a number to try another quota; `Infinity` lifts it. */
export interface SecretManagerQuotas {
  accessPerProjectPerMinute: number
  readPerProjectPerMinute: number
  writePerProjectPerMinute: number
  addPerSecretPerSecond: number
  addPerSecretPerMinute: number
  changePerVersionPerSecond: number
  changePerVersionPerMinute: number
  regionalAddPerSecretPerSecond: number
  regionalChangePerVersionPerSecond: number
}

export const DEFAULT_QUOTAS: SecretManagerQuotas = {
  accessPerProjectPerMinute: 90_000,
  readPerProjectPerMinute: 600,
  writePerProjectPerMinute: 600,
  addPerSecretPerSecond: 2,
  addPerSecretPerMinute: 120,
  changePerVersionPerSecond: 1,
  changePerVersionPerMinute: 60,
  regionalAddPerSecretPerSecond: 80,
  regionalChangePerVersionPerSecond: 50,
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** What a call counts as, beside `access`, `read` or `write` of its project. */
export type QuotaKind = 'access' | 'read' | 'write'

export class QuotaMeter {
  readonly limits: SecretManagerQuotas = { ...DEFAULT_QUOTAS }
  readonly #windows = new Map<string, { times: number[]; start: number }>()
  readonly #clock: EmulatorClock

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  spend(kind: QuotaKind, project: string): void {
    this.#take(`${kind} ${project}`, this.limits[`${kind}PerProjectPerMinute`], MINUTE_MS, {
      metric: `${kind[0]?.toUpperCase()}${kind.slice(1)} requests`,
      per: 'minute',
      project,
    })
  }

  spendAdd(secret: string, project: string, regional: boolean): void {
    const about = { metric: 'AddSecretVersion requests per secret', project }
    const { addPerSecretPerSecond, addPerSecretPerMinute, regionalAddPerSecretPerSecond } = this.limits
    const perSecond = regional ? regionalAddPerSecretPerSecond : addPerSecretPerSecond
    this.#take(`add/s ${secret}`, perSecond, SECOND_MS, { ...about, per: 'second' })
    if (!regional)
      this.#take(`add/min ${secret}`, addPerSecretPerMinute, MINUTE_MS, { ...about, per: 'minute' })
  }

  spendChange(version: string, project: string, regional: boolean): void {
    const about = { metric: 'State changes per secret version', project }
    const { changePerVersionPerSecond, changePerVersionPerMinute, regionalChangePerVersionPerSecond } =
      this.limits
    const perSecond = regional ? regionalChangePerVersionPerSecond : changePerVersionPerSecond
    this.#take(`change/s ${version}`, perSecond, SECOND_MS, { ...about, per: 'second' })
    if (!regional)
      this.#take(`change/min ${version}`, changePerVersionPerMinute, MINUTE_MS, { ...about, per: 'minute' })
  }

  #take(
    key: string,
    limit: number,
    windowMs: number,
    about: { metric: string; per: string; project: string },
  ): void {
    if (limit === Infinity) return
    const now = this.#clock.now()
    const window = this.#windows.get(key) ?? { times: [], start: 0 }
    this.#windows.set(key, window)
    // Times come in order: what is too old stands in front, and is cut off seldom, so that a call costs little.
    while ((window.times[window.start] ?? Infinity) <= now - windowMs) window.start++
    if (window.start > 1_000 && window.start * 2 > window.times.length) {
      window.times.splice(0, window.start)
      window.start = 0
    }
    if (window.times.length - window.start >= limit) {
      const limitName = `'${about.metric} per ${about.per}'`
      throw googleRefusal(
        'RESOURCE_EXHAUSTED',
        `Quota exceeded for quota metric '${about.metric}' and limit ${limitName} of service 'secretmanager.googleapis.com' for consumer 'project_number:${about.project}'.`,
        'RATE_LIMIT_EXCEEDED',
      )
    }
    window.times.push(now)
  }
}
