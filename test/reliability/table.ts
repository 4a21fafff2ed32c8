/** Tables of the fault matrix as they are written: a row for each fault, a column for each state, and how often it was tried. */
import { FAULTS, type FaultName } from './faults.ts'

export interface Row {
  readonly fault: FaultName
  /** What is seen in each state, in the order of the columns. */
  readonly cells: readonly string[]
  /** How often the request that fails is made, the first time included: one number, or one for each state. */
  readonly tries: readonly number[]
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** Faults that cannot befall this collaborator, each with the reason. */
  readonly absent: Readonly<Partial<Record<FaultName, string>>>
}

const ABSENT = 'not applicable: '

/** In the state of a column. */
export function triesOf({ tries }: Row, column: number): number {
  return tries[tries.length > 1 ? column : 0] as number
}

/** Throws for a table that leaves out a fault, or a cell of one. */
export function table(text: string): Table {
  const [head = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const columns = head.slice(1, -1)
  const absent: Partial<Record<FaultName, string>> = {}
  const rows: Row[] = []
  for (const [fault, ...rest] of lines as [FaultName, ...string[]][]) {
    if (rest[0]?.startsWith(ABSENT)) absent[fault] = rest[0].slice(ABSENT.length)
    else rows.push({ fault, cells: rest.slice(0, -1), tries: (rest.at(-1) ?? '').split('/').map(Number) })
  }
  const missing = FAULTS.filter((fault) => !(fault in absent) && !rows.some((row) => row.fault === fault))
  const ragged = rows.filter(
    ({ cells, tries }) =>
      cells.length !== columns.length ||
      ![1, cells.length].includes(tries.length) ||
      tries.some(Number.isNaN),
  )
  if (missing.length > 0) throw new Error(`The table says nothing of ${missing.join(', ')}.`)
  if (ragged.length > 0)
    throw new Error(`Rows with missing cells: ${ragged.map(({ fault }) => fault).join()}.`)
  return { columns, rows, absent }
}
