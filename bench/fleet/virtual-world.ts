/** Time that only events move: a day of a fleet passes in seconds, and the code under test sees nothing but its clock. */

export interface VirtualWorld {
  now(): number
  /** Runs `act` once the clock has got to `at`. */
  schedule(at: number, act: () => void): void
  /** A promise that resolves `ms` later on this clock. */
  after(ms: number): Promise<void>
  /** Says that promises have something to go on with: they do so before the clock moves on. */
  touch(): void
  /** Plays all events up to `until`. */
  play(until: number): Promise<void>
}

/** Promises are looked after this often even where nothing says that they should be. */
const IDLE_MS = 500
/** Promises settle between quanta, so what follows from an event may come this much later than it could. */
export const QUANTUM_MS = 20

/** @param quantumMs 0 where few enough happen for promises to settle after each. */
export function virtualWorld(start: number, quantumMs: number = QUANTUM_MS): VirtualWorld {
  let now = start
  let isTouched = false
  const queue = new EventQueue()
  const touch = (): void => {
    isTouched = true
  }
  const schedule = (at: number, act: () => void): void => queue.push(Math.max(at, now), act)

  return {
    now: () => now,
    schedule,
    touch,
    after: (ms) =>
      new Promise((resolve) =>
        schedule(now + ms, () => {
          touch()
          resolve()
        }),
      ),
    async play(until) {
      let settledAt = now
      for (let at = queue.nextAt(); at <= until; at = queue.nextAt()) {
        const quantum = at + quantumMs
        for (; at <= Math.min(quantum, until); at = queue.nextAt()) {
          now = at
          queue.pop()()
        }
        if (!isTouched && now - settledAt < IDLE_MS) continue
        isTouched = false
        settledAt = now
        await settled()
      }
      now = until
    },
  }
}

// All promises that can go on without an event have gone on before the next immediate runs.
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A binary heap by time; events of one time keep their order. */
class EventQueue {
  readonly #times: number[] = []
  readonly #order: number[] = []
  readonly #acts: (() => void)[] = []
  #pushed = 0

  nextAt(): number {
    return this.#times[0] ?? Infinity
  }

  push(at: number, act: () => void): void {
    let i = this.#times.length
    this.#set(i, at, this.#pushed++, act)
    for (let parent = (i - 1) >> 1; i > 0 && this.#isBefore(i, parent); parent = (i - 1) >> 1) {
      this.#swap(i, parent)
      i = parent
    }
  }

  pop(): () => void {
    const act = this.#acts[0] as () => void
    const last = this.#times.length - 1
    this.#swap(0, last)
    this.#times.length = this.#order.length = this.#acts.length = last
    for (let i = 0; ;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < last && this.#isBefore(child, least)) least = child
      if (least === i) return act
      this.#swap(i, least)
      i = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [timeA, timeB] = [this.#times[a] as number, this.#times[b] as number]
    return timeA < timeB || (timeA === timeB && (this.#order[a] as number) < (this.#order[b] as number))
  }

  #set(i: number, at: number, order: number, act: () => void): void {
    this.#times[i] = at
    this.#order[i] = order
    this.#acts[i] = act
  }

  #swap(a: number, b: number): void {
    const [at, order, act] = [this.#times[a] as number, this.#order[a] as number, this.#acts[a] as () => void]
    this.#set(a, this.#times[b] as number, this.#order[b] as number, this.#acts[b] as () => void)
    this.#set(b, at, order, act)
  }
}
