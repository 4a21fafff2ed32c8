/** A counter of Prometheus: one number for each set of labels. */
import type { Metric } from '../../shared/report/prometheus-text.ts'

type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(labels: Labels, by?: number): void
  samples(): Metric['samples']
}

/** @param known labels that are there from the start: a counter that appears with its first event has no rate over it */
export function counter(known: readonly Labels[] = []): Counter {
  const values = new Map<string, number>(known.map((labels) => [JSON.stringify(labels), 0]))
  return {
    add(labels, by = 1) {
      const key = JSON.stringify(labels)
      values.set(key, (values.get(key) ?? 0) + by)
    },
    samples: () => [...values].map(([key, value]) => ({ labels: JSON.parse(key) as Labels, value })),
  }
}
