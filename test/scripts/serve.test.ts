/** `keyferry serve` as its users run it: built, in a process of its own, against the emulator. */
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { BROKER } from '../emulator/world.ts'
import { keyferry, startKeyferry, type Env } from './child.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
  await keyferry(['refresh'], emulator.env)
})
afterAll(() => emulator.stop())

interface Serving {
  /** The lines that it printed when it was ready. */
  readonly lines: readonly string[]
  /** Sends the signal; resolves to how it ended and all that it wrote. */
  stop(signal?: NodeJS.Signals): Promise<{ status: number | null; stdout: string; stderr: string }>
}

async function serving(words: readonly string[], env: Env = emulator.env, lines = 1): Promise<Serving> {
  const child = startKeyferry(['serve', ...words], env)
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close') as Promise<[number | null]>
  const stderr = text(child.stderr)
  let stdout = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (said: string) => (stdout += said))
  while (stdout.split('\n').length <= lines) {
    const going = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)])
    if (!going) throw new Error(`It ended: ${await stderr}`)
  }
  return {
    lines: stdout.trimEnd().split('\n'),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [status] = await ended
      return { status, stdout, stderr: await stderr }
    },
  }
}

const PRINTED =
  /^export AWS_CONTAINER_CREDENTIALS_FULL_URI=(http:\S+) AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=(\S+)$/

async function ask(line: string | undefined, path?: string): Promise<Response> {
  const [, uri = '', file = ''] = PRINTED.exec(line ?? '') ?? []
  return fetch(path ? new URL(path, uri) : uri, { headers: { authorization: readFileSync(file, 'utf8') } })
}

describe('keyferry serve', () => {
  it('prints what a shell needs, never the token, and is gone at SIGTERM with all it made', async () => {
    const { lines, stop } = await serving([])
    expect(lines).toEqual([expect.stringMatching(PRINTED)])
    const file = PRINTED.exec(lines[0] as string)?.[2] as string
    const token = readFileSync(file, 'utf8')
    expect(await (await ask(lines[0])).json()).toMatchObject({ AccountId: '123456789012' })
    expect(await (await ask(lines[0], '/metrics')).text()).toContain(
      'keyferry_credentials_held_total{target="default",origin="secret"} 1\n',
    )
    const { status, stdout, stderr } = await stop()
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain(token)
    expect(existsSync(file)).toBe(false)
  })

  it('writes the files that it is told to, and takes a token that is there', async () => {
    const folder = temporaryDirectory()
    const [tokenFile, envFile] = [join(folder, 'token'), join(folder, 'env')]
    const first = await serving(['--token-file', tokenFile, '--env-file', envFile])
    const token = readFileSync(tokenFile, 'utf8')
    expect(token).toMatch(/^[\w-]{43}$/)
    expect([statSync(tokenFile).mode & 0o777, statSync(envFile).mode & 0o777]).toEqual([0o600, 0o600])
    const [, uri] = PRINTED.exec(first.lines[0] as string) ?? []
    expect(readFileSync(envFile, 'utf8')).toBe(
      `AWS_CONTAINER_CREDENTIALS_FULL_URI=${uri}\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=${tokenFile}\n`,
    )
    expect((await first.stop('SIGINT')).status).toBe(0)
    const second = await serving(['--token-file', tokenFile])
    expect(readFileSync(tokenFile, 'utf8')).toBe(token)
    expect((await ask(second.lines[0])).status).toBe(200)
    await second.stop()
  })

  it('serves every target of a configuration', async () => {
    const { KEYFERRY_SECRET: secret = '', AWS_ROLE_ARN: roleArn, ...env } = emulator.env
    const { secretManager } = emulator
    secretManager.createSecret({ name: `${secret}-two` })
    secretManager.grant(`${secret}-two`, 'roles/secretmanager.secretAccessor', `serviceAccount:${BROKER}`)
    secretManager.add(`${secret}-two`, secretManager.versions(secret)[0]?.payload as Uint8Array)
    const targets = ['one', 'two'].map((name) => ({
      name,
      secret: name === 'one' ? secret : `${secret}-two`,
      roleArn,
    }))
    const config = JSON.stringify({ targets })
    const { lines, stop } = await serving([], { ...env, KEYFERRY_CONFIG: config }, 2)
    expect(lines.map((line) => new URL(PRINTED.exec(line)?.[1] as string).pathname)).toEqual([
      '/credentials/one',
      '/credentials/two',
    ])
    for (const line of lines) expect(await (await ask(line)).json()).toMatchObject({ RoleArn: roleArn })
    await stop()
  })

  it('listens at once, but is ready when it has credentials, and says meanwhile what is wrong', async () => {
    emulator.secretManager.fault({ operation: 'AccessSecretVersion', kind: 'status', code: 'INTERNAL' })
    onTestFinished(() => emulator.secretManager.clearFaults())
    const [port, probePort] = [await freePort(), await freePort()]
    const file = join(temporaryDirectory(), 'token')
    const env = { ...emulator.env, AWS_ROLE_ARN: '' }
    const flags = ['--port', String(port), '--probe-port', String(probePort), '--token-file', file]
    const started = serving(flags, env)
    const statusAt = (at: number): Promise<number> =>
      fetch(`http://127.0.0.1:${at}/readyz`).then(
        ({ status }) => status,
        () => 0,
      )
    await vi.waitUntil(async () => (await statusAt(port)) !== 0, { timeout: 20_000, interval: 20 })
    expect(await statusAt(port)).toBe(503)
    expect(existsSync(file)).toBe(false)
    emulator.secretManager.clearFaults()
    const { lines, stop } = await started
    expect([await statusAt(port), await statusAt(probePort), (await ask(lines[0])).status]).toEqual([
      200, 200, 200,
    ])
    expect((await stop()).stderr).toMatch(/^(?:keyferry: default: SECRET_UNREADABLE: .+\n)?$/)
  })

  it('refuses what it cannot do, with what to do', async () => {
    const [port, target] = await Promise.all([
      keyferry(['serve', '--port', '99999'], emulator.env),
      keyferry(['serve', 'app'], emulator.env),
    ])
    expect([port.status, port.stderr]).toEqual([
      2,
      'keyferry: CONFIG_INVALID: --port must be 0 to 65535, got "99999".\n',
    ])
    expect([target.status, target.stderr]).toEqual([
      2,
      expect.stringMatching(/^keyferry: CONFIG_INVALID: "app" is the name of a target/),
    ])
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
