/** The metrics that every server of ours has: which one it is, and whom its guards kept out. */
import type { Metric } from '../../shared/report/prometheus-text.ts'
import { counter } from './counter.ts'
import { REFUSALS, type Refusal } from './request-guard.ts'

export function buildInfo(version: string): Metric {
  return {
    name: 'keyferry_build_info',
    type: 'gauge',
    help: 'Always 1; the version is a label.',
    samples: [{ labels: { version }, value: 1 }],
  }
}

export interface RefusedRequests {
  add(reason: Refusal): void
  metric(): Metric
}

export function refusedRequests(): RefusedRequests {
  const refused = counter(REFUSALS.map((reason) => ({ reason })))
  return {
    add: (reason) => refused.add({ reason }),
    metric: () => ({
      name: 'keyferry_requests_refused_total',
      type: 'counter',
      help: 'Requests that a guard refused, by the guard.',
      samples: refused.samples(),
    }),
  }
}
