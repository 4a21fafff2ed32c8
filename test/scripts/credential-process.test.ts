/** `keyferry credential-process` and what it shares with `export`, in processes of their own, as tools run it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consumerBed, type ConsumerBed } from '../consumers/bed.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import { credentialsOf } from '../bed/credentials.ts'

const SECRET = 'projects/keyferry-demo/secrets/aws-app'
const ROLE = 'arn:aws:iam::123456789012:role/keyferry-demo'
const MINUTE = 60_000

let bed: ConsumerBed
beforeEach(async () => {
  bed = await consumerBed({ written: false })
})
afterEach(() => bed.stop())

function mints(): number {
  return bed.emulator.sts.calls.count({ operation: 'AssumeRoleWithWebIdentity' })
}

/** A version as the writer makes it, with this much life left; its keys are nobody's. */
function store(leftMs: number): void {
  const credentials = credentialsOf(1, Date.now() + leftMs)
  bed.emulator.secretManager.add(
    SECRET,
    encodePayload(credentials, {
      exchange: { roleArn: ROLE },
      refreshAfter: Date.now() + leftMs - 40 * MINUTE,
    }),
  )
}

interface Document {
  readonly AccessKeyId: string
  readonly Expiration: string
}

describe('the secret', () => {
  it('answers alone while it has more than 16 minutes left', async () => {
    store(17 * MINUTE)
    const { status, stdout, stderr } = await bed.keyferry(['credential-process'])
    expect([status, stderr, mints()]).toEqual([0, '', 0])
    expect((JSON.parse(stdout) as Document).AccessKeyId).toBe('ASIA0000000000000001')
  })

  it('with less will do where nothing else can be had; with a role, the exchange is made', async () => {
    store(15 * MINUTE)
    const short = await bed.keyferry(['credential-process'], { AWS_ROLE_ARN: '' })
    expect((JSON.parse(short.stdout) as Document).AccessKeyId).toBe('ASIA0000000000000001')
    const { stdout, stderr } = await bed.keyferry(['credential-process'])
    expect([stderr, mints()]).toEqual(['', 1])
    expect(Date.parse((JSON.parse(stdout) as Document).Expiration)).toBeGreaterThan(Date.now() + 50 * MINUTE)
  })

  it('may be short-lived where the exchange fails too, which is one line on stderr', async () => {
    store(15 * MINUTE)
    bed.emulator.sts.fault({ kind: 'status', code: 'AccessDenied' })
    const { status, stdout, stderr } = await bed.keyferry(['credential-process'])
    expect([status, (JSON.parse(stdout) as Document).AccessKeyId]).toEqual([0, 'ASIA0000000000000001'])
    expect(stderr).toMatch(
      /^keyferry: EXCHANGE_REFUSED: [^\n]+ There are credentials all the same, from [^\n]+\n$/,
    )
  })
})

describe('a mistake in what is asked for', () => {
  it.each([
    [{ AWS_REGION: '' }, 'AWS_REGION is missing: set it; us-east-1 is not assumed'],
    [
      { KEYFERRY_DURATION_SECONDS: '60' },
      'KEYFERRY_DURATION_SECONDS must be a whole number from 900 to 43200',
    ],
    [{ KEYFERRY_SECRET: 'aws-app' }, '--secret (or KEYFERRY_SECRET) must be projects/P/secrets/S'],
  ])('is told in the words of the command: %j', async (env, message) => {
    const { status, stdout, stderr } = await bed.keyferry(['credential-process'], env)
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
    expect(stderr).toMatch(/^keyferry: CONFIG_INVALID: No credentials can be had: [^\n]+\n$/)
  })

  it('is a profile named without --print-config', async () => {
    const { status, stderr } = await bed.keyferry(['credential-process', 'app'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('credential-process --print-config app')])
  })
})

describe('without a secret that can be read', () => {
  it('the exchange answers, and one line on stderr says why', async () => {
    const env = { KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/missing' }
    const { status, stdout, stderr } = await bed.keyferry(['credential-process'], env)
    expect([status, stdout.trim().split('\n').length]).toEqual([0, 1])
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1 })
    expect(stderr).toMatch(/^keyferry: SECRET_(?:NOT_FOUND|DENIED): [^\n]+ by an exchange of their own\.\n$/)
  })

  it('twenty processes at once make one exchange', { timeout: 60_000 }, async () => {
    const env = { KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/missing' }
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => bed.keyferry(['credential-process'], env)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 0))
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1)
    expect(mints()).toBe(1)
  })
})
