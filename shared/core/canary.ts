/** Asks AWS whether stored credentials are what they say: whoever may add a version can claim anything in it. */
import { isKeyferryError, KeyferryError } from './errors.ts'
import { assumedRoleParts, effectiveRole, roleParts } from './exchange.ts'
import type { StoredCredentials } from './payload.ts'
import type { CallerIdentityCheck } from './ports.ts'
import { displayKey, withoutDetails } from './redaction.ts'
import type { Target } from './target.ts'

export type CanaryAnswer =
  | { readonly kind: 'genuine' }
  /** SECRET_FORGED: AWS knows no such key, or knows it as someone else. */
  | { readonly kind: 'forged'; readonly error: KeyferryError }
  /** AWS did not answer. That says nothing about the credentials. */
  | { readonly kind: 'unanswered'; readonly error: unknown }

export async function askCanary(
  { version, stored }: { readonly version: number; readonly stored: StoredCredentials },
  target: Target,
  { callerIdentity }: CallerIdentityCheck,
): Promise<CanaryAnswer> {
  const { credentials } = stored
  const role = effectiveRole(target)
  const forged = (why: string, cause?: Error): CanaryAnswer => ({
    kind: 'forged',
    error: new KeyferryError(
      'SECRET_FORGED',
      `Version ${version} of ${target.secret} says that it is of ${role}, but ${why} (key ${displayKey(credentials.accessKeyId)}). ` +
        'It was revoked, or someone else wrote it: look at who may add versions to this secret.',
      { resource: target.secret, ...(cause && { cause }) },
    ),
  })
  try {
    const { accountId, arn } = await callerIdentity(credentials)
    const asked = roleParts(role)
    if (accountId !== asked.accountId) return forged(`AWS knows it in account ${accountId}`)
    if (assumedRoleParts(arn)?.name !== asked.name) return forged(`AWS knows it as ${arn}`)
    return { kind: 'genuine' }
  } catch (error) {
    return isKeyferryError(error, 'IDENTITY_CHECK_FAILED') && !error.retryable
      ? forged('AWS does not accept it', withoutDetails(error))
      : { kind: 'unanswered', error }
  }
}
