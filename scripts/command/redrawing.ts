/** Text on a terminal that takes the place of what was drawn before it, and leaves what stands above alone. */
import { stripVTControlCharacters } from 'node:util'

/** The terminal that a person watches. It has no size, or one of 0, where it does not tell one. */
export interface Screen {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** What does not fit on the screen is left out, and said to be: what has scrolled off it cannot be replaced. */
export function redrawing(screen: Screen): (text: string) => void {
  let drawn: readonly string[] = []
  return (text) => {
    const [columns, rows] = [screen.columns || 80, screen.rows || 24]
    // As wide as it is now: a terminal breaks what stands on it anew when it is made narrower.
    const up = heightOf(drawn, columns)
    drawn = fitting(text.split('\n'), columns, rows - 1)
    const back = up > 0 ? `\u001b[${up}A` : ''
    screen.write(`${back}\r\u001b[J${drawn.join('\n')}\n`)
  }
}

function fitting(lines: readonly string[], columns: number, rows: number): readonly string[] {
  if (heightOf(lines, columns) <= rows) return lines
  const kept: string[] = []
  for (const line of lines) {
    if (heightOf([...kept, line], columns) >= rows) break
    kept.push(line)
  }
  return [...kept, `… and ${lines.length - kept.length} more lines: make the window larger`.slice(0, columns)]
}

function heightOf(lines: readonly string[], columns: number): number {
  return lines
    .map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)))
    .reduce((height, rows) => height + rows, 0)
}
