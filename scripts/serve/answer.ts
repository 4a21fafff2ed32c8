/** What a server of ours says: a document, metrics, or why there are none. */
import { isKeyferryError } from '../../shared/core/errors.ts'
import { redact } from '../../shared/core/redaction.ts'
import { PROMETHEUS_CONTENT_TYPE } from '../../shared/report/prometheus-text.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function jsonAnswer(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** @param page in the text format of Prometheus */
export function metricsAnswer(page: string): Answer {
  return { status: 200, headers: { 'content-type': PROMETHEUS_CONTENT_TYPE }, body: page }
}

/**
 * In the form whose `Code` and `Message` the SDKs show.
 * @param otherwise the message for a foreign error, whose own words are not ours to repeat
 */
export function unavailableAnswer(error: unknown, otherwise: string): Answer {
  const known = isKeyferryError(error)
  const body = { Code: known ? error.code : 'INTERNAL', Message: known ? redact(error.message) : otherwise }
  // What retrying cannot mend is remembered for a few seconds: sooner, the answer would be the same.
  return jsonAnswer(503, body, { 'retry-after': known && !error.retryable ? '5' : '1' })
}
