/** What the services say the time is, beside what this machine says. */
import type { CorrectedClock } from '../../core/clock-skew.ts'
import { SECOND_MS } from '../../core/limits.ts'
import type { HttpTransport } from '../../core/ports.ts'

export interface ServiceDate {
  readonly service: 'Secret Manager' | 'STS'
  /** How far this machine's clock is ahead of the service's, in milliseconds; negative where it is behind. */
  readonly aheadMs: number
}

const TIMEOUT_MS = 3_000

/** Asks each for nothing but its date; whoever does not answer is left out. `clock` takes note of all of them. */
export async function serviceDates(
  origins: Readonly<Partial<Record<ServiceDate['service'], string>>>,
  http: HttpTransport,
  clock: CorrectedClock,
): Promise<readonly ServiceDate[]> {
  const services = Object.entries(origins) as [ServiceDate['service'], string][]
  const dates = await Promise.all(services.map(([service, origin]) => dateOf(service, origin)))
  return dates.filter((date) => date !== undefined)

  async function dateOf(service: ServiceDate['service'], origin: string): Promise<ServiceDate | undefined> {
    const sentAt = clock.local()
    const response = await http({
      method: 'GET',
      url: new URL('/', origin).href,
      timeoutMs: TIMEOUT_MS,
    }).catch(() => undefined)
    const receivedAt = clock.local()
    const { date, age } = response?.headers ?? {}
    const at = Date.parse(date ?? '')
    if (Number.isNaN(at) || age !== undefined) return undefined
    clock.observe(date, sentAt, receivedAt)
    // A date has whole seconds, and was made at some time during the exchange.
    return { service, aheadMs: (sentAt + receivedAt) / 2 - (at + SECOND_MS / 2) }
  }
}
