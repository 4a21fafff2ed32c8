/** Secret Manager's failures as Keyferry's errors: one translation for both adapters. */
import { KeyferryError, type KeyferryErrorCode, type KeyferryErrorOptions } from '../core/errors.ts'
import { redact, withoutDetails } from '../core/redaction.ts'
import { UnreadableAnswer } from './secret-answers.ts'
import {
  failedCode,
  meaningOf,
  type SecretAct,
  type SecretAttempt,
  type SecretFailure,
} from './secret-refusals.ts'

const RETRYABLE: ReadonlySet<string> = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'INTERNAL',
  'UNAVAILABLE',
])

/** The error for a status that Secret Manager answered with. Its `cause.name` is that status, `cause.code` the barrier before IAM. */
export function refused(attempt: SecretAttempt, failure: SecretFailure): KeyferryError {
  const said = redact(failure.message ?? '', attempt.secrets)
    .trim()
    .replace(/\.$/, '')
    .slice(0, 500)
  const { code, because, fix, barrier } = meaningOf(attempt, failure)
  return secretError(attempt, code, said ? `${because} (${said})` : because, {
    fix,
    cause: Object.assign(new Error(said), { name: failure.status, ...(barrier && { code: barrier }) }),
    retryable: RETRYABLE.has(failure.status),
  })
}

/** The error where no whole answer came. `error.code` is ETIMEDOUT where the deadline ended it. */
export function unanswered(attempt: SecretAttempt, error: unknown): KeyferryError {
  const { message, code } = withoutDetails(error) as Error & { code?: unknown }
  const said = redact(message, attempt.secrets)
  return secretError(attempt, failedCode(attempt.act), `no answer (${said.replace(/\.$/, '')})`, {
    cause: Object.assign(new Error(said), code === undefined ? {} : { code }),
    // What is too large once is too large again.
    retryable: code !== 'EMSGSIZE',
  })
}

/** The error for an answer that cannot be read; any other error as it is. */
export function unreadable(attempt: SecretAttempt, error: unknown): unknown {
  if (!(error instanceof UnreadableAnswer)) return error
  if (!error.isCorrupt) return secretError(attempt, failedCode(attempt.act), `the answer ${error.message}`)
  return secretError(attempt, 'SECRET_CORRUPT', 'the payload does not match its checksum', {
    fix: 'Read it again; if it stays so, replace it: npx keyferry refresh --force',
  })
}

function secretError(
  attempt: SecretAttempt,
  code: KeyferryErrorCode,
  because: string,
  { fix, ...options }: KeyferryErrorOptions & { fix?: string | undefined } = {},
): KeyferryError {
  const { act, secret, version } = attempt
  const resource = version === undefined ? secret : `${secret}/versions/${version}`
  const message = `Cannot ${VERB[act]} ${resource}: ${because}.${fix ? ` ${fix}` : ''}`
  return new KeyferryError(code, message, { ...options, resource })
}

const VERB: Readonly<Record<SecretAct, string>> = {
  read: 'read',
  add: 'add a version to',
  list: 'list the versions of',
  destroy: 'destroy',
  inspect: 'look at',
}
