/** Clears away what killed processes and forgotten identities left in the directory. */
import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HOUR_MS, MINUTE_MS } from '../core/limits.ts'

/**
 * Removes staged files that nobody has committed for a minute, and credentials and locks older than any credential
 * lives. Only names that we give are touched. Never rejects: the next process tries again.
 */
export async function sweep(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  await Promise.all(
    names.map((name) => {
      const kind = KINDS.find(({ pattern }) => pattern.test(name))
      return kind && removeOlder(join(directory, name), kind).catch(() => {})
    }),
  )
}

interface Kind {
  readonly pattern: RegExp
  readonly ageMs: number
  readonly remove: (path: string) => Promise<void>
}

const LONGER_THAN_ANY_LIFE_MS = 13 * HOUR_MS

const KINDS: readonly Kind[] = [
  { pattern: /^[0-9a-f]{64}\.json\.[0-9a-f-]{36}\.tmp$/, ageMs: MINUTE_MS, remove: rm },
  { pattern: /^[0-9a-f]{64}\.json$/, ageMs: LONGER_THAN_ANY_LIFE_MS, remove: rm },
  { pattern: /^[0-9a-f]{64}\.json\.lock$/, ageMs: LONGER_THAN_ANY_LIFE_MS, remove: rmdir },
]

async function removeOlder(path: string, { ageMs, remove }: Kind): Promise<void> {
  // Times in the file system are real ones, whatever clock credentials are judged by.
  if ((await lstat(path)).mtimeMs < Date.now() - ageMs) await remove(path)
}
