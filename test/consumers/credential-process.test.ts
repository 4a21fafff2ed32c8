/** AWS's own programs and others, with the profile that `--print-config` prints and nothing else. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { LISTED, listing, PROGRAMS } from './programs.ts'

let bed: ConsumerBed
beforeAll(async () => {
  bed = await consumerBed()
  // A name that nobody takes for one word, unless it is quoted for Python's shlex, for shells and for both at once.
  const keyFile = join(bed.home, `the app's "key" $HOME.json`)
  const account = 'app@keyferry-demo.iam.gserviceaccount.com'
  writeFileSync(keyFile, JSON.stringify(await bed.emulator.keyFileFor(account)), { mode: 0o600 })
  const profiles = await Promise.all([
    bed.keyferry(['credential-process', '--print-config', 'app']),
    bed.keyferry(['credential-process', '--print-config', 'with-key'], {
      GOOGLE_APPLICATION_CREDENTIALS: keyFile,
      GCE_METADATA_HOST: '',
    }),
  ])
  bed.writeConfig(profiles.map(({ stdout }) => stdout).join('\n'))
})
afterAll(() => bed.stop())

describe('with the printed profile, and no variable that Keyferry reads', { timeout: 60_000 }, () => {
  it.concurrent.for(PROGRAMS)('$name lists the bucket', async (program, { skip }) => {
    skip(program.isMissing, `not installed: ${program.package}`)
    expect(await listing(program, bed, { AWS_PROFILE: 'app' })).toEqual(LISTED)
  })

  // One that splits the line itself, and one that leaves it to a shell.
  it.concurrent.for(PROGRAMS.filter(({ name }) => /boto3|JavaScript/.test(name)))(
    '$name does so with a name in it that must be quoted',
    async (program, { skip }) => {
      skip(program.isMissing, `not installed: ${program.package}`)
      expect(await listing(program, bed, { AWS_PROFILE: 'with-key' })).toEqual(LISTED)
    },
  )
})
