/** What asking brought: an answer, a failure, or the reason for not asking. */
import { KeyferryError } from '../../core/errors.ts'
import { withoutDetails } from '../../core/redaction.ts'

export type Answer<T> =
  { readonly value: T } | { readonly error: KeyferryError } | { readonly skipped: string }

export async function ask<T>(question: () => Promise<T> | T): Promise<Answer<T>> {
  try {
    return { value: await question() }
  } catch (error) {
    if (error instanceof KeyferryError) return { error }
    const { message } = withoutDetails(error)
    return {
      error: new KeyferryError('INTERNAL', `Keyferry failed in a way that it does not know: ${message}`),
    }
  }
}

/** Asks only where what it depends on was answered. @param name what is missing otherwise, such as `access-token` */
export async function askAfter<N, T>(
  needed: Answer<N>,
  name: string,
  question: (value: N) => Promise<T> | T,
): Promise<Answer<T>> {
  if ('value' in needed) return ask(() => question(needed.value))
  return { skipped: 'error' in needed ? `${name} failed` : needed.skipped }
}

export function valueOf<T>(answer: Answer<T>): T | undefined {
  return 'value' in answer ? answer.value : undefined
}

export function errorOf(answer: Answer<unknown>): KeyferryError | undefined {
  return 'error' in answer ? answer.error : undefined
}

/** The service's own name of what it answered with: a status of Google's, a code of AWS's. */
export function wireCodeOf(error: KeyferryError | undefined): string | undefined {
  return error?.cause instanceof Error ? error.cause.name : undefined
}

/** The service's own words. */
export function wireTextOf(error: KeyferryError | undefined): string {
  return error?.cause instanceof Error ? error.cause.message : ''
}

/** What stood before IAM and refused: `perimeter`, `api-disabled`, `access-scopes`. */
export function barrierOf(error: KeyferryError | undefined): unknown {
  return (error?.cause as { code?: unknown } | undefined)?.code
}
