/** `keyferry emulator`: Google and AWS on this machine, until it is told to stop. */
import { once } from 'node:events'
import {
  defaultSeed,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type EmulatorSeed,
} from '../emulator/index.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import { textTable } from '../shared/report/text-table.ts'
import type { Call } from './command/call.ts'
import { readSeed } from './emulator/seed.ts'
import { writeEnvFile } from './command/env-file.ts'
import { EXIT } from './command/failure.ts'
import { writePrivateFile } from './command/private-file.ts'
import type { Terminal } from './command/terminal.ts'

const SERVICES = ['metadata', 'secretManager', 'aws', 'google'] as const

export async function emulator(call: Call, terminal: Terminal): Promise<number> {
  const config = call.value('config')
  const envFile = call.value('env-file')
  const keyFile = call.value('key-file')
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  // What the file leaves out is as in the story.
  const seed: EmulatorSeed = { ...defaultSeed(), ...(config !== undefined && (await readSeed(config))) }
  const ports = portsIn(call.values('port'))
  const running = await startEmulator({ ports, seed }).catch((error: unknown) =>
    Promise.reject(startFailure(error)),
  )
  try {
    if (keyFile !== undefined) await writeKeyFile(keyFile, running, seed)
    if (envFile !== undefined) await writeEnvFile(envFile, running.env)
    terminal.report(
      [
        'Listening on this machine only:',
        ...textTable(['', ''], Object.entries(running.env)).slice(1),
        '',
        envFile === undefined
          ? 'With --env-file FILE these are written to a file for other shells.'
          : `In another shell: set -a; . ${envFile}; set +a`,
        ...(keyFile === undefined ? [] : [`To be known by a key: GOOGLE_APPLICATION_CREDENTIALS=${keyFile}`]),
        'Stop with Ctrl-C.',
      ].join('\n'),
    )
    await stopped
  } finally {
    await running.stop()
  }
  return EXIT.ok
}

// Of the account that the metadata server speaks for: the same identity, come by in another way.
async function writeKeyFile(path: string, running: Emulator, seed: EmulatorSeed): Promise<void> {
  const email = seed.defaultServiceAccount ?? seed.serviceAccounts?.[0]?.email ?? ''
  await writePrivateFile(path, `${JSON.stringify(await running.keyFileFor(email), null, 2)}\n`)
}

function startFailure(error: unknown): unknown {
  const { code, port } = error as { code?: unknown; port?: unknown }
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  return new KeyferryError(
    'CONFIG_INVALID',
    `Port ${port} cannot be listened on (${code}). Name another with --port, or none for any free one.`,
  )
}

function portsIn(given: readonly string[]): NonNullable<EmulatorOptions['ports']> {
  return Object.fromEntries(
    given.map((pair) => {
      const [name = '', port = ''] = pair.split('=')
      const known = SERVICES.some((service) => service === name)
      if (known && /^\d{1,5}$/.test(port) && Number(port) < 65_536) return [name, Number(port)]
      throw new KeyferryError(
        'CONFIG_INVALID',
        `--port must be NAME=PORT with a NAME of ${SERVICES.join(', ')}, got "${pair}".`,
      )
    }),
  )
}
