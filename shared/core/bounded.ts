/** Many acts at once, but never more than so many. */

/** Like `Promise.all` over `items.map(act)`, with at most `limit` acts under way. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  const worker = async (): Promise<void> => {
    // Workers share the iterator: each takes the next item that nobody has taken.
    for (const [i, item] of left) results[i] = await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}
