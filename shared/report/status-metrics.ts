/** The status as metrics, for a monitoring system to draw and to alert on. No part of a key is in them. */
import type { Metric } from './prometheus-text.ts'
import type { StatusReport, TargetStatus } from './status.ts'
import { TARGET_STATES } from './target-state.ts'

/** @param now what lives and ages does so until then, in milliseconds since the epoch: the report may be some seconds old */
export function statusMetrics({ targets }: StatusReport, now: number): Metric[] {
  const each = (read: (status: TargetStatus) => number | undefined): Metric['samples'] =>
    targets.flatMap((status) => {
      const value = read(status)
      return value === undefined ? [] : [{ labels: { target: status.target }, value }]
    })
  const time = (
    field: 'issuedAt' | 'refreshAfter' | 'expiration',
    told = (at: number): number => at,
  ): Metric['samples'] =>
    each(({ [field]: text }) => (text === undefined ? undefined : told(Date.parse(text)) / 1_000))
  return [
    {
      name: 'keyferry_secret_usable',
      type: 'gauge',
      help: 'Whether a reader gets valid credentials from the secret: 1 or 0.',
      samples: each(({ usable }) => Number(usable)),
    },
    {
      name: 'keyferry_secret_state',
      type: 'gauge',
      help: 'The state of the secret: 1 for the one that it is in, 0 for the others.',
      samples: targets.flatMap(({ target, state }) =>
        TARGET_STATES.map((each) => ({ labels: { target, state: each }, value: Number(each === state) })),
      ),
    },
    {
      name: 'keyferry_secret_problem',
      type: 'gauge',
      help: 'Always 1, where something is wrong; the code of the error is a label.',
      samples: targets.flatMap(({ target, problem }) =>
        problem ? [{ labels: { target, code: problem.code }, value: 1 }] : [],
      ),
    },
    {
      name: 'keyferry_secret_version',
      type: 'gauge',
      help: 'The newest version of the secret.',
      samples: each(({ version }) => version),
    },
    {
      name: 'keyferry_secret_read_version',
      type: 'gauge',
      help: 'The version that readers get. Absent where they get none.',
      samples: each(({ usable, version, readVersion }) => readVersion ?? (usable ? version : undefined)),
    },
    {
      name: 'keyferry_secret_issued_timestamp_seconds',
      type: 'gauge',
      help: 'When the credentials were issued, which is when the last refresh succeeded, in seconds since the epoch.',
      samples: time('issuedAt'),
    },
    {
      name: 'keyferry_secret_age_seconds',
      type: 'gauge',
      help: 'Age of the credentials.',
      samples: time('issuedAt', (at) => now - at),
    },
    {
      name: 'keyferry_secret_refresh_after_timestamp_seconds',
      type: 'gauge',
      help: 'From when on the schedule replaces them, in seconds since the epoch.',
      samples: time('refreshAfter'),
    },
    {
      name: 'keyferry_secret_expiration_timestamp_seconds',
      type: 'gauge',
      help: 'When the credentials expire, in seconds since the epoch.',
      samples: time('expiration'),
    },
    {
      name: 'keyferry_secret_remaining_seconds',
      type: 'gauge',
      help: 'Life that the credentials have left. Negative once they have expired.',
      samples: time('expiration', (at) => at - now),
    },
    {
      name: 'keyferry_secret_active_versions',
      type: 'gauge',
      help: 'Enabled and disabled versions, which are billed. Absent where listing them is not permitted.',
      samples: each(({ activeVersions }) => activeVersions),
    },
  ]
}
