/** The writer's act on one target: judge the newest version, mint where it is due, store, and read back what was stored. */
import { reportOf, type ErrorReport } from './error-report.ts'
import { newestVerdict } from './newest-verdict.ts'
import { displayKey } from './redaction.ts'
import type { Target } from './target.ts'
import { currentVersion, type CurrentVersion, type Verdict } from './verdict.ts'
import { writeVersion } from './write-version.ts'
import type { WriterPorts } from './writer-ports.ts'

export interface RefreshOptions {
  /** Mint even where nothing is due, where an operator stopped the secret, or over what is not ours. @default false */
  readonly force?: boolean
  /** Say what would be done; mint and write nothing. @default false */
  readonly dryRun?: boolean
  /** An access key id that AWS refused to someone: a newest version with it is due. */
  readonly reject?: string | undefined
}

export interface RefreshResult {
  readonly target: string
  /** `refreshed` in a dry run: would be. */
  readonly outcome: 'refreshed' | 'fresh' | 'stopped' | 'failed'
  /** The version that this is about: the one written or, where none was, the newest one. */
  readonly version?: number
  /** When the credentials in that version expire, in ISO 8601. */
  readonly expiration?: string
  /** The end of the access key id in that version: enough to tell two apart. */
  readonly key?: string
  /** Why the outcome is what it is, in words. */
  readonly reason?: string
  readonly error?: ErrorReport
  readonly dryRun?: true
}

/** Never rejects: a failure is a result. Pruning is an act of its own, so that it never delays another target's refresh. */
export async function refreshTarget(
  target: Target,
  ports: WriterPorts,
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  const about = { target: target.name, ...(options.dryRun && { dryRun: true as const }) }
  try {
    return { ...about, ...(await act(target, ports, options)) }
  } catch (error) {
    return { ...about, outcome: 'failed', error: reportOf(error) }
  }
}

type Outcome = Omit<RefreshResult, 'target' | 'dryRun'>

async function act(target: Target, ports: WriterPorts, options: RefreshOptions): Promise<Outcome> {
  const verdict = await verdictOn(target, ports, options)
  switch (verdict.kind) {
    case 'fresh': {
      const { version, stored, reason } = verdict
      const { reject } = options
      // Were it the key in there, the verdict would be another.
      const words = reject ? `${reason}; its key is not ${displayKey(reject)}` : reason
      return { outcome: 'fresh', ...described(currentVersion(version, stored.credentials)), reason: words }
    }
    case 'stopped':
      return { outcome: 'stopped', version: verdict.version, error: reportOf(verdict.error) }
    case 'refused':
      return { outcome: 'failed', version: verdict.version, error: reportOf(verdict.error) }
    case 'due': {
      const { reason, current } = verdict
      if (options.dryRun) return { outcome: 'refreshed', ...(current && described(current)), reason }
      const credentials = await ports.mint()
      const { problem, ...written } = await writeVersion(credentials, target, ports, current)
      if (problem) return { outcome: 'failed', ...described(written), error: reportOf(problem) }
      return { outcome: 'refreshed', ...described(written), reason }
    }
  }
}

async function verdictOn(
  target: Target,
  ports: WriterPorts,
  { force, reject }: RefreshOptions,
): Promise<Verdict> {
  if (force) return { kind: 'due', reason: 'forced' }
  const rejected = new Map(reject ? [[reject, `the key ${displayKey(reject)} was reported as rejected`]] : [])
  return newestVerdict(target, ports, rejected)
}

function described({
  version,
  expiration,
  accessKeyId,
}: CurrentVersion): Pick<RefreshResult, 'version' | 'expiration' | 'key'> {
  return { version, expiration: expiration.toISOString(), key: displayKey(accessKeyId) }
}
