/** Credentials that are replaced while a program runs: it goes on with the new ones, and never notices. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startService, type ServiceProcess } from '../../scripts/demo/service-process.ts'
import { encodePayload } from '../../shared/index.ts'
import { fromGoogleIdentity } from '../../shared/from-google-identity.ts'
import { ROOT } from '../scripts/child.ts'
import { consumerBed, type ConsumerBed } from './bed.ts'
import { missingInPython, PYTHON } from './programs.ts'

const MINUTE = 60_000
const clock = { behindMs: 0, now: () => Date.now() - clock.behindMs }

let bed: ConsumerBed
let server: ServiceProcess
let variables: Record<string, string>
let older: string

beforeAll(async () => {
  bed = await consumerBed({ clock, written: false })
  // The SDKs are near their own refresh: botocore asks below 15 minutes, the JavaScript SDK below 5.
  older = await store(4 * MINUTE)
  const tokenFile = join(bed.home, 'token')
  server = await startService({
    name: 'endpoint',
    command: [join(ROOT, 'dist/scripts/keyferry.js'), 'serve', '--token-file', tokenFile],
    // Without an exchange, what is in the secret is all there is.
    env: { ...bed.env, ...bed.emulator.env, AWS_ROLE_ARN: '' },
    aheadMs: 0,
  })
  const isReady = async (): Promise<boolean> => (await fetch(new URL('/readyz', server.url))).ok
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 20 })
  variables = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/credentials`,
    // Debian's botocore knows no token file.
    AWS_CONTAINER_AUTHORIZATION_TOKEN: readFileSync(tokenFile, 'utf8'),
  }
})
afterAll(async () => {
  await server.stop()
  await bed.stop()
})

/** A version of the secret with so much life left; resolves to its key. */
async function store(lifeMs: number): Promise<string> {
  const { KEYFERRY_SECRET: secret, AWS_ROLE_ARN: roleArn, AWS_REGION: region } = bed.emulator.env
  const exchange = { roleArn: roleArn as string, region: region as string }
  clock.behindMs = 60 * MINUTE - lifeMs
  const credentials = await fromGoogleIdentity({ ...exchange, env: bed.emulator.env, clock })()
  clock.behindMs = 0
  const refreshAfter = new Date(credentials.expiration.getTime() - 40 * MINUTE)
  bed.emulator.secretManager.add(secret as string, encodePayload(credentials, { exchange, refreshAfter }))
  return credentials.accessKeyId
}

interface LongRunning {
  /** Lists the bucket; resolves to the key of the credentials that it has, and how many objects it saw. */
  list(): Promise<string>
  end(): Promise<number | null>
}

function longRunning(command: string, ...words: readonly string[]): LongRunning {
  const child = spawn(command, [...words, bed.endpoint, bed.bucket], {
    cwd: ROOT,
    env: { ...bed.env, ...variables },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)
  const ended = once(child, 'close') as Promise<[number | null]>
  return {
    async list() {
      const said = once(lines, 'line') as Promise<[string]>
      child.stdin.write('\n')
      return (await Promise.race([said, ended.then(() => ['ended'])]))[0] as string
    },
    async end() {
      child.stdin.end()
      return (await ended)[0]
    },
  }
}

const BOTO3 = `
import boto3, sys
session = boto3.Session()
s3 = session.client('s3', endpoint_url=sys.argv[1])
for line in sys.stdin:
  found = s3.list_objects_v2(Bucket=sys.argv[2])['KeyCount']
  print(session.get_credentials().get_frozen_credentials().access_key, found, flush=True)
`
const JAVASCRIPT = `
import { createInterface } from 'node:readline'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
const [, endpoint, bucket] = process.argv
const s3 = new S3Client({ endpoint, forcePathStyle: true })
for await (const line of createInterface(process.stdin)) {
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  console.log((await s3.config.credentials()).accessKeyId, KeyCount)
}
`

const PROGRAMS = [
  ['boto3', PYTHON, '-c', BOTO3],
  ['the JavaScript SDK', process.execPath, '--input-type=module', '-e', JAVASCRIPT],
] as const

describe('while programs run', () => {
  const isMissing = missingInPython('boto3')

  it(`boto3${isMissing ? ' (skipped: python3-boto3 is not installed)' : ''} and the JavaScript SDK go on with newer credentials`, async () => {
    const programs = PROGRAMS.filter(([name]) => !(isMissing && name === 'boto3')).map(
      ([, command, ...words]) => longRunning(command, ...words),
    )
    for (const program of programs) expect(await program.list()).toBe(`${older} 3`)

    const newer = await store(60 * MINUTE)
    // The endpoint looks at the secret once in ten seconds at most.
    await server.moveClock(11_000)
    for (const program of programs) {
      // The JavaScript SDK asks behind the request, so that a later one has them.
      let answer = ''
      for (let tries = 0; tries < 50 && answer !== `${newer} 3`; tries++) answer = await program.list()
      expect(answer).toBe(`${newer} 3`)
    }

    bed.emulator.sts.revokeSession(older)
    for (const program of programs) {
      expect(await program.list()).toBe(`${newer} 3`)
      expect(await program.end()).toBe(0)
    }
  })
})
