/** The name that a session gets where none is configured: CloudTrail shows it, so it says which workload it was. */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'

const LENGTH_MAX = 64

/** `keyferry-WORKLOAD`: the service or job on Cloud Run and Functions, otherwise the host, which is the pod on GKE. */
export function deriveSessionName(
  env: NodeJS.ProcessEnv = process.env,
  host: () => string = hostname,
): string {
  const workload =
    env['K_SERVICE'] || env['CLOUD_RUN_JOB'] || env['FUNCTION_NAME'] || env['GAE_SERVICE'] || host()
  const name = `keyferry-${workload}`.replace(/[^A-Za-z0-9_+=,.@-]/g, '-')
  if (name.length <= LENGTH_MAX) return name
  // Long names differ at their ends, as those of pods do: what is cut off is told apart by its hash.
  const hash = createHash('sha256').update(workload).digest('hex').slice(0, 8)
  return `${name.slice(0, LENGTH_MAX - hash.length - 1)}-${hash}`
}
