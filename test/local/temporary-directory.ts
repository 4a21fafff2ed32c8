/** Directories of one test's own, gone when it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory that only this user can get at. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'keyferry-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
