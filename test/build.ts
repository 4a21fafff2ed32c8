/** Brings `dist/` up to date before the tests: some of them run what users run. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const BUILT = join(ROOT, 'dist')

export function setup(): void {
  const newest = Math.max(...['shared', 'functions', 'scripts', 'emulator', 'examples'].flatMap(changesIn))
  if (newest <= (statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0)) return
  // Types are `npm run check`'s business: what does not type-check is emitted, and tested, all the same.
  spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
  })
  utimesSync(BUILT, new Date(), new Date())
}

function changesIn(folder: string): number[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => statSync(join(ROOT, folder, path)).mtimeMs)
}
