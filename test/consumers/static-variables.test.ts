/** The variables that `keyferry export` prints, evaluated by a shell, and the programs that it then starts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../scripts/child.ts'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { LISTED, listed, PROGRAMS } from './programs.ts'

let bed: ConsumerBed
let exporting: Record<string, string>
beforeAll(async () => {
  bed = await consumerBed()
  exporting = {
    KEYFERRY: `${process.execPath} -- ${ROOT}/dist/scripts/keyferry.js`,
    KEYFERRY_SECRET: bed.emulator.env['KEYFERRY_SECRET'] as string,
    GCE_METADATA_HOST: bed.emulator.env['GCE_METADATA_HOST'] as string,
    SECRET_MANAGER_EMULATOR_HOST: bed.emulator.env['SECRET_MANAGER_EMULATOR_HOST'] as string,
  }
})
afterAll(() => bed.stop())

describe('after eval "$(keyferry export)"', { timeout: 60_000 }, () => {
  it.concurrent.for(PROGRAMS)('$name lists the bucket', async (program, { skip }) => {
    skip(program.isMissing, `not installed: ${program.package}`)
    const script = 'eval "$($KEYFERRY export)"; exec "$@"'
    expect(listed(await bed.run('sh', ['-c', script, 'sh', ...program.command(bed)], exporting))).toEqual(
      LISTED,
    )
  })

  it('a child sees what the AWS command prints too: the credentials, when they expire, and whose they are', async () => {
    const { stdout } = await bed.keyferry(['export', '--format', 'env-no-export'])
    expect(stdout.split('\n').map((line) => line.split('=')[0])).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_CREDENTIAL_EXPIRATION',
      'AWS_ACCOUNT_ID',
      '',
    ])
    expect(stdout).toMatch(/^AWS_CREDENTIAL_EXPIRATION=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m)
  })
})
