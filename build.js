/** Builds `dist/`: what the package publishes, and what `npm start`, `npx keyferry` and some tests run. */
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

// Only what is published must hold nothing of files that are gone. The first `npx keyferry` in a clone builds it once
// more, while another command may be running from it.
if (process.argv.includes('--clean')) rmSync(path('dist'), { recursive: true, force: true })
execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')], {
  stdio: 'inherit',
})
chmodSync(path('dist/scripts/keyferry.js'), 0o755)
