import { describe, expect, it } from 'vitest'
import { redrawing } from '../../../scripts/command/redrawing.ts'

describe('text that replaces itself', () => {
  it('takes the place of what was drawn before, and of nothing above it', () => {
    const screen = new FakeScreen(20, 10, ['$ keyferry status'])
    const draw = redrawing(screen)
    draw('one\ntwo\nthree')
    draw('1\n2')
    expect(screen.shown).toEqual(['$ keyferry status', '1', '2', ''])
    draw('a\nb\nc\nd')
    expect(screen.shown).toEqual(['$ keyferry status', 'a', 'b', 'c', 'd', ''])
  })

  it('counts the rows that a long line takes, and no colour among them', () => {
    const screen = new FakeScreen(10, 10, ['$'])
    const draw = redrawing(screen)
    draw(`\u001b[32m${'x'.repeat(10)}\u001b[39m\n${'y'.repeat(21)}\n`)
    expect(screen.shown).toEqual(['$', 'xxxxxxxxxx', 'yyyyyyyyyy', 'yyyyyyyyyy', 'y', '', ''])
    draw('z')
    expect(screen.shown).toEqual(['$', 'z', ''])
  })

  it('leaves out what does not fit, and says so: what has scrolled away cannot be replaced', () => {
    const screen = new FakeScreen(50, 6, [])
    const draw = redrawing(screen)
    const lines = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`).join('\n')
    for (let times = 0; times < 3; times++) {
      draw(lines)
      const rest = '… and 5 more lines: make the window larger'
      expect(screen.shown).toEqual(['line 1', 'line 2', 'line 3', 'line 4', rest, ''])
    }
    draw('end')
    expect(screen.shown).toEqual(['end', ''])
  })

  it.each([
    ['does not tell its size', {}],
    ['says that it is 0 by 0, as many do in containers', { columns: 0, rows: 0 }],
  ])('takes a terminal that %s for one of 80 by 24', (_, size) => {
    const written: string[] = []
    const draw = redrawing({ ...size, write: (text) => written.push(text) })
    draw(`${'x'.repeat(81)}`)
    draw('y')
    expect(written.at(-1)).toBe('\u001b[2A\r\u001b[Jy\n')
  })
})

/** As much of a terminal as the drawing is for: it wraps, goes up, and erases downward. Fails for what it does not know. */
class FakeScreen {
  readonly columns: number
  readonly rows: number
  readonly #lines: string[]
  #row: number

  constructor(columns: number, rows: number, above: readonly string[]) {
    this.columns = columns
    this.rows = rows
    this.#lines = [...above, '']
    this.#row = above.length
  }

  get shown(): readonly string[] {
    return this.#lines
  }

  write(text: string): void {
    for (const [token] of text.replaceAll('\u001b', '␛').matchAll(/␛\[\d*[A-Za-z]|[\s\S]/g)) this.#take(token)
    if (this.#lines.length > this.rows) throw new Error('It scrolled.')
  }

  #take(token: string): void {
    const up = /^␛\[(\d+)A$/.exec(token)
    if (up) this.#row -= Number(up[1])
    else if (token === '␛[J') this.#lines.splice(this.#row, Infinity, '')
    else if (token === '\n') this.#next()
    else if (/^␛\[\d+m$/.test(token) || token === '\r') return
    else if (token.startsWith('␛')) throw new Error(`Unknown: ${JSON.stringify(token)}`)
    else {
      if (this.#lines[this.#row]?.length === this.columns) this.#next()
      this.#lines[this.#row] += token
    }
  }

  #next(): void {
    this.#row++
    this.#lines[this.#row] ??= ''
  }
}
