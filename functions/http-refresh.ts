/** The HTTP function: `POST /` refreshes all targets, `?target=NAME` those that are named. */
import type { HttpFunction, Request } from '@google-cloud/functions-framework'
import { reportOf, type ErrorReport } from '../shared/core/error-report.ts'
import type { TargetResult } from '../shared/core/refresh-run.ts'
import type { BrokerSource } from './lazy-broker.ts'
import { logProblem, logResults, type Log } from './log.ts'

/** An error of the request itself, such as its method, has no code of ours. */
type Answer =
  { readonly results: readonly object[] } | { readonly error: ErrorReport | Omit<ErrorReport, 'code'> }

/**
 * Answers 200 where nothing failed, 500 where anything did, 400 for an unknown target and 405 for another method, always
 * with JSON and never with a credential. Never throws.
 */
export function httpRefresh(broker: BrokerSource, log: Log): HttpFunction {
  return async (request, response) => {
    const answer = (status: number, body: Answer): void => {
      response.status(status).set('Cache-Control', 'no-store').json(body)
    }
    if (request.method !== 'POST') {
      response.set('Allow', 'POST')
      answer(405, { error: { message: `Use POST, not ${request.method}.`, retryable: false } })
      return
    }
    try {
      const results = await (await broker()).refresh({ targets: targetsIn(request) })
      logResults(log, results, triggerOf(request))
      const failed = results.some(({ outcome }) => outcome === 'failed')
      answer(failed ? 500 : 200, { results: results.map(publicResult) })
    } catch (error) {
      const report = reportOf(error)
      logProblem(log, report, triggerOf(request))
      answer(report.code === 'TARGET_UNKNOWN' ? 400 : 500, { error: report })
    }
  }
}

/** What the contract promises, and nothing that may change. */
function publicResult({ target, outcome, version, expiration, error }: TargetResult): object {
  return { target, outcome, version, expiration, error }
}

function targetsIn({ query }: Request): string[] {
  const { target = [] } = query
  return (Array.isArray(target) ? target : [target]).map(String)
}

/** What Cloud Scheduler says of the job that called. */
function triggerOf(request: Request): Readonly<Record<string, string>> {
  const job = request.get('X-CloudScheduler-JobName')
  const scheduled = request.get('X-CloudScheduler-ScheduleTime')
  return { ...(job && { job }), ...(scheduled && { scheduled }) }
}
