/** The endpoint, and fixed variables, as other people's programs take them: started by `keyferry exec`. */
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startKeyferry } from '../scripts/child.ts'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { LISTED, listed, PROGRAMS } from './programs.ts'

let bed: ConsumerBed
beforeAll(async () => {
  bed = await consumerBed()
})
afterAll(() => bed.stop())

/** Debian's programs are told where AWS is by their flags, as they would be without Keyferry. */
const WITHOUT_ENDPOINT = { AWS_ENDPOINT_URL: '' }

describe('run by keyferry exec', () => {
  it.concurrent.for(PROGRAMS)(
    '$name lists the bucket with what the endpoint gives',
    async (program, { skip }) => {
      skip(program.isMissing, `not installed: ${program.package}`)
      const ended = await bed.keyferry(['exec', '--', ...program.command(bed)], WITHOUT_ENDPOINT)
      expect(listed(ended)).toEqual(LISTED)
    },
  )
})

describe('run by keyferry exec --static', () => {
  it.concurrent.for(PROGRAMS)('$name lists the bucket with the variables', async (program, { skip }) => {
    skip(program.isMissing, `not installed: ${program.package}`)
    const ended = await bed.keyferry(['exec', '--static', '--', ...program.command(bed)], WITHOUT_ENDPOINT)
    expect(listed(ended)).toEqual(LISTED)
  })

  it('the JavaScript SDK knows whose account it is, and until when', async () => {
    const script = `
      import { S3Client } from '@aws-sdk/client-s3'
      const { accountId, expiration } = await new S3Client({}).config.credentials()
      console.log(JSON.stringify([accountId, expiration > new Date()]))`
    const words = ['exec', '--static', '--', process.execPath, '--input-type=module', '-e', script]
    const { stdout } = await bed.keyferry(words, WITHOUT_ENDPOINT)
    expect(JSON.parse(stdout)).toEqual(['123456789012', true])
  })
})

describe('beside keyferry serve', () => {
  it('the JavaScript SDK finds the token in its file', async () => {
    const tokenFile = join(bed.home, 'token')
    const child = startKeyferry(['serve', '--token-file', tokenFile], { ...bed.env, ...bed.emulator.env })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const [, uri = ''] = /FULL_URI=(\S+)/.exec(line) ?? []
    const program = PROGRAMS.find(({ name }) => name === 'the JavaScript SDK') as (typeof PROGRAMS)[number]
    const [command, ...words] = program.command(bed)
    const variables = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: uri,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    }
    expect(listed(await bed.run(command, words, variables))).toEqual(LISTED)
  })
})
