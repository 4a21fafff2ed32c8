/** Google's failures to give a token, as Keyferry's errors: one translation for the token endpoints and IAM Credentials. */
import { KeyferryError } from '../core/errors.ts'
import type { HttpResponse } from '../core/ports.ts'
import { redact, withoutDetails } from '../core/redaction.ts'

/** What was tried, as the message will say it. */
export interface TokenAttempt {
  readonly code: 'IDENTITY_TOKEN_FAILED' | 'ACCESS_TOKEN_FAILED'
  /** `get an ID token of EMAIL from IAM Credentials` */
  readonly act: string
  /** The account, or the credential file. */
  readonly resource: string
  /** What was sent, and nobody may see. */
  readonly secrets: readonly string[]
}

/** A refusal in Keyferry's terms. */
export interface TokenRefusal {
  readonly because: string
  readonly fix?: string | undefined
  /** Whether the same may succeed if it is tried again. @default false */
  readonly passing?: boolean
}

/** The error for a refusal. `said` is what Google's answer says, and `name` its own code of it. */
export function refusedToken(
  attempt: TokenAttempt,
  { because, fix, passing = false }: TokenRefusal,
  { name, said }: { readonly name: string; readonly said: string },
): KeyferryError {
  // What is shorter is no secret of Google's, and may be anywhere in a text.
  const known = attempt.secrets.filter(({ length }) => length >= SECRET_LENGTH_MIN)
  const quoted = masked(redact(said, known))
  const cause = Object.assign(new Error(quoted), { name })
  return tokenError(attempt, quoted ? `${because} (${quoted})` : because, { fix, cause, retryable: passing })
}

const SECRET_LENGTH_MIN = 8

const FOR_GOOD: ReadonlySet<string> = new Set(['ENOTFOUND', 'EMSGSIZE'])

/** The error where no whole answer came. */
export function unansweredToken(attempt: TokenAttempt, error: unknown): KeyferryError {
  const cause = withoutDetails(error) as Error & { code?: unknown }
  return tokenError(attempt, `no answer (${redact(cause.message, attempt.secrets).replace(/\.$/, '')})`, {
    fix: FOR_GOOD.has(String(cause.code)) ? 'Check the network, and HTTPS_PROXY.' : undefined,
    cause,
    retryable: !FOR_GOOD.has(String(cause.code)),
  })
}

/** The error where what answers does not speak as Google does: a proxy on the way, say. */
export function foreignAnswer(attempt: TokenAttempt, { status }: HttpResponse): KeyferryError {
  const retryable = status >= 500 || status === 429
  const because = retryable ? 'the service does not answer for now' : 'what answered is not Google'
  return tokenError(attempt, `${because} (status ${status})`, {
    fix: retryable ? undefined : 'Check HTTPS_PROXY.',
    retryable,
  })
}

/** The error for what failed within the library rather than at Google; an error of ours as it is. */
export function failedToken(attempt: TokenAttempt, error: unknown, fix?: string): KeyferryError {
  if (error instanceof KeyferryError) return error
  // By its name alone: its words quote what it could not read.
  const { name, code = name } = error as { name?: unknown; code?: unknown }
  return tokenError(attempt, `Google's library failed (${String(code)})`, { fix })
}

function tokenError(
  { code, act, resource }: TokenAttempt,
  because: string,
  { fix, ...options }: { fix?: string | undefined; cause?: unknown; retryable?: boolean } = {},
): KeyferryError {
  return new KeyferryError(code, `Cannot ${act}: ${because}.${fix ? ` ${fix}` : ''}`, {
    ...options,
    resource,
  })
}

/** The JSON object in an answer, or undefined. */
export function objectIn(json: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(json))
  } catch {
    // JSON.parse quotes its input in its message: it must not travel on.
    return undefined
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

const PERMISSION = /^'?iam\.[A-Za-z]{1,32}\.[A-Za-z]{1,32}'?$/

// Google explains itself in words; what is longer than any word may be a token, of a form that nobody knows.
function masked(said: string): string {
  return said
    .replace(/\S{32,}/g, (word) => (PERMISSION.test(word) ? word : '…'))
    .trim()
    .replace(/\.$/, '')
    .slice(0, 300)
}
