/** The schedule against the life of the credentials, and what consumers need of it. */
import { SECOND_MS } from '../../core/limits.ts'
import { fallbackWindow } from '../../core/fallback-window.ts'
import { durationText } from '../duration-text.ts'
import { fail, ok, skipped, type Finding } from './check.ts'
import type { TargetFacts } from './facts.ts'

export function schedule({ as, subject }: TargetFacts): Finding {
  const { schedule: target, promise } = subject
  if (as !== 'writer' || !target) return skipped('it is the writer’s')
  if (promise !== undefined)
    return fail('it cannot keep its promise', {
      cause: `everySeconds ${promise.replace(/ Set .*$| No single field.*$/, '')}`,
      fix: /(?:Set|No single field) .*$/.exec(promise)?.[0] ?? 'Fire more often, or ask for a longer life.',
    })
  const { durationSeconds: life, refreshAfterSeconds: refresh, everySeconds: every } = target
  const { ceilingMs } = fallbackWindow(life * SECOND_MS, (life - refresh) * SECOND_MS)
  return ok(
    `every ${durationText(every)}: replaced at ${durationText(refresh)} of ${durationText(life)}; after two missed runs ` +
      `${durationText(life - refresh - 3 * every)} are left, consumers begin to mint for themselves at ${durationText(ceilingMs / SECOND_MS)}`,
  )
}
