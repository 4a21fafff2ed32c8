/** The examples and AWS's own command, run as their readers will run them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { startService } from '../../scripts/demo/service-process.ts'
import { APP, BROKER } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { keyferry, ROOT, run } from '../scripts/child.ts'

const BROKER_ID = '117530498172635541201'
const APP_ID = '104917288031174460352'
const BY_AZP = 'arn:aws:iam::123456789012:role/by-azp'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
  await keyferry(['refresh'], emulator.env)
})
afterAll(() => emulator.stop())

describe('examples/s3-ls.ts', () => {
  it('lists the bucket with nothing but a Google identity and a role', async () => {
    const { stdout, stderr, status } = await run(process.execPath, ['examples/s3-ls.ts'], {
      ...emulator.env,
      KEYFERRY_SECRET: '',
      AWS_ROLE_ARN: '',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').map((line) => line.split(' ').at(-1))).toEqual([
      'hello.txt',
      'reports/2026-10.csv',
      'reports/2026-11.csv',
      '',
    ])
  })

  describe.each<[string, () => Promise<Record<string, string>>, string]>([
    ['by the metadata server', async () => ({}), BROKER_ID],
    ['by a key file', async () => ({ GOOGLE_APPLICATION_CREDENTIALS: await keyFileOf(APP) }), APP],
    ['by impersonation', async () => ({ KEYFERRY_SERVICE_ACCOUNT: APP }), APP],
  ])('%s', (_, env, azp) => {
    it('has the azp that a trust policy must name', async () => {
      const list = async (): Promise<number | null> => {
        const own = { ...emulator.env, ...(await env()), ASSUME_ROLE_ARN: BY_AZP }
        return (await run(process.execPath, ['examples/s3-ls.ts'], own)).status
      }
      // AWS compares `accounts.google.com:aud` with the token's azp, and with nothing else where there is one.
      trust({ 'accounts.google.com:aud': azp })
      expect(await list()).toBe(0)
      trust({ 'accounts.google.com:aud': azp === APP ? APP_ID : BROKER })
      expect(await list()).toBe(1)
    })
  })

  function trust(condition: Record<string, string>): void {
    const Statement = [
      {
        Effect: 'Allow',
        Principal: { Federated: 'accounts.google.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: condition },
      },
    ]
    emulator.sts.putRole({ arn: BY_AZP, trustPolicy: { Version: '2012-10-17', Statement } })
  }

  async function keyFileOf(email: string): Promise<string> {
    const path = join(temporaryDirectory(), 'key.json')
    writeFileSync(path, JSON.stringify(await emulator.keyFileFor(email)))
    return path
  }

  it('says what it needs', async () => {
    expect(await run(process.execPath, ['examples/s3-ls.ts'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'Set ASSUME_ROLE_ARN, S3_BUCKET and AWS_REGION.\n',
    })
  })
})

describe('examples/cloud-run-service.ts', () => {
  it('lists the bucket, tells its health, and ends when it is told to', async () => {
    const before = emulator.sts.calls.count()
    const command = [join(ROOT, 'examples/cloud-run-service.ts')]
    const service = await startService({ name: 'service', command, env: emulator.env, aheadMs: 0 })
    try {
      const listing = await fetch(service.url)
      expect([listing.status, await listing.json()]).toEqual([
        200,
        { objects: ['hello.txt', 'reports/2026-10.csv', 'reports/2026-11.csv'] },
      ])
      const health = await fetch(new URL('/healthz', service.url))
      expect(health.status).toBe(200)
      expect(await health.text()).not.toMatch(/ASIA|eyJ/)
      expect(emulator.sts.calls.count()).toBe(before)
    } finally {
      // By itself, on SIGTERM.
      expect(await service.stop()).toBe(0)
    }
  })
})

describe("AWS's own command", () => {
  const aws = awsVersion()

  it.skipIf(aws === undefined && process.env['CI'] !== 'true')(
    `lists the bucket with the minted credentials (${aws ?? 'not installed: apt-get install awscli'})`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'keyferry-aws-'))
      const config = join(folder, 'config')
      const command = `${process.execPath} ${join(ROOT, 'dist/scripts/keyferry.js')} credential-process`
      writeFileSync(config, `[default]\ncredential_process = ${command}\n`)
      try {
        const { stdout, stderr, status } = await run(
          'aws',
          [
            '--endpoint-url',
            emulator.env['AWS_ENDPOINT_URL'] as string,
            's3',
            'ls',
            `s3://${emulator.env['S3_BUCKET']}`,
          ],
          {
            ...emulator.env,
            // Else the command would make the exchange itself, from the same variables.
            AWS_ROLE_ARN: '',
            AWS_CONFIG_FILE: config,
            AWS_SHARED_CREDENTIALS_FILE: devNull,
            AWS_EC2_METADATA_DISABLED: 'true',
          },
        )
        expect([status, stderr]).toEqual([0, ''])
        expect(stdout).toMatch(/PRE reports\/\n.* hello\.txt\n$/)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})

function awsVersion(): string | undefined {
  try {
    return execFileSync('aws', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
