/** Columns of text, aligned whether or not their cells are coloured. */
import { stripVTControlCharacters } from 'node:util'

/** One line a row, the heading first; columns that are empty in every row are left out. */
export function textTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const used = heading.map((_, column) => rows.some((row) => row[column]))
  const lines = [heading, ...rows].map((row) => row.filter((_, column) => used[column]))
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => visible(line[column]))))
  return lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat((widths[column] as number) - visible(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function visible(cell = ''): number {
  return stripVTControlCharacters(cell).length
}
