/** In which state a target's secret is, and what is to be done about it. */
import { KeyferryError } from '../core/errors.ts'
import { grantOf } from '../core/exchange.ts'
import { SECOND_MS } from '../core/limits.ts'
import type { Clock } from '../core/ports.ts'
import type { Target } from '../core/target.ts'
import { dueAt, type Verdict } from '../core/verdict.ts'
import type { VersionReading } from '../core/version-reading.ts'

/**
 * `fresh`, `due` (the next run of the schedule will replace it) and `overdue` (a whole period has passed since then) are
 * of use. `stopped`: an operator disabled the newest version. `contended`: another role's credentials. `changed`: this
 * role's, made for another policy, chain or session name. `foreign`: not written by Keyferry. `unreadable`: the read
 * itself failed.
 */
export const TARGET_STATES = [
  'fresh',
  'due',
  'overdue',
  'expired',
  'stopped',
  'contended',
  'changed',
  'foreign',
  'malformed',
  'empty',
  'unreadable',
] as const

export type TargetState = (typeof TARGET_STATES)[number]

export function stateOf(
  verdict: Verdict,
  top: VersionReading | undefined,
  target: Target,
  clock: Clock,
): TargetState {
  const code = top?.problem?.code
  if (verdict.kind === 'fresh' || verdict.kind === 'stopped') return verdict.kind
  if (verdict.kind === 'refused') {
    if (verdict.error.code === 'SECRET_CONTENDED') return 'contended'
    return code === undefined || code === 'CREDENTIALS_EXPIRED' ? 'foreign' : 'malformed'
  }
  if (code === 'SECRET_DESTROYED') return 'due'
  if (!top?.stored) return 'empty'
  if (code === 'CREDENTIALS_EXPIRED') return 'expired'
  if (top.stored.provenance?.grant !== grantOf(target)) return 'changed'
  const { refreshAfter, issuedAt } = top.stored.provenance
  const at = dueAt(top.stored, target)
  // Before its issue nothing was due: then the configuration changed, and the schedule it was made for tells what was missed.
  const lateMs = clock.now() - (at < issuedAt.getTime() ? refreshAfter.getTime() : at)
  return lateMs <= target.everySeconds * SECOND_MS ? 'due' : 'overdue'
}

/** What to tell beside the state; undefined where the newest version is of use. */
export function problemOf(
  state: TargetState,
  verdict: Verdict,
  top: VersionReading | undefined,
  { name, secret }: Target,
): KeyferryError | undefined {
  if ('error' in verdict) return verdict.error
  if (state === 'empty')
    return new KeyferryError(
      'SECRET_NOT_FOUND',
      `${secret} does not exist, or has no version to read. Create it, then run \`keyferry refresh ${name}\`.`,
    )
  if (state === 'changed')
    return new KeyferryError(
      'SECRET_OTHER_GRANT',
      `${secret} holds credentials that may do something else than target "${name}" is configured for. \`keyferry refresh ${name}\` replaces them.`,
    )
  return top?.problem
}
