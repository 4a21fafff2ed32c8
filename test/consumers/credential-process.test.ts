/** AWS's own programs and others, with the profile that `--print-config` prints and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { LISTED, listing, PROGRAMS } from './programs.ts'

let bed: ConsumerBed
beforeAll(async () => {
  bed = await consumerBed()
})
afterAll(() => bed.stop())

describe('with the printed profile, and no variable that Keyferry reads', () => {
  it.for(PROGRAMS)('$name lists the bucket', async (program, { skip }) => {
    skip(program.isMissing, `not installed: ${program.package}`)
    const { stdout } = await bed.keyferry(['credential-process', '--print-config', 'app'])
    bed.writeConfig(stdout)
    expect(await listing(program, bed, { AWS_PROFILE: 'app' })).toEqual(LISTED)
  })
})
