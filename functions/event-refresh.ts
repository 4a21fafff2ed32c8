/**
 * The event function: a Pub/Sub message refreshes all targets, and Secret Manager's SECRET_ROTATE those of its secret.
 * Anything else is ignored with a log line: an answer to SECRET_VERSION_ADD would go round for ever.
 */
import type { CloudEventFunction } from '@google-cloud/functions-framework'
import { reportOf } from '../shared/core/error-report.ts'
import type { BrokerSource } from './lazy-broker.ts'
import { logProblem, logResults, type Log } from './log.ts'
import { rotatedTargets } from './rotated-targets.ts'

const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished'

interface PublishedMessage {
  readonly message?: { readonly attributes?: Readonly<Record<string, string>> | null } | null
}

/**
 * Never throws and never rejects: what failed is logged at ERROR. An event that is refused is delivered again and again,
 * without pause, which mends no refusal and throttles what would work; the schedule's next run comes anyway, and its
 * promise has room for two that fail.
 */
export function eventRefresh(broker: BrokerSource, log: Log): CloudEventFunction<PublishedMessage> {
  return async ({ id, type, data }) => {
    try {
      if (type !== MESSAGE_PUBLISHED) {
        log.info({ event: id, type }, `Ignored: events of type ${type} refresh nothing`)
        return
      }
      const { eventType, secretId } = data?.message?.attributes ?? {}
      if (eventType !== undefined && eventType !== 'SECRET_ROTATE') {
        log.info({ event: id, type: eventType }, `Ignored: ${eventType} refreshes nothing`)
        return
      }
      const { targets, refresh } = await broker()
      if (eventType === undefined) {
        logResults(log, await refresh(), { event: id })
        return
      }
      const { names, doubt } = rotatedTargets(secretId ?? '', targets)
      if (doubt !== undefined) log.warn({ event: id, secret: secretId, targets: names }, doubt)
      if (names.length > 0) logResults(log, await refresh({ targets: names }), { event: id })
    } catch (error) {
      logProblem(log, reportOf(error), { event: id })
    }
  }
}
