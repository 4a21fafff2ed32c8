/** What the writer makes of the newest version: fresh, due, an operator's stop, or not its business. */
import { KeyferryError } from './errors.ts'
import { effectiveRole, grantOf } from './exchange.ts'
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import type { StoredCredentials } from './payload.ts'
import type { SessionCredentials } from './ports.ts'
import type { Target } from './target.ts'
import type { VersionReading } from './version-reading.ts'

export type Verdict =
  | {
      readonly kind: 'fresh'
      readonly version: number
      readonly stored: StoredCredentials
      readonly reason: string
    }
  | { readonly kind: 'due'; readonly reason: string; readonly current?: CurrentVersion }
  | { readonly kind: 'stopped' | 'refused'; readonly version: number; readonly error: KeyferryError }

/** What readers have until a newer version comes. */
export interface CurrentVersion {
  readonly version: number
  readonly expiration: Date
  readonly accessKeyId: string
}

export function currentVersion(
  version: number,
  { expiration, accessKeyId }: SessionCredentials,
): CurrentVersion {
  return { version, expiration, accessKeyId }
}

export interface JudgeOptions {
  readonly now: number
  /** Access key ids that AWS refuses, each with why we think so. */
  readonly rejected?: ReadonlyMap<string, string>
}

/** @param top the highest version that exists; `undefined` where the secret has none */
export function judge(top: VersionReading | undefined, target: Target, options: JudgeOptions): Verdict {
  if (!top) return { kind: 'due', reason: 'the secret has no version yet' }
  const { version, stored, problem } = top
  if (problem?.code === 'SECRET_DISABLED')
    return { kind: 'stopped', version, error: stopped(target, version) }
  if (problem?.code === 'SECRET_DESTROYED')
    return { kind: 'due', reason: `the newest version, ${version}, is destroyed` }
  if (!stored?.provenance) {
    // Whether a damaged version is ours cannot be seen: its own error says what to do.
    const error = problem?.code === 'SECRET_CORRUPT' ? problem : notOurs(target, version, problem)
    return { kind: 'refused', version, error }
  }
  const { credentials, provenance } = stored
  const current = currentVersion(version, credentials)
  const isLive = credentials.expiration.getTime() > options.now
  if (provenance.roleArn !== effectiveRole(target)) {
    if (isLive)
      return { kind: 'refused', version, error: contended(target, version, stored, provenance.roleArn) }
    return { kind: 'due', reason: `version ${version} is another role's, and expired` }
  }
  const reason = dueReason(stored, target, options)
  if (reason !== undefined) return { kind: 'due', reason, ...(isLive && { current }) }
  return { kind: 'fresh', version, stored, reason: `due at ${timeOf(dueAt(stored, target))}` }
}

/**
 * When credentials are to be replaced, in milliseconds since the epoch: at the refresh age by this configuration, or once
 * no more life is left than they would have at that age; less the tolerance for a schedule that fires a little early.
 * The payload's own RefreshAfter has no say, and its IssuedAt can only make it sooner.
 */
export function dueAt({ credentials, provenance }: StoredCredentials, target: Target): number {
  const { durationSeconds, refreshAfterSeconds, everySeconds } = target
  const expires = credentials.expiration.getTime()
  const issued = provenance?.issuedAt.getTime() ?? Infinity
  const refreshMs = refreshAfterSeconds * SECOND_MS
  const toleranceMs = Math.min(MINUTE_MS, (everySeconds * SECOND_MS) / 4)
  // Two lives may be meant: what the credentials were made with, and what is configured now. Neither may run out.
  return Math.min(issued, expires - durationSeconds * SECOND_MS) + refreshMs - toleranceMs
}

function dueReason(
  stored: StoredCredentials,
  target: Target,
  { now, rejected }: JudgeOptions,
): string | undefined {
  if (stored.provenance?.grant !== grantOf(target))
    return 'the credentials may do something else than is configured now'
  const doubt = rejected?.get(stored.credentials.accessKeyId)
  if (doubt !== undefined) return doubt
  const at = dueAt(stored, target)
  if (now < at) return undefined
  const { credentials, provenance } = stored
  // Nobody can have missed that: another life is configured since.
  if (at < provenance.issuedAt.getTime())
    return `made for ${seconds(credentials.expiration, provenance.issuedAt)} s of life, ${target.durationSeconds} are configured now`
  return `due since ${timeOf(at)}`
}

function seconds(to: Date, from: Date): number {
  return Math.round((to.getTime() - from.getTime()) / SECOND_MS)
}

function stopped({ secret, name }: Target, version: number): KeyferryError {
  return new KeyferryError(
    'SECRET_STOPPED',
    `The newest version of ${secret}, ${version}, is disabled. That is the operator's stop: nothing is minted or published ` +
      `until it is enabled again, or \`keyferry refresh ${name} --force\` writes a new one.`,
    { resource: secret },
  )
}

function notOurs(
  { secret, name }: Target,
  version: number,
  problem: KeyferryError | undefined,
): KeyferryError {
  const why = problem?.message ?? 'It does not say which role and grant it is of.'
  return new KeyferryError(
    'SECRET_NOT_OURS',
    `The newest version of ${secret}, ${version}, was not written by Keyferry, so nothing is written over it. ${why} ` +
      `Give the target a secret of its own, or run \`keyferry refresh ${name} --force\` if this one may be taken over.`,
    { resource: secret, ...(problem && { cause: problem }) },
  )
}

function contended(
  target: Target,
  version: number,
  { credentials }: StoredCredentials,
  roleArn: string,
): KeyferryError {
  return new KeyferryError(
    'SECRET_CONTENDED',
    `The newest version of ${target.secret}, ${version}, holds credentials of ${roleArn} that live until ` +
      `${timeOf(credentials.expiration)}, not of ${effectiveRole(target)}: two brokers share one secret, or the role was ` +
      `changed. Give each role its own secret, or run \`keyferry refresh ${target.name} --force\` to replace them now.`,
    { resource: target.secret },
  )
}

function timeOf(at: Date | number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
