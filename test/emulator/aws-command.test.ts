import { execFile, type ExecFileException } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, mintedEnv, startWorld, type World } from './world.ts'

/** The `aws` command, of whatever version this machine has: Debian's 2.9 knows no AWS_ENDPOINT_URL. */
const present = (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, 'aws'), constants.X_OK)
    return true
  } catch {
    return false
  }
})
// Whoever has no `aws` misses these checks and nothing else; where the verdict is made, it must be there.
const demanded = process.env['CI'] === 'true'

describe.skipIf(!present && !demanded)('the aws command (skipped where it is not installed)', () => {
  let world: World
  let env: Record<string, string>

  beforeAll(async () => {
    world = await startWorld()
    world.clock.nowMs = Date.now()
    env = {
      PATH: process.env['PATH'] as string,
      HOME: '/nonexistent',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...(await mintedEnv(world)),
    }
  })

  afterAll(() => world.emulator.stop())

  const aws = (
    args: readonly string[],
    more: { input?: string; env?: Record<string, string> } = {},
  ): Promise<string> =>
    new Promise((resolve, reject) => {
      const all = ['--endpoint-url', world.emulator.env['AWS_ENDPOINT_URL'] as string, ...args]
      const child = execFile(
        'aws',
        all,
        { env: { ...env, ...more.env } },
        (error: ExecFileException | null, stdout, stderr) => {
          if (error) reject(new Error(stderr.trim() || error.message))
          else resolve(stdout)
        },
      )
      child.stdin?.end(more.input ?? '')
    })

  it('lists buckets and objects, and says whose the credentials are', async () => {
    const [buckets, objects, identity] = await Promise.all([
      aws(['s3', 'ls']),
      aws(['s3', 'ls', `s3://${BUCKET}/`, '--recursive']),
      aws(['sts', 'get-caller-identity', '--output', 'json']),
    ])
    expect(buckets).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d ${BUCKET}\\n$`))
    expect(objects.match(/\S+$/gm)).toEqual(['hello.txt', 'reports/2026-10.csv', 'reports/2026-11.csv'])
    expect(JSON.parse(identity)).toMatchObject({ Account: '123456789012' })
  })

  it('copies there and back', async () => {
    await aws(['s3', 'cp', '-', `s3://${BUCKET}/copied.txt`], { input: 'copied by the command\n' })
    expect(Buffer.from(world.emulator.s3.object(BUCKET, 'copied.txt') as Uint8Array).toString()).toBe(
      'copied by the command\n',
    )
    expect(await aws(['s3', 'cp', `s3://${BUCKET}/copied.txt`, '-'])).toBe('copied by the command\n')
  })

  it('says why it was refused', async () => {
    await expect(aws(['s3', 'ls'], { env: { AWS_SESSION_TOKEN: 'wrong' } })).rejects.toThrow('(InvalidToken)')
  })
})
