/** The verdict on a secret's newest version, found although `latest` may lag, and believed only as far as AWS agrees. */
import { askCanary } from './canary.ts'
import { reportOf } from './error-report.ts'
import { isKeyferryError } from './errors.ts'
import { readNewest } from './newest-version.ts'
import type { Target } from './target.ts'
import { judge, type Verdict } from './verdict.ts'
import { readVersion, type VersionReading } from './version-reading.ts'
import type { WriterPorts } from './writer-ports.ts'

/**
 * @param rejected access key ids that AWS refuses, each with why we think so
 * @param doubted the version below which nothing is believed; absent: where `latest` points
 */
export async function newestVerdict(
  target: Target,
  ports: WriterPorts,
  rejected: ReadonlyMap<string, string>,
  doubted?: number,
): Promise<Verdict> {
  const { clock, secrets } = ports
  const judged = (top: VersionReading | undefined): Verdict =>
    judge(top, target, { now: clock.now(), rejected })
  const { top } = await readNewest(secrets, {
    clock,
    known: doubted,
    by: doubted === undefined ? 'latest' : 'number',
    // `latest` may lag: only what would be left alone is believed to be the newest.
    isOverdue: (stored) => judged({ version: 0, stored }).kind !== 'fresh',
  })
  const verdict = judged(top ?? (await firstVersion(ports)))
  if (verdict.kind !== 'fresh') return verdict
  const { version, stored } = verdict
  const answer = await askCanary(verdict, target, ports)
  if (answer.kind === 'genuine') return verdict
  const type = answer.kind === 'forged' ? 'forged' : 'canary-unanswered'
  ports.onEvent?.({ type, target: target.name, version, error: reportOf(answer.error) })
  if (answer.kind === 'unanswered') return verdict
  // There may be an honest version above it that `latest` does not know of yet.
  const { accessKeyId } = stored.credentials
  const forged = new Map([...rejected, [accessKeyId, 'AWS does not know its key as this role']])
  return newestVerdict(target, ports, forged, version)
}

// To a reader a secret without versions looks like one that is not there, and the alias may lag behind the very first.
async function firstVersion({ clock, secrets }: WriterPorts): Promise<VersionReading | undefined> {
  const listed = await secrets.list().catch((error: unknown) => {
    if (isKeyferryError(error, 'SECRET_NOT_FOUND')) throw error
    return []
  })
  const known = listed[0]?.version ?? 1
  if (!(await readVersion(secrets, known, { clock }))) return undefined
  return (await readNewest(secrets, { clock, known, by: 'number' })).top
}
