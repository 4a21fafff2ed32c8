/** What the endpoint says: the container credentials document, or why there is none. */
import { isKeyferryError } from '../../shared/core/errors.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { redact } from '../../shared/core/redaction.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The document of `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
export function credentialAnswer(credentials: SessionCredentials, roleArn?: string): Answer {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials
  return json(200, {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    // Whole seconds: some tools do not read fractions.
    Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
    AccountId: accountId,
    ...(roleArn && { RoleArn: roleArn }),
  })
}

/** In the form whose `Code` and `Message` the SDKs show. A foreign error's words are not ours to repeat. */
export function unavailableAnswer(error: unknown): Answer {
  const known = isKeyferryError(error)
  const body = {
    Code: known ? error.code : 'INTERNAL',
    Message: known ? redact(error.message) : 'The credentials could not be loaded.',
  }
  // What retrying cannot mend is remembered for a few seconds: sooner, the answer would be the same.
  return json(503, body, { 'retry-after': known && !error.retryable ? '5' : '1' })
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
