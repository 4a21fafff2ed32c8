/** One act at a time for each key, and one for all who ask for the same while it is under way. */

/** Joins the act last asked for under `key` if `variant` is the same and it has not settled; otherwise runs after it. */
export type Coalesce<T> = (key: string, variant: string, act: () => Promise<T>) => Promise<T>

export function coalescing<T>(): Coalesce<T> {
  const last = new Map<string, { readonly variant: string; readonly result: Promise<T> }>()

  return (key, variant, act) => {
    const before = last.get(key)
    if (before?.variant === variant) return before.result
    const result = before ? before.result.then(act, act) : act()
    const mine = { variant, result }
    last.set(key, mine)
    const forget = (): void => {
      if (last.get(key) === mine) last.delete(key)
    }
    result.then(forget, forget)
    return result
  }
}
