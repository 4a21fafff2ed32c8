import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { trustPolicy } from '../../scripts/trust-policy.ts'
import { whoami } from '../../scripts/whoami.ts'
import { inProcess, type Said } from './in-process.ts'

const NOTE = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'sts.amazonaws.com' } },
    },
  ],
}
const ID = '117530498172635541201'
const OTHER = '104917288031174460352'
const EMAIL = 'broker@keyferry-demo.iam.gserviceaccount.com'

let emulator: Emulator
let folder: string
let note: string
beforeAll(async () => {
  emulator = await startEmulator()
  folder = await mkdtemp(join(tmpdir(), 'trust-'))
  note = join(folder, 'note.json')
  await writeFile(note, JSON.stringify(NOTE))
})
afterAll(async () => {
  await emulator.stop()
  await rm(folder, { recursive: true })
})

describe('keyferry trust-policy', () => {
  it('prints the policy for the identity that it runs as, and says whom that lets in', async () => {
    const { status, printed, notes } = await trust([])
    expect(status).toBe(0)
    expect(JSON.parse(printed)).toMatchObject({
      Statement: [
        {
          Condition: {
            StringEquals: {
              'accounts.google.com:sub': ID,
              'accounts.google.com:oaud': 'sts.amazonaws.com',
              'accounts.google.com:aud': ID,
            },
          },
        },
      ],
    })
    expect(notes).toContain(`Lets in ${ID} and nobody else`)
    expect(notes).toContain('--with-email')
  })

  it('takes tokens of key files too, where the e-mail is asked for', async () => {
    const { printed } = await trust(['--with-email', '--audience', 'keyferry'])
    const [statement] = (JSON.parse(printed) as typeof NOTE).Statement
    expect(statement?.Condition.StringEquals).toMatchObject({
      'accounts.google.com:oaud': 'keyferry',
      'accounts.google.com:aud': [ID, EMAIL],
    })
  })

  it('asks nobody about accounts that are named', async () => {
    const { status, printed } = await trust(['--unique-id', ID, '--unique-id', OTHER], {})
    expect(status).toBe(0)
    expect(printed).toContain(`"${OTHER}"`)
  })

  it.each([
    ['terraform', 'resource "aws_iam_role" "keyferry-demo"'],
    ['cloudformation', 'RoleName: "keyferry-demo"'],
    ['cloudformation-json', '"RoleName": "keyferry-demo"'],
    ['aws', 'aws iam create-role --role-name keyferry-demo --assume-role-policy-document'],
  ])('writes %s, for the role of the environment', async (format, words) => {
    const { printed } = await trust(['--format', format])
    expect(printed).toContain(words)
  })

  it('writes the command for a role that exists', async () => {
    const { printed } = await trust(['--update', '--role', 'app'])
    expect(printed).toMatch(/^aws iam update-assume-role-policy --role-name app --policy-document '\{/)
  })

  it('says of another partition that nobody has written whether it works', async () => {
    const role = 'arn:aws-us-gov:iam::123456789012:role/team/app'
    const { printed, notes } = await trust(['--unique-id', ID, '--format', 'aws', '--role', role], {
      AWS_REGION: 'us-gov-west-1',
    })
    expect(printed).toContain('--region us-gov-west-1 --role-name app --path /team/')
    expect(notes).toContain('aws-us-gov is documented nowhere')
  })

  it.each([
    [['--unique-id', '123'], '21 digits'],
    [['--email', EMAIL], `gcloud iam service-accounts describe ${EMAIL}`],
    [['--unique-id', ID, '--unique-id', OTHER, '--email', EMAIL], 'there are 1 and 2'],
    [['--unique-id', ID, '--email', 'broker'], 'e-mail of a service account'],
    [['--format', 'yml'], 'not "yml"'],
    [['--format', 'terrafrom'], 'Did you mean "terraform"?'],
    [['--format', 'terraform', '--update'], '--update is for --format aws'],
    [['--unique-id', ID, '--format', 'aws'], '--role NAME'],
    [['--unique-id', ID, '--role', 'a/b'], 'neither the name nor the ARN'],
    [['--unique-id', ID, '--audience', 'a b'], 'without spaces'],
    [['--explain'], '--lint FILE'],
    [['--lint', '/nowhere/policy.json'], 'Cannot read the trust policy'],
  ])('refuses %j with what to do', async (words, said) => {
    const { status, printed, notes } = await trust(words, {})
    expect([status, printed]).toEqual([2, ''])
    expect(notes).toContain(said)
  })
})

describe('keyferry trust-policy --lint', () => {
  it('finds what is wrong, with a way out of it, and exits with 1', async () => {
    const { status, printed } = await trust(['--lint', note], {})
    expect(status).toBe(1)
    expect(printed).toContain('error: audience-under-aud (statement 1)')
    expect(printed).toContain('1 error, 1 warning')
  })

  it('is content with what it writes itself', async () => {
    const file = join(folder, 'tight.json')
    await writeFile(file, (await trust(['--with-email'])).printed)
    expect(await trust(['--lint', file, '--explain'])).toMatchObject({
      status: 0,
      printed: expect.stringContaining('Nothing is wrong with it.') as string,
    })
  })

  it('explains with the real token why AWS refuses it, and what it prints instead AWS accepts', async () => {
    const roleArn = emulator.env['AWS_ROLE_ARN'] ?? ''
    emulator.sts.setTrustPolicy(roleArn, NOTE)
    expect((await asked()).ok).toBe(false)

    const { status, printed } = await trust(['--lint', note, '--explain', '--json'])
    expect(status).toBe(1)
    const { tokens } = JSON.parse(printed) as {
      tokens: { summary: string; corrected: object }[]
    }
    expect(tokens[0]?.summary).toContain(`the token's azp, which is "${ID}"`)

    emulator.sts.setTrustPolicy(roleArn, tokens[0]?.corrected)
    expect((await asked()).ok).toBe(true)
  })

  it('knows what every request has: the time, and that it came by TLS', async () => {
    const file = join(folder, 'dated.json')
    const { Statement, ...rest } = JSON.parse((await trust([])).printed) as typeof NOTE
    const dated = {
      ...rest,
      Statement: Statement.map(({ Condition, ...statement }) => ({
        ...statement,
        Condition: {
          ...Condition,
          DateLessThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' },
          Bool: { 'aws:SecureTransport': 'true' },
        },
      })),
    }
    await writeFile(file, JSON.stringify(dated))
    expect((await trust(['--lint', file, '--explain'])).printed).toContain('AWS lets this token in')
    emulator.sts.setTrustPolicy(emulator.env['AWS_ROLE_ARN'] ?? '', dated)
    expect((await asked()).ok).toBe(true)
  })

  it('evaluates every token that named accounts may bring', async () => {
    const { printed } = await trust(['--lint', note, '--explain', '--unique-id', ID, '--email', EMAIL], {})
    expect(printed).toContain(`A token of ${ID}, by the metadata server:\nAWS refuses`)
    expect(printed).toContain(`A token of ${ID}, by a key file or impersonation:\nAWS refuses`)
  })
})

async function asked(): Promise<{ readonly ok: boolean }> {
  const { printed } = await inProcess('whoami', whoami, ['--json'], { ...emulator.env, KEYFERRY_SECRET: '' })
  return JSON.parse(printed) as { ok: boolean }
}

function trust(words: readonly string[], env: NodeJS.ProcessEnv = emulator.env): Promise<Said> {
  return inProcess('trust-policy', trustPolicy, words, env)
}
