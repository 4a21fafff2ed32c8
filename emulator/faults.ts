/** How a service can be told to fail: rules that are matched to calls, each until it is used up or removed. */

/** Which calls a rule is for. What is left out matches every call. */
export interface FaultTarget {
  readonly operation?: string
  readonly resource?: string
  readonly caller?: string
  /** Let this many matching calls pass first. @default 0 */
  readonly skip?: number
  /** Fail this many, then no more. @default every one until the rule is removed */
  readonly times?: number
}

/** Whether the call does its work before it fails, so that only the answer is lost. */
interface Acting {
  /** @default false: the call fails before it does anything */
  readonly acted?: boolean
}

export type Fault =
  /** Answers as always, so much later in real time. It adds up with other faults. */
  | { readonly kind: 'latency'; readonly latencyMs: number }
  /** Never answers. */
  | ({ readonly kind: 'hang' } & Acting)
  /** Closes the connection without an answer. */
  | ({ readonly kind: 'reset' } & Acting)
  /** An error in the service's own form: by HTTP status, by the service's code, or by both. */
  | ({
      readonly kind: 'status'
      readonly status?: number
      readonly code?: string
      readonly message?: string
    } & Acting)
  /** The service's own way of saying "too many". */
  | { readonly kind: 'throttle' }
  /** Says that all is well, with a body that is none of the service's; over gRPC, bytes that are no message. */
  | { readonly kind: 'malformed'; readonly body?: string }
  /** Announces the whole answer, sends half, closes; over gRPC, headers and no message. */
  | { readonly kind: 'truncated' }
  /** Says that all is well, with no body; over gRPC, a message without fields. */
  | { readonly kind: 'empty' }
  /** The whole answer, a byte at a time, one every so many milliseconds of real time; over gRPC, headers and no more. @default 20 */
  | { readonly kind: 'trickle'; readonly everyMs?: number }
  /** The whole answer with so many bytes of nothing behind it, which every parser passes over. @default 2 MiB */
  | { readonly kind: 'oversized'; readonly bytes?: number }
  /** The form of the answer, with every value of another type; in XML and plain text, where there are no types, `0`. */
  | { readonly kind: 'mistyped' }
  /** The payload comes with the checksum of another one. What has no payload is answered as always. */
  | { readonly kind: 'wrong-checksum' }
  /** Nobody listens at the service's port, whatever the operation, until the rule is removed; open connections break. */
  | { readonly kind: 'refused' }

export type FaultRule = CallRule | Extract<Fault, { kind: 'refused' }>

/** A rule for calls: a port that refuses connections gets none. */
export type CallRule = FaultTarget & Exclude<Fault, { kind: 'refused' }>

export interface FaultPlan {
  readonly latencyMs: number
  readonly fault?: Exclude<Fault, { kind: 'latency' | 'refused' }>
}

export class Faults {
  #rules = new Set<{ readonly rule: CallRule; skip: number; left: number }>()

  /** Returns what removes the rule again. */
  add(rule: CallRule): () => void {
    const entry = { rule, skip: rule.skip ?? 0, left: rule.times ?? Infinity }
    this.#rules.add(entry)
    return () => {
      this.#rules.delete(entry)
    }
  }

  clear(): void {
    this.#rules.clear()
  }

  /** What befalls this call. It counts as a use of the rules that match it: the first one, and every latency before it. */
  take(call: { operation: string; resource: string; caller?: string | undefined }): FaultPlan {
    let latencyMs = 0
    for (const entry of this.#rules) {
      const { rule } = entry
      const matches = (['operation', 'resource', 'caller'] as const).every(
        (field) => rule[field] === undefined || rule[field] === call[field],
      )
      if (!matches || (entry.skip > 0 && entry.skip-- > 0)) continue
      if (--entry.left <= 0) this.#rules.delete(entry)
      if (rule.kind !== 'latency') return { latencyMs, fault: rule }
      latencyMs += rule.latencyMs
    }
    return { latencyMs }
  }
}
