/** STS's failures as Keyferry's errors: one translation for both adapters. */
import { KeyferryError, type KeyferryErrorCode, type KeyferryErrorOptions } from '../core/errors.ts'
import { redact, withoutDetails } from '../core/redaction.ts'
import { meaningOf, wireCode, type StsAttempt } from './sts-refusals.ts'

/** What STS answered instead. */
export interface StsFailure {
  /** AWS's code, as on the wire; absent where the answer is not one of STS's. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly status: number
  readonly requestId?: string | undefined
}

/** The error for what STS answered. Its `cause.name` is AWS's code on the wire. */
export function stsRefused(attempt: StsAttempt, failure: StsFailure): KeyferryError {
  const { status } = failure
  // Both are shown, so they must be what they are called.
  const code = /^[A-Za-z.]{1,64}$/.test(failure.code ?? '') ? wireCode(failure.code as string) : undefined
  const requestId = /^[\w-]{1,64}$/.exec(failure.requestId ?? '')?.[0]
  const said = redact(failure.message ?? '', secretsOf(attempt))
    .trim()
    .replace(/\.$/, '')
    .slice(0, 500)
  const { because, fix = '', passing = false } = meaningOf(code, status)
  const quote = [said, code ?? `status ${status}`, requestId && `request ${requestId}`]
    .filter(Boolean)
    .join('; ')
  return stsError(
    attempt,
    // The one where AWS said no, the other where it could not say.
    code !== undefined && passing !== true ? 'EXCHANGE_REFUSED' : 'EXCHANGE_FAILED',
    `${typeof because === 'string' ? because : because(attempt)} (${quote})`,
    {
      fix: typeof fix === 'string' ? fix : fix(attempt, said),
      cause: Object.assign(new Error(said), { name: code ?? `HTTP status ${status}` }),
      retryable: typeof passing === 'boolean' ? passing : passing(said),
    },
  )
}

/** The error where no whole answer came. `error.code` is ETIMEDOUT where the deadline ended it. */
export function stsUnanswered(attempt: StsAttempt, error: unknown): KeyferryError {
  const { message, code } = withoutDetails(error) as Error & { code?: unknown }
  const said = redact(message, secretsOf(attempt))
  const isUnknown = code === 'ENOTFOUND' && said.includes(`sts.${attempt.region}.`)
  return stsError(attempt, 'EXCHANGE_FAILED', `STS did not answer (${said.replace(/\.$/, '')})`, {
    ...(isUnknown && {
      fix: `There is no such host: is the region right, "${attempt.region}"? AWS_REGION says it, or "region".`,
    }),
    cause: Object.assign(new Error(said), code === undefined ? {} : { code }),
    // What is too large once is too large again.
    retryable: code !== 'EMSGSIZE',
  })
}

/** The error for an answer that is not what STS answers: it says which field is missing, and quotes nothing. */
export function stsUnintelligible(attempt: StsAttempt, missing: string): KeyferryError {
  return stsError(attempt, 'EXCHANGE_FAILED', `the answer has no ${missing}`, {
    fix: 'Check AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL and HTTPS_PROXY.',
  })
}

function stsError(
  attempt: StsAttempt,
  code: KeyferryErrorCode,
  because: string,
  { fix, ...options }: KeyferryErrorOptions & { fix?: string },
): KeyferryError {
  const { act, roleArn } = attempt
  const tried = roleArn === undefined ? 'ask AWS whose the credentials are' : `assume ${roleArn}`
  const message = `Cannot ${tried}: ${because}.${fix ? ` ${fix}` : ''}`
  const isCheck = act === 'GetCallerIdentity'
  return new KeyferryError(isCheck ? 'IDENTITY_CHECK_FAILED' : code, message, {
    ...options,
    // Only AWS's own "no" is one: what a proxy answers says nothing about the credentials.
    ...(isCheck && code === 'EXCHANGE_FAILED' && { retryable: true }),
    ...(roleArn !== undefined && { resource: roleArn }),
  })
}

function secretsOf({ idToken = '', secrets = [] }: StsAttempt): string[] {
  return [idToken, ...secrets]
}
