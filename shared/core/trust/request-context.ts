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
