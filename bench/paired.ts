/** Side-by-side timing: contenders take turns within one run, so that a change of the machine's speed hits all of them alike. */

export interface Contender {
  readonly name: string
  /** One measurement, in milliseconds. */
  measure(): Promise<number>
}

export interface Comparison {
  readonly name: string
  readonly medianMs: number
  /** Median of the ratios to the first contender, turn by turn, with the quartiles as the noise. */
  readonly ratio: number
  readonly quartiles: readonly [number, number]
}

/** Runs every contender `turns` times in alternating order, after one turn that is not counted. */
export async function compare(contenders: readonly Contender[], turns: number): Promise<Comparison[]> {
  const times = contenders.map((): number[] => [])
  for (let turn = -1; turn < turns; turn++) {
    const order = contenders.map((_, i) => i)
    for (const i of turn % 2 ? order : order.reverse()) {
      const elapsed = await (contenders[i] as Contender).measure()
      if (turn >= 0) times[i]?.push(elapsed)
    }
  }
  const floor = times[0] as number[]
  return contenders.map(({ name }, i) => {
    const mine = times[i] as number[]
    const ratios = mine.map((time, turn) => time / (floor[turn] as number))
    return {
      name,
      medianMs: quantile(mine, 0.5),
      ratio: quantile(ratios, 0.5),
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    }
  })
}

export function table(title: string, rows: readonly Comparison[], turns: number): string {
  const cells = rows.map(({ name, medianMs, ratio, quartiles: [low, high] }) => [
    name,
    medianMs < 0.01 ? `${(medianMs * 1e6).toFixed(0)} ns` : `${medianMs.toFixed(1)} ms`,
    `${ratio.toFixed(2)} ×`,
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
  ])
  const header = ['', 'median', 'ratio', 'quartiles of the ratio']
  return [
    `### ${title} (${turns} turns)`,
    '',
    line(header),
    line(header.map(() => '---')),
    ...cells.map(line),
    '',
  ].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * q)] as number
}
