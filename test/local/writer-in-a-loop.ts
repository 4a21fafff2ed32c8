/** A process that refreshes the directory store named in its argument for ever, and says so after the first time: made to be killed. */
import { flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { cacheFileName } from '../../shared/local/cached-document.ts'
import { directoryStore, type DirectoryStore } from '../../shared/local/directory-store.ts'
import { privateDirectory } from '../../shared/local/private-directory.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'

const HOUR_MS = 3_600_000
const exchange = { roleArn: 'arn:aws:iam::123456789012:role/app' }

export const FILE_NAME: string = cacheFileName({ serviceAccount: 'app@p.iam.gserviceaccount.com', exchange })

export function storeIn(path: string): DirectoryStore {
  return directoryStore({
    directory: privateDirectory(path),
    name: FILE_NAME,
    exchange,
    clock: Date,
    onProblem: (error) => {
      throw error
    },
    // A child waits for no lock: its parent has made those of the dead old.
    sleep: () => Promise.reject(new Error('The lock of a dead process was not taken over.')),
  })
}

/** Every part says which key it belongs to, so that a mixture shows; long enough to take more than one write to tear. */
export function credentialsOf(accessKeyId: string): SessionCredentials {
  return {
    accessKeyId,
    secretAccessKey: `secret of ${accessKeyId}`,
    sessionToken: accessKeyId.repeat(500),
    expiration: new Date(Date.now() + HOUR_MS),
    accountId: '123456789012',
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await refreshForEver(process.argv[2] as string)

async function refreshForEver(path: string): Promise<void> {
  const store = storeIn(path)
  for (let count = 0, held = await store.find(); ; count++) {
    const key = `ASIA${String(process.pid).padStart(8, '0')}${String(count).padStart(8, '0')}`
    held = await store.refresh(async () => credentialsOf(key), held)
    if (count > 0) continue
    // Its successors are to start faster.
    flushCompileCache()
    process.stdout.write('writing')
  }
}
