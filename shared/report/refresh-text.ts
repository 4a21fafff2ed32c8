/** What a refresh did, as a table for people: one line a target, what went wrong below it. */
import type { TargetResult } from '../core/refresh-run.ts'
import { durationText } from './duration-text.ts'
import { textTable } from './text-table.ts'

const HEADING = ['TARGET', 'OUTCOME', 'VERSION', 'KEY', 'EXPIRES IN', 'DESTROYED', 'WHY']

/**
 * @param keys the end of each target's access key id, by the target's name
 * @param now milliseconds since the epoch
 */
export function refreshText(
  results: readonly TargetResult[],
  keys: ReadonlyMap<string, string>,
  now: number = Date.now(),
): string {
  const rows = results.map(({ target, outcome, dryRun, version, expiration, pruned, reason }) => [
    target,
    dryRun && outcome === 'refreshed' ? 'would be refreshed' : outcome,
    version === undefined ? '-' : String(version),
    keys.get(target) ?? '-',
    expiration === undefined ? '-' : durationText(Math.max(0, (Date.parse(expiration) - now) / 1_000)),
    pruned?.join(', ') ?? '',
    reason ?? '',
  ])
  const problems = results.flatMap(({ target, error, pruneError }) =>
    [error, pruneError].flatMap((problem) =>
      problem ? [`${target}: ${problem.code}: ${problem.message}`] : [],
    ),
  )
  return [...textTable(HEADING, rows), ...(problems.length > 0 ? ['', ...problems] : [])].join('\n')
}
