import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { decodePayload } from '../../shared/core/payload.ts'

const ROOT = join(import.meta.dirname, '../..')
const SECRET = 'projects/keyferry-demo/secrets/aws-app'

let emulator: Emulator
const running: FunctionProcess[] = []

beforeAll(async () => {
  emulator = await startEmulator()
})

afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()))
  await emulator.stop()
})

describe('the functions as Google runs them', () => {
  it('refresh what is due, leave alone what is fresh, share what is under way, and print no credential', async () => {
    const refresh = await start('refresh', { ...emulator.env })
    const delivery = { method: 'POST', headers: { 'function-execution-id': 'execution-1' } }
    const both = await Promise.all([fetch(refresh.url, delivery), fetch(refresh.url, delivery)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    const answers = await Promise.all(both.map((response) => response.json()))
    expect(answers[0]).toMatchObject({ results: [{ target: 'aws-app', outcome: 'refreshed', version: 1 }] })
    expect(answers[1]).toEqual(answers[0])
    expect(emulator.sts.calls.count('AssumeRoleWithWebIdentity')).toBe(1)

    const again = await fetch(refresh.url, delivery)
    expect(await again.json()).toMatchObject({ results: [{ outcome: 'fresh', version: 1 }] })
    const unknown = await fetch(`${refresh.url}?target=nobody`, delivery)
    expect(unknown.status).toBe(400)

    const line = await refresh.line((fields) => fields['outcome'] === 'refreshed')
    expect(line).toMatchObject({
      severity: 'INFO',
      target: 'aws-app',
      'logging.googleapis.com/labels': { execution_id: 'execution-1' },
    })
    const [stored] = emulator.secretManager.versions(SECRET)
    const { secretAccessKey, sessionToken, accessKeyId } = decodePayload(
      stored?.payload as Uint8Array,
    ).credentials
    const printed = refresh.printed() + JSON.stringify(answers)
    expect([secretAccessKey, sessionToken, accessKeyId].filter((secret) => printed.includes(secret))).toEqual(
      [],
    )
  })

  it('start without any configuration, and say at each request what is missing', async () => {
    const refresh = await start('refresh', { GOOGLE_SDK_NODE_LOGGING: 'all' })
    for (let i = 0; i < 2; i++) {
      const response = await fetch(refresh.url, { method: 'POST' })
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({ error: { code: 'CONFIG_INVALID' } })
    }
    expect(await refresh.line(({ code }) => code === 'CONFIG_INVALID')).toMatchObject({ severity: 'ERROR' })
    expect(await refresh.line(({ variable }) => variable !== undefined)).toMatchObject({
      severity: 'WARNING',
      variable: 'GOOGLE_SDK_NODE_LOGGING',
    })
  })

  it('take the events of a secret that is to be rotated, by its project’s number', async () => {
    const events = await start('refreshOnEvent', { ...emulator.env })
    const response = await fetch(events.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-id': 'event-1',
        'ce-source': '//pubsub.googleapis.com/projects/keyferry-demo/topics/rotate',
        'ce-specversion': '1.0',
        'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      },
      body: JSON.stringify({
        message: {
          attributes: { eventType: 'SECRET_ROTATE', secretId: 'projects/402718365519/secrets/aws-app' },
        },
      }),
    })
    expect(response.status).toBe(204)
    expect(
      await events.line(({ message }) => String(message).startsWith('Looked at 1 target:')),
    ).toMatchObject({
      severity: 'INFO',
      event: 'event-1',
      failed: 0,
    })
    expect(emulator.secretManager.versions(SECRET)).toHaveLength(1)
  })
})

interface FunctionProcess {
  readonly url: string
  /** The first line of JSON, past or to come, that is as wanted. */
  line(wanted: (fields: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
  printed(): string
  stop(): Promise<void>
}

/** The framework's own command in a process of its own, as the buildpack starts it. */
async function start(target: string, env: Record<string, string>): Promise<FunctionProcess> {
  const port = await freePort()
  const command = [
    join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js'),
    `--target=${target}`,
    `--source=${join(ROOT, 'functions/index.ts')}`,
    `--port=${port}`,
  ]
  const child = spawn(process.execPath, command, {
    env: { NODE_ENV: 'test', LOG_EXECUTION_ID: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      output.push(line)
      for (const look of waiting) look()
    })
  }
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find()
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      child.once('exit', (code) =>
        reject(new Error(`The function ended with ${code}:\n${output.join('\n')}`)),
      )
      look()
    })
  const self: FunctionProcess = {
    url: `http://127.0.0.1:${port}/`,
    line: (wanted) => until(() => output.map(fieldsIn).find((fields) => fields && wanted(fields))),
    printed: () => output.join('\n'),
    stop: () => ended(child),
  }
  running.push(self)
  await until(() => output.find((line) => line.includes('URL: ')))
  return self
}

function fieldsIn(line: string): Record<string, unknown> | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : undefined
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
