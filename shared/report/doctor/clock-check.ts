/** This machine's clock, beside those of the services. */
import { MINUTE_MS, SECOND_MS } from '../../core/limits.ts'
import { durationText } from '../duration-text.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import type { MachineFacts } from './facts.ts'
import type { ServiceDate } from './service-dates.ts'

const IGNORED_MS = 30 * SECOND_MS
/** What AWS is known to bear of a token's date; it documents no figure. */
const BORNE_MS = 5 * MINUTE_MS

export function clock({ dates }: MachineFacts): Finding {
  const [first, second] = dates
  if (!first) return skipped('no service told the time')
  if (second && Math.abs(first.aheadMs - second.aheadMs) > IGNORED_MS) return disagreement(first, second)
  const offMs = Math.abs(first.aheadMs)
  const says = `this machine’s clock is ${offBy(first.aheadMs)}`
  if (offMs <= IGNORED_MS) return ok('as the services’ clocks, to half a minute')
  const trouble = {
    cause: `The clock of this machine is ${offBy(first.aheadMs)}: credentials end too early or too late here, and what is dated by it is refused.`,
    fix: 'timedatectl set-ntp true (in a container: on its host)',
  }
  return offMs < BORNE_MS ? warn(says, trouble) : fail(says, trouble)
}

function disagreement(first: ServiceDate, second: ServiceDate): Finding {
  const [right, wrong] =
    Math.abs(first.aheadMs) <= Math.abs(second.aheadMs) ? [first, second] : [second, first]
  const offMs = right.aheadMs - wrong.aheadMs
  const says = `${wrong.service} dates its answers ${offBy(offMs)}`
  const trouble = {
    cause:
      `${right.service} and ${wrong.service} disagree on the time by ${about(offMs)}: ` +
      `this machine’s clock agrees rather with ${right.service}. What answers in the place of ${wrong.service} may not be it.`,
    fix: 'Look at the endpoints and proxies of this machine: keyferry doctor --json, checks "endpoint" and "network-variables".',
  }
  return Math.abs(offMs) < BORNE_MS ? warn(says, trouble) : fail(says, trouble)
}

function offBy(aheadMs: number): string {
  return `${about(aheadMs)} ${aheadMs > 0 ? 'ahead' : 'behind'}`
}

// Dates have whole seconds: to five of them.
function about(ms: number): string {
  return durationText(5 * Math.round(Math.abs(ms) / (5 * SECOND_MS)))
}
