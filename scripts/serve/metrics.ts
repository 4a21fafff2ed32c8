/** What the endpoint counts, in the text format of Prometheus. It has no secret in it, but names of targets and of failures. */
import type { KeyferryEvent } from '../../shared/core/events.ts'
import type { Clock } from '../../shared/core/ports.ts'
import type { KeyferryState } from '../../shared/core/provider.ts'
import { prometheusText } from '../../shared/report/prometheus-text.ts'
import { buildInfo, refusedRequests } from './common-metrics.ts'
import { counter } from './counter.ts'
import type { Refusal } from './request-guard.ts'

export interface Metrics {
  /** To be told of every event of a target's provider. */
  onEvent(target: string): (event: KeyferryEvent) => void
  answered(status: number): void
  refused(reason: Refusal): void
  /** The page, with what is held now. */
  text(targets: readonly { readonly name: string; readonly state: KeyferryState }[]): string
}

export function metrics(version: string, clock: Clock = Date): Metrics {
  const held = counter()
  const failed = counter()
  const answered = counter([200, 503].map((status) => ({ status: String(status) })))
  const refused = refusedRequests()

  return {
    onEvent: (target) => (event) => {
      if (event.type === 'held') held.add({ target, origin: event.origin })
      else if ('reason' in event) failed.add({ target, code: event.reason })
    },
    answered: (status) => answered.add({ status: String(status) }),
    refused: refused.add,
    text(targets) {
      const expirations = targets.flatMap(({ name, state: { expiration } }) =>
        expiration ? [{ labels: { target: name }, at: expiration.getTime() }] : [],
      )
      return prometheusText([
        buildInfo(version),
        {
          name: 'keyferry_credentials_expiration_timestamp_seconds',
          type: 'gauge',
          help: 'When the held credentials expire, in seconds since the epoch. Absent where none are held.',
          samples: expirations.map(({ labels, at }) => ({ labels, value: at / 1_000 })),
        },
        {
          name: 'keyferry_credentials_remaining_seconds',
          type: 'gauge',
          help: 'Life that the held credentials have left. Negative once they have expired.',
          samples: expirations.map(({ labels, at }) => ({ labels, value: (at - clock.now()) / 1_000 })),
        },
        {
          name: 'keyferry_credentials_held_total',
          type: 'counter',
          help: 'Newer credentials that came, by where they came from.',
          samples: held.samples(),
        },
        {
          name: 'keyferry_failures_total',
          type: 'counter',
          help: 'What failed while loading credentials, by the code of the error.',
          samples: failed.samples(),
        },
        {
          name: 'keyferry_credential_requests_total',
          type: 'counter',
          help: 'Requests for credentials that were answered, by HTTP status.',
          samples: answered.samples(),
        },
        refused.metric(),
      ])
    },
  }
}
