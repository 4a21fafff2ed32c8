/** Time that passes only when everyone waits: `sleep` resolves in order, and a day takes as long as its work. */

export class VirtualTime {
  #now = 0
  readonly #waiting: { at: number; wake: () => void }[] = []

  readonly now = (): number => this.#now

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#waiting.push({ at: this.#now + ms, wake })
      this.#waiting.sort((a, b) => a.at - b.at)
    })

  /** Lets time pass until `act` has settled. */
  async run<T>(act: Promise<T>): Promise<T> {
    let settled = false
    const end = (): void => void (settled = true)
    act.then(end, end)
    for (;;) {
      // Everything that can go on without time goes on first.
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) return act
      const next = this.#waiting.shift()
      if (!next) throw new Error('Nobody waits for time, and yet nothing goes on.')
      this.#now = next.at
      next.wake()
    }
  }
}
