/** What a request says of itself, by condition key. */

/** `from` is the claim that a value came from. */
export type RequestContext = Readonly<Record<string, ContextEntry>>

export interface ContextEntry {
  readonly values: readonly string[]
  readonly from?: string
}

/**
 * Names of keys know no case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
export function lookUp(context: RequestContext, key: string): ContextEntry | undefined {
  const wanted = key.toLowerCase()
  return Object.entries(context).find(([name]) => name.toLowerCase() === wanted)?.[1]
}

/**
 * What every request to STS has, whoever makes it: the time, and that it came by TLS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function keysOfAnyRequest(nowMs: number): Readonly<Record<string, string>> {
  return {
    'aws:CurrentTime': new Date(nowMs).toISOString().replace(/\.\d{3}/, ''),
    'aws:EpochTime': String(Math.floor(nowMs / 1_000)),
    'aws:SecureTransport': 'true',
  }
}
