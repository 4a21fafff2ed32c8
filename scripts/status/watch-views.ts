/** What a watcher of the status sees: a table that is kept up to date, or, where nobody watches, what changed. */
import { reportOf } from '../../shared/core/error-report.ts'
import { durationText } from '../../shared/report/duration-text.ts'
import { statusText } from '../../shared/report/status-text.ts'
import type { StatusReport } from '../../shared/report/status.ts'
import { describeFailure } from '../command/failure.ts'
import type { WatchView } from './watch.ts'

/** The table, drawn anew at each look. Of a look that failed it says so, below what was seen before. */
export function tableInPlace(
  draw: (text: string) => void,
  { everySeconds }: { readonly everySeconds: number },
): WatchView {
  let table = ''
  const show = (below: string): void => draw(table === '' ? below : `${table}\n\n${below}`)
  const every = durationText(everySeconds)
  return {
    seen(report) {
      table = statusText(report, { decorated: true })
      show(`Seen at ${timeOf(report.checkedAt)}; looked at again every ${every}. Ctrl-C ends it.`)
    },
    failed(error) {
      const { code, message } = reportOf(error)
      const old = table === '' ? '' : ' What is above is older.'
      show(`${code}: ${message}${old} The next look is in ${every}. Ctrl-C ends it.`)
    },
  }
}

export interface ChangesOptions {
  readonly print: (text: string) => void
  readonly note: (text: string) => void
  /** One document a line, in place of the table. */
  readonly json: boolean
  /** Whether a failure is told with its causes. @default false */
  readonly debug?: boolean
}

/** Whatever changed since the look before, but for the time that passed. A failure is told once, until a look succeeds. */
export function changes({ print, note, json, debug }: ChangesOptions): WatchView {
  let known: string | undefined
  let told: string | undefined
  return {
    seen(report) {
      told = undefined
      const now = withoutTimePassing(report)
      if (now === known) return
      if (json) print(JSON.stringify(report))
      else print(`${known === undefined ? '' : '\n'}${timeOf(report.checkedAt)}\n${statusText(report)}`)
      known = now
    },
    failed(error) {
      const what = describeFailure(error)
      if (what !== told) note(debug ? describeFailure(error, debug) : what)
      told = what
    },
  }
}

function withoutTimePassing({ targets }: StatusReport): string {
  const seen = targets.map((status) => ({
    ...status,
    ageSeconds: undefined,
    lifeLeftSeconds: undefined,
    // Of one problem the words may differ from look to look.
    problem: status.problem?.code,
  }))
  return JSON.stringify(seen)
}

/** To the second: what it is about has no finer times. */
function timeOf(checkedAt: string): string {
  return checkedAt.replace(/\.\d+Z$/, 'Z')
}
