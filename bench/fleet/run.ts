/** `npm run simulate`: the table of `docs/reliability.md`. Options: --sizes 1,100,1000 --seeds 3 --only NAME or a part of names, --json */
import { parseArgs } from 'node:util'
import { scenarios } from './scenarios.ts'
import { simulate, type Outcome } from './simulate.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1,100,1000' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const sizes = values.sizes.split(',').map(Number)
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)

if (!values.json) {
  console.log(
    '| what happens | instances | exchanges by the writer | by clients | in a fallback cycle: mean, most | requests | failed | waited, longest | accesses an instance and hour | busiest minute of the quota |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
}
const isWanted = (name: string): boolean =>
  scenarios[values.only] ? name === values.only : name.includes(values.only)
for (const [name, scenario] of Object.entries(scenarios).filter(([name]) => isWanted(name))) {
  const { largestSize = Infinity } = scenario
  for (const size of new Set(sizes.map((size) => Math.min(size, largestSize)))) {
    const outcomes: Outcome[] = []
    for (const seed of seeds) outcomes.push(await simulate(size, seed, scenario))
    if (values.json)
      console.log(
        JSON.stringify({ name, size, outcomes }, (key, value: unknown) =>
          key === 'history' ? undefined : value,
        ),
      )
    else console.log(row(name, size, outcomes))
  }
}

function row(name: string, size: number, outcomes: readonly Outcome[]): string {
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, each) => total + pick(each), 0)
  const mean = (pick: (outcome: Outcome) => number): string =>
    (sum(pick) / outcomes.length).toLocaleString('en', { maximumFractionDigits: 1 })
  const cycles = outcomes.flatMap((outcome) => outcome.cycles)
  const longest = Math.max(...outcomes.map((outcome) => outcome.longestDelayMs))
  const cells = [
    name,
    size.toLocaleString('en'),
    mean((each) => each.writerMints),
    mean((each) => each.clientMints),
    cycles.length === 0
      ? ''
      : `${(cycles.reduce((a, b) => a + b, 0) / cycles.length).toFixed(2)}, ${Math.max(...cycles)}`,
    mean((each) => each.requests),
    mean((each) => each.failed),
    sum((each) => each.delayed) === 0
      ? '0'
      : `${mean((each) => each.delayed)}, ${(longest / 1_000).toFixed(1)} s`,
    (sum((each) => each.accesses) / outcomes.length / size / 24).toFixed(1),
    `${(100 * Math.max(...outcomes.map((each) => each.busiestQuotaShare))).toFixed(1)} %`,
  ]
  return `| ${cells.join(' | ')} |`
}
