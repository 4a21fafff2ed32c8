/** The known word that a mistyped one was probably meant to be. */

/** The nearest of `known` within two edits of `word`, whatever its case; `undefined` where none is so near. */
export function nearestTo(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= 2 && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance)
  return nearest?.candidate
}

// Levenshtein's: insertions, deletions and substitutions, one row of the table at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [above, left, diagonal] = [row[j + 1], next[j], row[j]] as [number, number, number]
      next.push(Math.min(above + 1, left + 1, diagonal + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] as number
}
