/** Secret Manager's quotas, kept by everyone who writes many secrets at once. https://cloud.google.com/secret-manager/quotas */
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import type { Pace, Quota } from './pacing.ts'
import type { SecretVersions } from './ports.ts'

// Of 600 a minute and project: publishers, and calls that are tried again, count too.
const PROJECT: Quota = { calls: 540, perMs: MINUTE_MS }
// Of two a second and secret: calls arrive less evenly than they are sent.
const ADDITIONS: Quota = { calls: 1, perMs: SECOND_MS }

/**
 * `versions` with its calls held back to what Google allows. A version's own quota, one change of state a second, needs
 * nothing: each is destroyed once.
 */
export function withinQuotas(secret: string, versions: SecretVersions, pace: Pace): SecretVersions {
  const [, project] = secret.split('/')
  return {
    // Accesses have a quota a hundred and fifty times as large.
    read: (version) => versions.read(version),
    async list() {
      await pace(`read ${project}`, PROJECT)
      return versions.list()
    },
    async add(payload) {
      await pace(`add ${secret}`, ADDITIONS)
      await pace(`write ${project}`, PROJECT)
      return versions.add(payload)
    },
    async destroy(version) {
      await pace(`write ${project}`, PROJECT)
      return versions.destroy(version)
    },
  }
}
