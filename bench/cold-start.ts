/** A new process until it holds credentials from the secret: this package, its command and Google's client beside the least possible. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startEmulator } from '../emulator/index.ts'
import { createBroker } from '../shared/broker.ts'
import { loadConfig } from '../shared/config.ts'
import { compare, table } from './paired.ts'

const TURNS = Number(process.env['TURNS'] ?? 31)
const ROOT = join(import.meta.dirname, '..')

await using emulator = await startEmulator()
// As on Cloud Run, where Google's library need not look for its project.
const env = { ...emulator.env, GOOGLE_CLOUD_PROJECT: 'keyferry-demo', PATH: process.env['PATH'] ?? '' }
const broker = createBroker(await loadConfig(env), { env })
await broker.refresh()
await broker.close()

const starts = [
  { name: 'two requests by hand on `node:http`', command: ['bench/starts/floor.mjs'] },
  { name: 'the same by `getBuiltinModule`', command: ['bench/starts/floor.mjs', 'lean'] },
  { name: '`fromSecretManager`', command: ['bench/starts/keyferry.mjs'] },
  { name: '`keyferry credential-process`', command: ['dist/scripts/keyferry.js', 'credential-process'] },
  { name: '`@google-cloud/secret-manager`', command: ['bench/starts/official-client.mjs'] },
]
const rows = await compare(
  starts.map(({ name, command }) => ({ name, measure: () => timeOf(command) })),
  TURNS,
)
console.log(table('Cold start: a new process to first credentials from the secret', rows, TURNS))

async function timeOf(command: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, status] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  if (status !== 0 || !output.includes('123456789012'))
    throw new Error(`${command.join(' ')} ended with ${status}`)
  return performance.now() - start
}
