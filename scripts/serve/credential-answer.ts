/** The container credentials document, as the endpoint gives it. */
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { jsonAnswer, type Answer } from './answer.ts'

/** The document of `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
export function credentialAnswer(credentials: SessionCredentials, roleArn?: string): Answer {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials
  return jsonAnswer(200, {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    // Whole seconds: some tools do not read fractions.
    Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
    AccountId: accountId,
    ...(roleArn && { RoleArn: roleArn }),
  })
}
