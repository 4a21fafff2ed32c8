/** All targets of one invocation, due at once, beside the least that their latencies and Google's quota allow: on virtual time. */
import { runOnce, type Case, type Run } from './many/run-once.ts'

const SEEDS = Number(process.env['SEEDS'] ?? 3)
/** The time limit that the README deploys the function with. */
const LIMIT_MS = 50_000

const cases: readonly Case[] = [
  { name: 'all due', targets: 1 },
  { name: 'all due', targets: 50 },
  { name: 'all due', targets: 250 },
  { name: 'all due', targets: 500 },
  { name: 'the same, every call at its median', targets: 500, isEven: true },
  { name: 'all due for the first time: nothing to destroy', targets: 500, isFirst: true },
  { name: 'the same, every call at its median', targets: 500, isFirst: true, isEven: true },
  { name: 'in four projects', targets: 500, projects: 4 },
  { name: 'half of them fresh', targets: 500, freshShare: 0.5 },
  { name: 'all fresh', targets: 500, freshShare: 1 },
  { name: 'one in twenty fails slowly', targets: 500, failingShare: 0.05 },
  { name: 'each by way of another role', targets: 500, isChained: true },
  { name: 'all due', targets: 2_000 },
  { name: 'in four projects', targets: 2_000, projects: 4 },
]

console.log(`### Many targets in one invocation (${SEEDS} draws)\n`)
const header = [
  '',
  'targets',
  'writes',
  'latency allows',
  'the quota allows',
  'both, by hand',
  'all stored',
  'done',
  'beside the larger bound',
  'beside both, by hand',
  'stored in 50 s',
]
console.log(line(header))
console.log(line(header.map(() => '---')))
for (const each of cases) {
  const runs: Run[] = []
  for (let seed = 1; seed <= SEEDS; seed++) runs.push(await runOnce(each, seed))
  console.log(row(each, runs))
}

function row({ name, targets }: Case, runs: readonly Run[]): string {
  const median = (pick: (run: Run) => number): number =>
    runs.map(pick).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] as number
  const seconds = (pick: (run: Run) => number): string => `${(median(pick) / 1_000).toFixed(1)} s`
  const ratio = (pick: (run: Run) => number): string =>
    `${median((run) => run.doneMs / pick(run)).toFixed(2)} ×`
  return line([
    name,
    targets.toLocaleString('en'),
    median(({ writes }) => writes).toLocaleString('en'),
    seconds(({ latencyBoundMs }) => latencyBoundMs),
    seconds(({ quotaBoundMs }) => quotaBoundMs),
    seconds(({ byHandMs }) => byHandMs),
    seconds(({ storedMs }) => Math.max(0, ...storedMs)),
    seconds(({ doneMs }) => doneMs),
    ratio(({ latencyBoundMs, quotaBoundMs }) => Math.max(latencyBoundMs, quotaBoundMs)),
    ratio(({ byHandMs }) => byHandMs),
    median(({ storedMs }) => storedMs.filter((ms) => ms <= LIMIT_MS).length).toLocaleString('en'),
  ])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
