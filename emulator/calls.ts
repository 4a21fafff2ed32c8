/** What a service was asked, in order: for assertions, and without any token or credential. */

export interface Call {
  readonly at: Date
  /** As the service itself names it: `AccessSecretVersion`, `AssumeRoleWithWebIdentity`, `identity`, … */
  readonly operation: string
  /** A secret's version, a role, a bucket's object, an audience. */
  readonly resource: string
  /** An e-mail or an ARN; undefined where nobody known was named. */
  readonly caller?: string
  /** `OK`, the code of the error that was answered, or the kind of fault that answered nothing good. */
  readonly status: string
}

export interface CallFilter {
  readonly operation?: string
  readonly resource?: string
  readonly caller?: string
  readonly status?: string
}

export interface CallLog extends Iterable<Call> {
  /** The latest 100,000, oldest first. */
  readonly entries: readonly Call[]
  /** How many there were since the start, or since `clear`: of an operation; or, among the entries, of what a filter describes. */
  count(operation?: string | CallFilter): number
  clear(): void
}

const KEPT = 100_000

export class Calls implements CallLog {
  entries: Call[] = []
  #counts = new Map<string, number>()

  record(call: Call): void {
    this.entries.push(call)
    // A long-running emulator must not grow for ever. Dropping half at a time keeps recording cheap.
    if (this.entries.length > 2 * KEPT) this.entries = this.entries.slice(-KEPT)
    this.#counts.set(call.operation, (this.#counts.get(call.operation) ?? 0) + 1)
  }

  count(filter?: string | CallFilter): number {
    if (filter === undefined) return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    if (typeof filter === 'string') return this.#counts.get(filter) ?? 0
    const wanted = Object.entries(filter) as [keyof CallFilter, string | undefined][]
    return this.entries.filter((call) =>
      wanted.every(([field, value]) => value === undefined || call[field] === value),
    ).length
  }

  clear(): void {
    this.entries = []
    this.#counts.clear()
  }

  [Symbol.iterator](): Iterator<Call> {
    return this.entries[Symbol.iterator]()
  }
}
