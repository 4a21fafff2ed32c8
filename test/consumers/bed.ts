/** The world that other people's programs are run in: an emulator, and a home of their own with nothing of this user's in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/index.ts'
import { keyferry, run, type Env, type Finished } from '../scripts/child.ts'

export interface ConsumerBed {
  readonly emulator: Emulator
  readonly home: string
  /** Where AWS is: Debian's programs know no AWS_ENDPOINT_URL, so that each is told by its own flag. */
  readonly endpoint: string
  readonly bucket: string
  /** A program's environment: no credentials yet, and no way to any but through what a test adds. */
  readonly env: Env
  /** Replaces ~/.aws/config. */
  writeConfig(text: string): void
  /** `keyferry WORDS` against the emulator, with this home. */
  keyferry(words: readonly string[], env?: Env): Promise<Finished>
  /** Any command, with the environment above and what is added to it. */
  run(command: string, words: readonly string[], env?: Env): Promise<Finished>
  stop(): Promise<void>
}

/** An emulator whose secret holds fresh credentials, unless `written` says otherwise. */
export async function consumerBed(
  options: EmulatorOptions & { readonly written?: boolean } = {},
): Promise<ConsumerBed> {
  const emulator = await startEmulator(options)
  const home = mkdtempSync(join(tmpdir(), 'keyferry-home-'))
  const config = join(home, 'config')
  const region = emulator.env['AWS_REGION'] as string
  const env: Env = {
    PATH: process.env['PATH'] as string,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    RCLONE_CONFIG: devNull,
  }
  const bed: ConsumerBed = {
    emulator,
    home,
    endpoint: emulator.env['AWS_ENDPOINT_URL'] as string,
    bucket: emulator.env['S3_BUCKET'] as string,
    env,
    writeConfig: (text) => writeFileSync(config, `${text}\n`),
    keyferry: (words, more) => keyferry(words, { ...env, ...emulator.env, ...more }),
    run: (command, words, more) => run(command, words, { ...env, ...more }),
    async stop() {
      await emulator.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
  if (options.written !== false) await bed.keyferry(['refresh'])
  return bed
}
