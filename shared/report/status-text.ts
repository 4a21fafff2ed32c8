/** The status as a table for people: one line a target, what is wrong below it. */
import { styleText } from 'node:util'
import { durationText } from './duration-text.ts'
import type { StatusReport, TargetStatus } from './status.ts'
import type { TargetState } from './target-state.ts'
import { textTable } from './text-table.ts'

export interface StatusTextOptions {
  /** Colours, and the life left as a bar. @default false */
  readonly decorated?: boolean
}

const HEADING = ['TARGET', 'STATE', 'VERSION', 'KEY', 'AGE', 'LIFE LEFT', 'ACTIVE', 'LIST PRICE']
const BAR_CELLS = 20

export function statusText(report: StatusReport, { decorated = false }: StatusTextOptions = {}): string {
  const paint = decorated ? styled : plain
  const rows = report.targets.map((status) => [
    status.target,
    paint(colourOf(status), status.state),
    versionText(status),
    status.key ?? '-',
    status.ageSeconds === undefined ? '-' : durationText(status.ageSeconds),
    lifeLeft(status, decorated),
    status.activeVersions === undefined ? '' : String(status.activeVersions),
    status.monthlyListPriceUsd === undefined ? '' : `$${status.monthlyListPriceUsd.toFixed(2)} a month`,
  ])
  const remarks = report.targets.flatMap(({ target, state, problem, reason, readVersion }) => {
    if (problem) {
      const rest =
        readVersion === undefined
          ? ''
          : ` Until it expires, readers have version ${readVersion}, which this line is about.`
      return [`${target}: ${paint('red', problem.code)}: ${problem.message}${rest}`]
    }
    return state === 'overdue'
      ? [`${target}: ${reason}, and no run has replaced it: does the schedule fire?`]
      : []
  })
  return [...textTable(HEADING, rows), ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n')
}

function versionText({ version, readVersion }: TargetStatus): string {
  if (version === undefined) return '-'
  return readVersion === undefined ? String(version) : `${version} (read: ${readVersion})`
}

function lifeLeft(status: TargetStatus, decorated: boolean): string {
  const { lifeLeftSeconds, lifeSeconds } = status
  if (lifeLeftSeconds === undefined) return '-'
  const text = durationText(lifeLeftSeconds)
  if (lifeSeconds === undefined) return text
  if (!decorated) return `${text} of ${durationText(lifeSeconds)}`
  const full = Math.round((BAR_CELLS * lifeLeftSeconds) / lifeSeconds)
  return `${styled(colourOf(status), '█'.repeat(full))}${'░'.repeat(BAR_CELLS - full)} ${text}`
}

type Colour = 'green' | 'yellow' | 'red'

const HEALTHY: readonly TargetState[] = ['fresh', 'due']

function colourOf({ usable, state }: TargetStatus): Colour {
  if (!usable) return 'red'
  return HEALTHY.includes(state) ? 'green' : 'yellow'
}

function styled(colour: Colour, text: string): string {
  // Whether there is a terminal is known already: to ask again here would leave no test of it.
  return styleText(colour, text, { validateStream: false })
}

function plain(_: Colour, text: string): string {
  return text
}
