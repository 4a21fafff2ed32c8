/** One run over many targets: each refreshed on its own, then pruned, so that no dead version delays a refresh. */
import { inParallel } from './bounded.ts'
import { coalescing } from './coalescing.ts'
import type { ErrorReport } from './error-report.ts'
import { pruneTarget, type PruneOptions, type PruneResult } from './prune.ts'
import type { Target } from './target.ts'
import { refreshTarget, type RefreshOptions, type RefreshResult } from './writer.ts'
import type { WriterPorts } from './writer-ports.ts'

export interface TargetResult extends RefreshResult {
  /** Versions that were destroyed afterwards. */
  readonly pruned?: readonly number[]
  /** Why dead versions could not be destroyed: they cost money, and harm nobody. */
  readonly pruneError?: ErrorReport
}

export interface Runs {
  /** Results in the order of `targets`. Never rejects. */
  refresh(targets: readonly Target[], options?: RefreshOptions): Promise<TargetResult[]>
  prune(targets: readonly Target[], options?: Omit<PruneOptions, 'current'>): Promise<PruneResult[]>
}

/**
 * Runs that are under way at the same time share what they do: two deliveries of one schedule refresh each target once.
 * @param concurrency targets that are worked on at once in a run
 */
export function runsOver(portsOf: (target: Target) => WriterPorts, concurrency = 50): Runs {
  const refreshOnce = coalescing<RefreshResult>()
  const pruneOnce = coalescing<PruneResult>()
  const prune = (target: Target, options: PruneOptions): Promise<PruneResult> =>
    pruneOnce(target.name, JSON.stringify(options), () => pruneTarget(target, portsOf(target), options))

  return {
    async refresh(targets, options = {}) {
      const results = await inParallel(targets, concurrency, (target) =>
        refreshOnce(target.name, JSON.stringify(options), () =>
          refreshTarget(target, portsOf(target), options),
        ),
      )
      return inParallel([...targets.entries()], concurrency, async ([i, target]) => {
        const result = results[i] as RefreshResult
        const { outcome, version: current, dryRun } = result
        if (dryRun || !(outcome === 'fresh' || outcome === 'refreshed')) return result
        const { destroyed, error } = await prune(target, { current })
        return {
          ...result,
          ...(destroyed.length > 0 && { pruned: destroyed }),
          ...(error && { pruneError: error }),
        }
      })
    },
    prune: (targets, options = {}) => inParallel(targets, concurrency, (target) => prune(target, options)),
  }
}
