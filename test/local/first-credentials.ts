/** A process that gets credentials by way of the user's directory, prints their key, and ends. On a busy machine it is patient. */
import { fromDirectoryCache } from '../../shared/from-directory-cache.ts'

const patient = {
  exchange: { roleArn: 'arn:aws:iam::123456789012:role/app' },
  loadTimeoutMs: 90_000,
  timeoutsMs: { metadata: 90_000, sts: 90_000 },
}
const { PRACTICE_CLOUDS = '', PRACTICE_DIRECTORY = '' } = process.env
// First among clouds and in a directory of its own: then all is loaded, and the lock is held for the exchange alone.
const env = { ...process.env, ...(JSON.parse(PRACTICE_CLOUDS) as NodeJS.ProcessEnv) }
await fromDirectoryCache({ ...patient, env, directory: PRACTICE_DIRECTORY })()

const { accessKeyId } = await fromDirectoryCache(patient)()
process.stdout.write(accessKeyId)
