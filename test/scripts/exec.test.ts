/** `keyferry exec` as its users run it: built, in a process of its own, against the emulator. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { missing } from '../consumers/programs.ts'
import { KEYFERRY, keyferry, startKeyferry } from './child.ts'

let emulator: Emulator
let env: Record<string, string>
beforeAll(async () => {
  emulator = await startEmulator()
  env = { ...emulator.env }
  await keyferry(['refresh'], env)
})
afterAll(() => emulator.stop())

const NODE = [process.execPath, '-e']

describe('a command', () => {
  it('gets an endpoint that answers it, and nothing that an SDK would take before', async () => {
    const script = `
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = process.env
      const answer = await (await fetch(uri, { headers: { authorization } })).json()
      console.log(JSON.stringify([uri, answer.AccountId, answer.RoleArn, Object.keys(process.env)]))`
    const { status, stdout, stderr } = await keyferry(
      ['exec', '--', process.execPath, '--input-type=module', '-e', script],
      { ...env, AWS_PROFILE: 'mine', AWS_ACCESS_KEY_ID: 'AKIA' },
    )
    expect([status, stderr]).toEqual([
      0,
      `keyferry: hidden from ${process.execPath}: AWS_ACCESS_KEY_ID, AWS_PROFILE\n`,
    ])
    const [uri, account, role, names] = JSON.parse(stdout) as [string, string, string, string[]]
    expect([uri, account, role]).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/credentials$/),
      '123456789012',
      'arn:aws:iam::123456789012:role/keyferry-demo',
    ])
    for (const name of ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'])
      expect(names).not.toContain(name)
    await expect(fetch(uri)).rejects.toThrow('fetch failed')
  })

  it('is warned of a default profile, which the SDKs would take before the endpoint', async () => {
    const home = temporaryDirectory()
    const file = join(home, 'credentials')
    writeFileSync(file, '[default]\naws_access_key_id = AKIA\n')
    const { status, stderr } = await keyferry(['exec', '--', 'true'], {
      ...env,
      AWS_SHARED_CREDENTIALS_FILE: file,
    })
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining(`keyferry: ${file} has aws_access_key_id in its default profile`),
    ])
  })

  it('is started without loading any package', async () => {
    const recorded = { NODE_OPTIONS: `--import=${import.meta.dirname}/packages-loaded.mjs` }
    for (const flags of [[], ['--static']])
      expect(await keyferry(['exec', ...flags, '--', 'true'], { ...env, ...recorded })).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      })
  })

  it('gets variables with --static, and until when they live', async () => {
    const script = `console.log(JSON.stringify(process.env))`
    const { status, stdout, stderr } = await keyferry(['exec', '--static', '--', ...NODE, script], env)
    expect([status, stderr]).toEqual([0, ''])
    const given = JSON.parse(stdout) as Record<string, string>
    expect(given).toMatchObject({
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/) as string,
      AWS_SECRET_ACCESS_KEY: expect.any(String) as string,
      AWS_SESSION_TOKEN: expect.any(String) as string,
      AWS_CREDENTIAL_EXPIRATION: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      AWS_ACCOUNT_ID: '123456789012',
    })
    expect(given).not.toHaveProperty('AWS_CONTAINER_CREDENTIALS_FULL_URI')
  })

  it('runs where only the exchange works, and the user is told that the secret does not', async () => {
    const broken = { ...env, KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/none' }
    for (const flags of [[], ['--static']]) {
      const { status, stderr } = await keyferry(['exec', ...flags, '--', 'true'], broken)
      expect([status, stderr]).toEqual([
        0,
        expect.stringMatching(/^keyferry: SECRET_(?:NOT_FOUND|DENIED): .+\n$/),
      ])
    }
  })

  it('gets its words as they were written, flags and all, with the dashes and without', async () => {
    const words = ['--help', '--debug', '--', 'a b', '*', '', '$HOME', '-x']
    const script = `console.log(JSON.stringify(process.argv.slice(1)))`
    const command = [process.execPath, '-e', script, '--', ...words]
    const [dashed, bare] = await Promise.all([
      keyferry(['exec', '--', ...command], env),
      keyferry(['exec', ...command], env),
    ])
    expect([JSON.parse(dashed.stdout), JSON.parse(bare.stdout)]).toEqual([words, words])
  })
})

describe('the exit status', () => {
  it('is the command’s own, and tells a signal that ended it', async () => {
    const [own, killed] = await Promise.all([
      keyferry(['exec', '--', 'sh', '-c', 'exit 7'], env),
      keyferry(['exec', '--', 'sh', '-c', 'kill -TERM $$'], env),
    ])
    expect([own.status, killed.status]).toEqual([7, 143])
  })

  it('tells a command that is not there from one that cannot be run', async () => {
    const [missing, unfit] = await Promise.all([
      keyferry(['exec', '--', 'no-such-command'], env),
      keyferry(['exec', '--', join(import.meta.dirname, 'child.ts')], env),
    ])
    expect([missing.status, missing.stderr]).toEqual([127, 'keyferry: no-such-command: command not found\n'])
    expect([unfit.status, unfit.stderr]).toEqual([
      126,
      expect.stringMatching(/child\.ts: cannot be run \(EACCES\)\n$/),
    ])
  })

  it('is 125 where there are no credentials, and the command is never started', async () => {
    const file = join(temporaryDirectory(), 'started')
    const none = { ...env, KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/none', AWS_ROLE_ARN: '' }
    for (const flags of [[], ['--static']]) {
      const { status, stderr } = await keyferry(['exec', ...flags, '--', 'touch', file], none)
      expect([status, stderr]).toEqual([
        125,
        expect.stringMatching(/^keyferry: SECRET_(?:NOT_FOUND|DENIED): .+\n$/),
      ])
    }
    expect(existsSync(file)).toBe(false)
  })

  it('is 2 for what the user has to write otherwise', async () => {
    const [bare, unnamed] = await Promise.all([keyferry(['exec'], env), keyferry(['exec', '--', 'true'])])
    expect([bare.status, bare.stderr]).toEqual([
      2,
      'keyferry: CONFIG_INVALID: There is no command to run: write "keyferry exec -- aws s3 ls".\n',
    ])
    expect([unnamed.status, unnamed.stderr]).toEqual([
      2,
      expect.stringMatching(/^keyferry: CONFIG_INVALID: No credentials are named\./),
    ])
  })
})

describe('a signal', () => {
  const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

  it('reaches the command, once, and ends nothing by itself', async () => {
    const script = `
      for (const signal of ${JSON.stringify(SIGNALS)}) process.on(signal, () => console.log(signal))
      process.on('SIGUSR2', () => setImmediate(() => process.exit(9)))
      setInterval(() => {}, 1000)
      console.log('ready')`
    const child = startKeyferry(['exec', '--', ...NODE, script], env)
    const ended = once(child, 'close')
    const heard: string[] = []
    const errors = text(child.stderr)
    child.stdout.setEncoding('utf8').on('data', (said: string) => {
      heard.push(...said.trim().split('\n'))
      // One after the other: signals of two kinds that are sent together come in any order.
      const next = SIGNALS[heard.length - 1]
      if (next) child.kill(next)
    })
    expect(await ended).toEqual([9, null])
    expect([heard, await errors]).toEqual([['ready', ...SIGNALS], ''])
  })

  it('ends it before there is a command', async () => {
    const before = emulator.secretManager.calls.count('AccessSecretVersion')
    const heal = emulator.secretManager.fault({ operation: 'AccessSecretVersion', kind: 'hang' })
    onTestFinished(heal)
    const child = startKeyferry(['exec', '--', 'true'], env)
    const ended = once(child, 'close')
    const isAsked = (): boolean => emulator.secretManager.calls.count('AccessSecretVersion') > before
    await vi.waitUntil(isAsked, { timeout: 20_000, interval: 20 })
    child.kill('SIGTERM')
    expect(await ended).toEqual([143, null])
  })

  it('of a terminal, which the command has already, is not sent to it again', async ({ skip }) => {
    skip(missing('script'), 'not installed: bsdutils')
    const script = `
      let heard = 0
      process.on('SIGINT', () => console.log('interrupted', ++heard))
      process.on('SIGTERM', () => (console.log('in all', heard), process.exit()))
      setInterval(() => {}, 1000)
      console.log('parent', process.ppid)`
    const words = [process.execPath, '--', KEYFERRY, 'exec', '--', ...NODE, script]
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    // A terminal of its own, whose Ctrl-C is a byte like any other to whoever writes into it.
    const terminal = spawn('script', ['--quiet', '--command', `${line}; true`, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'dumb', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void terminal.kill('SIGKILL'))
    const lines = createInterface(terminal.stdout)[Symbol.asyncIterator]()
    const next = async (): Promise<string> => ((await lines.next()).value as string).replace('^C', '')
    const parent = Number(/^parent (\d+)$/.exec(await next())?.[1])
    // Two signals of a kind that come at once are one: the second would have to come when the first has arrived.
    process.kill(parent, 'SIGSTOP')
    terminal.stdin.write('\u0003')
    expect(await next()).toBe('interrupted 1')
    process.kill(parent, 'SIGCONT')
    process.kill(parent, 'SIGTERM')
    expect(await next()).toBe('in all 1')
  })
})
