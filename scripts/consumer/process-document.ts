/** The document that AWS's tools read from a `credential_process`. */
import type { SessionCredentials } from '../../shared/core/ports.ts'

export function processDocument(credentials: SessionCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = credentials
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expirationText(credentials),
    AccountId: accountId,
  })
}

/** Whole seconds: some tools do not read fractions. */
export function expirationText({ expiration }: Pick<SessionCredentials, 'expiration'>): string {
  return expiration.toISOString().replace(/\.\d+Z$/, 'Z')
}
