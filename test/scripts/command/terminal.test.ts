import { describe, expect, it } from 'vitest'
import { terminalOf } from '../../../scripts/command/terminal.ts'

describe('what people read', () => {
  it.each([
    ['with colours on stderr, on a terminal', true, true, {}, true],
    ['plain on stdout, in a pipe', false, true, {}, false],
    ['plain on stdout, where stderr goes elsewhere', true, false, {}, false],
    ['plain on stdout, with NO_COLOR', true, true, { NO_COLOR: '1' }, false],
    ['plain on stdout, on a dumb terminal', true, true, { TERM: 'dumb' }, false],
  ])('is %s', (_, stdoutIsTTY, stderrIsTTY, env, decorated) => {
    const [stdout, stderr] = [stream(stdoutIsTTY), stream(stderrIsTTY)]
    const terminal = terminalOf({ env, stdout, stderr } as never)
    terminal.report('report')
    terminal.print('document')
    terminal.note('note')
    expect(terminal.decorated).toBe(decorated)
    expect(terminal.screen).toBe(decorated ? stderr : undefined)
    expect([stdout.written, stderr.written]).toEqual(
      decorated ? ['document\n', 'report\nnote\n'] : ['report\ndocument\n', 'note\n'],
    )
  })
})

function stream(isTTY: boolean): { isTTY: boolean; written: string; write(text: string): void } {
  return {
    isTTY,
    written: '',
    write(text) {
      this.written += text
    },
  }
}
