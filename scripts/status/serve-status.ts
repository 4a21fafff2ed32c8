/** `keyferry status --serve`: what the secrets hold, for a monitoring agent on this machine, as metrics and as a document. */
import type { Clock } from '../../shared/core/ports.ts'
import { prometheusText, type Metric } from '../../shared/report/prometheus-text.ts'
import { statusMetrics } from '../../shared/report/status-metrics.ts'
import type { StatusReport } from '../../shared/report/status.ts'
import { jsonAnswer, metricsAnswer, unavailableAnswer, type Answer } from '../serve/answer.ts'
import { buildInfo, refusedRequests } from '../serve/common-metrics.ts'
import { counter } from '../serve/counter.ts'
import { startGuardedServer, type GuardedServer } from '../serve/guarded-server.ts'
import { sharedLooks } from './shared-looks.ts'

export interface StatusServerOptions {
  readonly look: () => Promise<StatusReport>
  /** How old an answer may be, in milliseconds: no look is made sooner after the one before. */
  readonly maxAgeMs: number
  readonly token: string
  /** 0 is any free one. @default 0 */
  readonly port?: number | undefined
  readonly version: string
  /** A look failed as a whole: told once, until one succeeds. */
  readonly onFailure?: (error: unknown) => void
  readonly clock?: Clock
  readonly patienceMs?: number
}

export interface StatusServer extends GuardedServer {
  /** Clients have been told: from now on `/readyz` says so. */
  announce(): void
}

/** Listens on 127.0.0.1, and looks when it is asked. Rejects with CONFIG_INVALID where the port cannot be had. */
export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { maxAgeMs, token, port, version, onFailure, clock = Date, patienceMs } = options
  const looks = counter([{ outcome: 'done' }, { outcome: 'failed' }])
  const refused = refusedRequests()
  const recent = sharedLooks({ look, maxAgeMs, ...(patienceMs !== undefined && { patienceMs }) })
  let [isAnnounced, isFailing] = [false, false]
  const server = await startGuardedServer({
    token,
    port,
    isReady: () => isAnnounced,
    onRefused: refused.add,
    answer: (path) => {
      if (path === '/metrics') return page().then(metricsAnswer)
      return path === '/status' ? statusAnswer() : undefined
    },
  })
  return { ...server, announce: () => void (isAnnounced = true) }

  async function look(): Promise<StatusReport> {
    try {
      const report = await options.look()
      looks.add({ outcome: 'done' })
      isFailing = false
      return report
    } catch (error) {
      looks.add({ outcome: 'failed' })
      if (!isFailing) onFailure?.(error)
      isFailing = true
      throw error
    }
  }

  async function statusAnswer(): Promise<Answer> {
    try {
      return jsonAnswer(200, await recent())
    } catch (error) {
      return unavailableAnswer(error, 'The look at the secrets failed.')
    }
  }

  // Also where the look failed: that it did is itself worth an alert.
  async function page(): Promise<string> {
    const report = await recent().catch(() => undefined)
    return prometheusText([
      buildInfo(version),
      {
        name: 'keyferry_status_up',
        type: 'gauge',
        help: 'Whether the secrets could be looked at: 1 or 0. Where it is 0, nothing is told of any target.',
        samples: [{ value: Number(report !== undefined) }],
      },
      ...(report ? [checkedAt(report), ...statusMetrics(report, clock.now())] : []),
      {
        name: 'keyferry_status_looks_total',
        type: 'counter',
        help: 'Looks at all secrets, by how they ended.',
        samples: looks.samples(),
      },
      refused.metric(),
    ])
  }
}

function checkedAt(report: StatusReport): Metric {
  return {
    name: 'keyferry_status_checked_timestamp_seconds',
    type: 'gauge',
    help: 'When the look ended that this is of, in seconds since the epoch.',
    samples: [{ value: Date.parse(report.checkedAt) / 1_000 }],
  }
}
