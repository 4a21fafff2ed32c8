/**
 * Programs that have no Keyferry at hand: what is stored is itself the document that `credential_process` wants, so that
 * `gcloud` alone can give it to them. There is no real gcloud here: a stand-in asks the emulator as it would ask Google.
 */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { LISTED, listing, PROGRAMS } from './programs.ts'

let bed: ConsumerBed
let env: Record<string, string>
beforeAll(async () => {
  bed = await consumerBed()
  const { GCE_METADATA_HOST, SECRET_MANAGER_EMULATOR_HOST } = bed.emulator.env as Record<string, string>
  const bin = join(bed.home, 'bin')
  mkdirSync(bin)
  symlinkSync(join(import.meta.dirname, 'gcloud.mjs'), join(bin, 'gcloud'))
  env = {
    PATH: `${bin}:${bed.env['PATH']}`,
    GCE_METADATA_HOST: GCE_METADATA_HOST as string,
    SECRET_MANAGER_EMULATOR_HOST: SECRET_MANAGER_EMULATOR_HOST as string,
  }
  bed.writeConfig(
    '[default]\ncredential_process = gcloud secrets versions access latest --secret=aws-app --project=keyferry-demo',
  )
})
afterAll(() => bed.stop())

describe('with what the secret holds, printed by nothing of ours', { timeout: 60_000 }, () => {
  it.concurrent.for(PROGRAMS)('$name lists the bucket', async (program, { skip }) => {
    skip(program.isMissing, `not installed: ${program.package}`)
    expect(await listing(program, bed, env)).toEqual(LISTED)
  })
})
