/** `keyferry status --watch` and `--serve`: their flags in this process, and the whole path as users run it. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { runVerb } from '../../scripts/command/run-verb.ts'
import { leanStores } from '../../scripts/lean-stores.ts'
import { refresh } from '../../scripts/refresh.ts'
import { status } from '../../scripts/status.ts'
import type { StatusReport } from '../../shared/report/status.ts'
import { BROKER, SECRET } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { startKeyferry } from './child.ts'
import { inProcess } from './in-process.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
  await inProcess('refresh', refresh, [], emulator.env)
})
afterAll(() => emulator.stop())

describe('keyferry status', () => {
  it.each([
    [['--watch', '--serve'], 'give one of them'],
    [['--serve', '--json'], '--serve has the document of --json under /status'],
    [['--interval', '5'], '--interval is for --watch and --serve'],
    [['--port', '0'], '--port is for --serve'],
    [['--watch', '--token-file', 'x'], '--token-file is for --serve'],
    [['--watch', '--interval', '1'], '--interval must be 2 to 3600 seconds, got "1"'],
    [['--watch', '--interval', '3601'], 'got "3601"'],
    [['--serve', '--interval', '2.5'], 'got "2.5"'],
    [['--serve', '--port', '65536'], '--port must be 0 to 65535, got "65536"'],
    [['--watch', 'aws-ap'], 'aws-app'],
  ])('refuses %j before anything is looked at', async (words, says) => {
    const said = await inProcess('status', status, words, emulator.env)
    expect([said.status, said.printed]).toEqual([2, ''])
    expect(said.notes).toContain(says)
  })
})

describe('keyferry status --watch', () => {
  it('prints what changed until it is told to stop, and ends as the last look did', async () => {
    const { next, stop } = started(['status', '--watch', '--json', '--interval', '2'])
    expect(JSON.parse(await next())).toMatchObject({ ok: true, targets: [{ state: 'fresh', version: 1 }] })
    await inProcess('refresh', refresh, ['--force'], emulator.env)
    expect(JSON.parse(await next())).toMatchObject({ ok: true, targets: [{ version: 2 }] })
    expect(await stop('SIGINT')).toMatchObject({ status: 0, stderr: '' })
  })

  it('draws the table in place for who watches, on the screen and nowhere else', async () => {
    const drawn: string[] = []
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    const write = (text: string): void => {
      // What Ctrl-C comes to, once there is something to see.
      if (drawn.push(stripVTControlCharacters(text)) === 2) process.emit('SIGINT')
    }
    const terminal = { env: emulator.env, decorated: true, screen: { columns: 100, rows: 30, write } }
    const words = ['--watch', '--interval', '2']
    const streams = { print: say, report: say, note: say }
    const code = await runVerb('status', () => status, words, { ...terminal, ...streams })
    expect([code, said]).toEqual([0, []])
    for (const table of drawn)
      expect(table).toMatch(/TARGET .*\naws-app +fresh .* █+ .*\n\nSeen at .*; looked at again every 2 s/)
  })

  it('goes on through failures, and ends with 1 where what it saw last is of no use', async () => {
    emulator.secretManager.fault({ operation: 'AccessSecretVersion', kind: 'status', code: 'INTERNAL' })
    onTestFinished(() => emulator.secretManager.clearFaults())
    const { next, stop } = started(['status', '--watch', '--json', '--interval', '2'])
    expect(JSON.parse(await next())).toMatchObject({ ok: false, targets: [{ state: 'unreadable' }] })
    emulator.secretManager.clearFaults()
    expect(JSON.parse(await next())).toMatchObject({ ok: true })
    emulator.secretManager.fault({ operation: 'AccessSecretVersion', kind: 'status', code: 'INTERNAL' })
    expect(JSON.parse(await next())).toMatchObject({ ok: false })
    expect((await stop('SIGTERM')).status).toBe(1)
  })
})

describe('keyferry status --serve', () => {
  it('answers who has the token with what the secret holds, and is gone with its file at SIGTERM', async () => {
    const { next, stop } = started(['status', '--serve'])
    const line = /^curl -H "Authorization: Bearer \$\(cat (\S+)\)" (http:\/\/127\.0\.0\.1:\d+\/metrics)$/
    const printed = await next()
    expect(printed).toMatch(line)
    const [, file = '', url = ''] = line.exec(printed) ?? []
    expect(await next()).toBe(printed.replace(/metrics$/, 'status'))
    const headers = { authorization: `Bearer ${readFileSync(file, 'utf8')}` }

    const newest = emulator.secretManager.versions(SECRET).at(-1)
    const metrics = await (await fetch(url, { headers })).text()
    expect(metrics).toContain(`\nkeyferry_secret_version{target="aws-app"} ${newest?.version}\n`)
    const answer = await (await fetch(new URL('/status', url), { headers })).text()
    expect(JSON.parse(answer) as StatusReport).toMatchObject({ ok: true, targets: [{ target: 'aws-app' }] })
    expect((await fetch(url)).status).toBe(403)

    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(
      Buffer.from(newest?.payload as Uint8Array).toString(),
    ) as Record<string, string>
    const { status: code, stdout, stderr } = await stop('SIGTERM')
    expect([code, stderr, existsSync(file)]).toEqual([0, '', false])
    for (const secret of [AccessKeyId, SecretAccessKey, SessionToken, headers.authorization.slice(7)])
      expect(metrics + answer + stdout).not.toContain(secret)
  })
})

it('an identity that could not be found is found once its file is there', async () => {
  const file = join(temporaryDirectory(), 'key.json')
  const env = { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: file }
  const store = leanStores(env)({ secret: SECRET })
  await expect(store.list()).rejects.toThrow(file)
  await writeFile(file, JSON.stringify(await emulator.keyFileFor(BROKER)))
  expect((await store.list()).length).toBeGreaterThan(0)
  // It has been found: it is not looked for again.
  await rm(file)
  expect((await store.list()).length).toBeGreaterThan(0)
})

interface Started {
  /** The next line of stdout. */
  next(): Promise<string>
  stop(signal: NodeJS.Signals): Promise<{ status: number | null; stdout: string; stderr: string }>
}

function started(words: readonly string[]): Started {
  const child = startKeyferry(words, emulator.env)
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close') as Promise<[number | null]>
  const stderr = text(child.stderr)
  let [stdout, taken] = ['', 0]
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (said: string) => (stdout += said))
  return {
    async next() {
      while (stdout.split('\n').length <= taken + 1) {
        const going = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)])
        if (!going) throw new Error(`It ended: ${await stderr}`)
      }
      return stdout.split('\n')[taken++] as string
    },
    async stop(signal) {
      child.kill(signal)
      const [code] = await ended
      return { status: code, stdout, stderr: await stderr }
    },
  }
}
