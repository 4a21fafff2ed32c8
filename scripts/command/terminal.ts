/** Where a verb's words go: documents to stdout, and what only a person reads, with colours, to a terminal's stderr. */
import type { Screen } from './redrawing.ts'

export interface Terminal {
  readonly env: NodeJS.ProcessEnv
  /** Whether a person watches: only then are there colours, bars and lines that move. Never with NO_COLOR. */
  readonly decorated: boolean
  /** Whether stdout is one, whatever it shows of colours. */
  readonly isScreen?: boolean
  /** The terminal that a person watches, for lines that take each other's place; absent where it is not decorated. */
  readonly screen?: Screen
  /** What was asked for, on stdout. */
  print(text: string): void
  /** A report for people. It is stdout's, in plain text, where somebody reads it there: a pipe, a file, a log. */
  report(text: string): void
  /** Remarks and errors, on stderr. */
  note(text: string): void
}

export function terminalOf({
  env,
  stdout,
  stderr,
}: Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr'> = process): Terminal {
  const decorated = Boolean(stdout.isTTY && stderr.isTTY) && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const line = (stream: NodeJS.WriteStream, text: string): void => void stream.write(`${text}\n`)
  return {
    env,
    decorated,
    isScreen: Boolean(stdout.isTTY),
    ...(decorated && { screen: stderr }),
    print: (text) => line(stdout, text),
    report: (text) => line(decorated ? stderr : stdout, text),
    note: (text) => line(stderr, text),
  }
}
