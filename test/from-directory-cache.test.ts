import { spawn } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { KeyferryEvent } from '../shared/core/events.ts'
import type { ExchangeOptions } from '../shared/core/exchange.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../shared/core/limits.ts'
import type { KeyferryProvider } from '../shared/core/provider.ts'
import { fromDirectoryCache, type FromDirectoryCacheOptions } from '../shared/from-directory-cache.ts'
import { temporaryDirectory } from './local/temporary-directory.ts'

const exchange: ExchangeOptions = {
  roleArn: 'arn:aws:iam::123456789012:role/app',
  region: 'eu-central-1',
}

describe('fromDirectoryCache', () => {
  it('gives what it minted, as one cached promise', async () => {
    const machine = aMachine()
    const provider = machine.process()
    await provider.ready()
    expect(provider()).toBe(provider())
    expect(await keyOf(provider)).toBe(keyAt(1))
    expect(provider.memoized).toBe(true)
    expect(provider.state).toMatchObject({ freshness: 'fresh', key: '…0001' })
  })

  it('takes what another process minted, and says that it is from the directory', async () => {
    const machine = aMachine()
    expect(await keyOf(machine.process())).toBe(keyAt(1))
    const other = machine.process()
    expect(await keyOf(other)).toBe(keyAt(1))
    expect(other.state.origin).toBe('directory')
    expect(machine.mints).toBe(1)
  })

  it('mints once for all processes in each life', async () => {
    const machine = aMachine()
    const providers = Array.from({ length: 10 }, () => machine.process())
    for (let hours = 0; hours < 4; hours++) {
      await Promise.all(providers.map((provider) => provider()))
      // In the advisory window all look at once, in the background.
      machine.now += 46 * MINUTE_MS
      await Promise.all(providers.map((provider) => settled(provider)))
      expect(new Set(await Promise.all(providers.map(keyOf)))).toEqual(new Set([keyAt(hours + 2)]))
    }
    expect(machine.mints).toBe(5)
  })

  it('counts the life from when the credentials were issued, not from when it found them', async () => {
    const machine = aMachine()
    await machine.process()()
    machine.now += 50 * MINUTE_MS
    const late = machine.process()
    expect(await keyOf(late)).toBe(keyAt(1))
    expect(late.state.freshness).toBe('advisory')
    await settled(late)
    expect(await keyOf(late)).toBe(keyAt(2))
  })

  it.each<[string, Partial<FromDirectoryCacheOptions>]>([
    ['identity', { identity: async () => 'other@p.iam.gserviceaccount.com' }],
    ['grant', { exchange: { ...exchange, policy: '{"Version":"2012-10-17"}' } }],
    ['duration', { exchange: { ...exchange, durationSeconds: 1800 } }],
    ['STS', { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } }],
  ])('takes nothing of another %s', async (_, other) => {
    const machine = aMachine()
    await machine.process()()
    expect(await keyOf(machine.process(other))).toBe(keyAt(2))
    expect(await keyOf(machine.process())).toBe(keyAt(1))
  })

  it('throws for everything that is wrong with its options at once', () => {
    expect(() =>
      fromDirectoryCache({ exchange: { roleArn: 'app' }, env: {}, directory: '', minimumLifeSeconds: -1 }),
    ).toThrow(/exchange\.roleArn.*exchange\.region.*directory.*minimumLifeSeconds/)
    expect(() => fromDirectoryCache({} as FromDirectoryCacheOptions)).toThrow('exchange is missing')
  })
})

describe('a process that starts', () => {
  it('is content with a minute of life, unless more is asked for', async () => {
    const machine = aMachine()
    await machine.process()()
    machine.now += HOUR_MS - MINUTE_MS
    expect(await keyOf(machine.process())).toBe(keyAt(1))
    expect(await keyOf(machine.process({ minimumLifeSeconds: 61 }))).toBe(keyAt(2))
  })

  it('is content with less if the exchange fails, and says what failed', async () => {
    const machine = aMachine()
    await machine.process()()
    machine.now += HOUR_MS - 30 * SECOND_MS
    const unlucky = machine.process({ mint: () => Promise.reject(new Error('STS is down')) })
    expect(await keyOf(unlucky)).toBe(keyAt(1))
    expect(machine.events).toContainEqual(expect.objectContaining({ type: 'load-failed', reason: 'Error' }))
  })

  it('gets the error of the exchange if what was there has expired by then', async () => {
    const machine = aMachine()
    await machine.process()()
    machine.now += HOUR_MS - 30 * SECOND_MS
    const mint = async (): Promise<never> => {
      machine.now += 26 * SECOND_MS
      throw new Error('STS is down')
    }
    await expect(machine.process({ mint })()).rejects.toThrow('STS is down')
  })

  it('gets the error of the exchange where there is nothing', async () => {
    const unlucky = aMachine().process({ mint: () => Promise.reject(new Error('STS is down')) })
    await expect(unlucky()).rejects.toThrow('STS is down')
  })

  it('gets the error of the metadata server where it cannot say who it is, and asks it again', async () => {
    const machine = aMachine()
    let asked = 0
    const provider = machine.process({
      identity: async () => {
        if (++asked === 1) throw new Error('no metadata server')
        return 'app@p.iam.gserviceaccount.com'
      },
    })
    await expect(provider()).rejects.toThrow('no metadata server')
    expect(await keyOf(provider)).toBe(keyAt(1))
  })
})

describe('a key that AWS refuses', () => {
  it('is replaced, and no other process starts with it', async () => {
    const machine = aMachine()
    const provider = machine.process()
    await provider()
    provider.invalidate(keyAt(1))
    expect(await keyOf(provider)).toBe(keyAt(2))
    expect(await keyOf(machine.process())).toBe(keyAt(2))
    expect(machine.mints).toBe(2)
  })

  it('is not started with even before anyone could replace it', async () => {
    const machine = aMachine()
    const mint = async (): ReturnType<typeof machine.mint> => {
      if (machine.mints > 0) throw new Error('STS is down')
      return machine.mint()
    }
    const provider = machine.process({ mint })
    await provider()
    provider.invalidate(keyAt(1))
    // It can do no worse than an error.
    expect(await keyOf(provider)).toBe(keyAt(1))
    await expect(machine.process({ mint })()).rejects.toThrow('STS is down')
  })

  it('sends the others, who hold it too, to what replaced it', async () => {
    const machine = aMachine()
    const [one, other] = [machine.process(), machine.process()]
    await Promise.all([one(), other()])
    machine.now += MINUTE_MS
    one.invalidate(keyAt(1))
    await one()
    other.invalidate(keyAt(1))
    expect(await keyOf(other)).toBe(keyAt(2))
    expect(machine.mints).toBe(2)
  })

  it('costs one exchange in five minutes, however many are refused', async () => {
    const machine = aMachine()
    const provider = machine.process()
    for (let refusals = 0; refusals < 10; refusals++) {
      machine.now += SECOND_MS
      provider.invalidate(await keyOf(provider))
    }
    expect(machine.mints).toBe(2)
  })
})

describe('a forced refresh', () => {
  it('takes what is newer in the directory, and mints nothing', async () => {
    const machine = aMachine()
    const provider = machine.process()
    await provider()
    const force = { forceRefresh: true }
    expect((await provider(force)).accessKeyId).toBe(keyAt(1))

    machine.now += MINUTE_MS
    const other = machine.process()
    await other()
    other.invalidate(keyAt(1))
    await other()
    expect((await provider(force)).accessKeyId).toBe(keyAt(2))
    expect(machine.mints).toBe(2)
  })
})

describe('the directory', () => {
  it('is the one in the cache of the user by default', async () => {
    const machine = aMachine()
    const caches = temporaryDirectory()
    await fromDirectoryCache({ ...machine.options, env: { XDG_CACHE_HOME: caches } })()
    expect(readdirSync(join(caches, 'keyferry'))).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)])
  })

  it.each<[string, () => Partial<FromDirectoryCacheOptions>]>([
    ['cannot be written', () => ({ directory: join(aFile(), 'below') })],
    ['is nowhere', () => ({ env: {} })],
  ])('is done without where it %s, and that is said once', async (_, options) => {
    const machine = aMachine()
    const provider = fromDirectoryCache({ ...machine.options, ...options() })
    expect(await keyOf(provider)).toBe(keyAt(1))
    machine.now += HOUR_MS
    expect(await keyOf(provider)).toBe(keyAt(2))
    const said = machine.events.filter(({ type }) => type === 'cache-unavailable')
    expect(said).toMatchObject([{ level: 'warning', reason: 'CACHE_UNAVAILABLE' }])
  })

  it('is refused where others can get at it, to who has nothing; who has something goes on', async () => {
    const machine = aMachine()
    const provider = machine.process()
    await provider()
    chmodSync(machine.directory, 0o755)
    await expect(machine.process()()).rejects.toMatchObject({
      code: 'CACHE_UNSAFE',
      message: expect.stringContaining(`chmod 700 ${machine.directory}`) as string,
    })
    machine.now += 50 * MINUTE_MS
    await settled(provider)
    expect(await keyOf(provider)).toBe(keyAt(1))
    expect(provider.state.lastLoad).toMatchObject({ outcome: 'failed', reason: 'CACHE_UNSAFE' })
    expect(machine.mints).toBe(1)
  })

  it('shows nothing of what it holds in events or errors, whatever is wrong with it', async () => {
    const machine = aMachine()
    const provider = machine.process()
    await provider()
    const [file] = readdirSync(machine.directory).map((name) => join(machine.directory, name)) as [string]
    const whole = readFileSync(file, 'utf8')
    const errors: unknown[] = []
    for (const content of [whole.slice(0, -9), `${whole}}`, whole.replace('"Version":1', '"Version":2')]) {
      writeFileSync(file, content)
      await machine
        .process({ mint: () => Promise.reject(new Error('STS is down')) })()
        .catch((error: unknown) => errors.push(error))
    }
    chmodSync(file, 0o644)
    await machine
      .process()()
      .catch((error: unknown) => errors.push(error))
    expect(errors).toHaveLength(4)
    const shown = inspect([errors, machine.events, provider, provider.state], { depth: null })
    for (const secret of [keyAt(1), 'planted-secret', 'planted-token']) expect(shown).not.toContain(secret)
  })
})

describe('twenty processes that start together', () => {
  it('make one exchange, and all get the same key', { timeout: 120_000 }, async () => {
    const PROCESSES = 20
    const compiled = temporaryDirectory()
    const practice = await theClouds(1)
    // One before them leaves its compiled code, so that they spend their time in the race and not on the way to it.
    await firstKey(await theClouds(1), { practice, compiled, caches: temporaryDirectory() })
    const clouds = await theClouds(PROCESSES)
    const caches = temporaryDirectory()
    const keys = await Promise.all(
      Array.from({ length: PROCESSES }, () => firstKey(clouds, { practice, compiled, caches })),
    )
    expect(new Set(keys)).toEqual(new Set([keyAt(1)]))
    expect(clouds.calls).toEqual({ email: PROCESSES, idToken: 1, exchange: 1 })
    expect(readdirSync(join(caches, 'keyferry'))).toHaveLength(1)
  })
})

interface Machine {
  now: number
  mints: number
  readonly directory: string
  readonly events: KeyferryEvent[]
  readonly options: FromDirectoryCacheOptions
  mint(): Promise<Awaited<ReturnType<KeyferryProvider>>>
  process(options?: Partial<FromDirectoryCacheOptions>): KeyferryProvider
}

function aMachine(): Machine {
  const directory = temporaryDirectory()
  const events: KeyferryEvent[] = []
  const machine: Machine = {
    now: Date.parse('2026-11-23T18:00:00Z'),
    mints: 0,
    directory,
    events,
    options: {
      exchange,
      clock: { now: () => machine.now },
      random: () => 0.5,
      env: {},
      identity: async () => 'app@p.iam.gserviceaccount.com',
      mint: () => machine.mint(),
      onEvent: (event) => events.push(event),
    },
    mint: async () => ({
      accessKeyId: keyAt(++machine.mints),
      secretAccessKey: 'planted-secret',
      sessionToken: 'planted-token',
      expiration: new Date(machine.now + HOUR_MS),
      accountId: '123456789012',
    }),
    process: (options = {}) => fromDirectoryCache({ ...machine.options, directory, ...options }),
  }
  return machine
}

function keyAt(mint: number): string {
  return `ASIAEXAMPLE${String(mint).padStart(9, '0')}`
}

async function keyOf(provider: KeyferryProvider): Promise<string> {
  return (await provider()).accessKeyId
}

/** Calls, and waits until what that set off in the background is over. */
async function settled(provider: KeyferryProvider): Promise<void> {
  await provider()
  while (provider.state.loading) await new Promise((resolve) => setImmediate(resolve))
}

function aFile(): string {
  const path = join(temporaryDirectory(), 'file')
  writeFileSync(path, '')
  return path
}

interface Process {
  /** Where it tries everything out, by itself. */
  readonly practice: Clouds
  readonly compiled: string
  readonly caches: string
}

/** What a process of its own gets. */
async function firstKey({ env }: Clouds, { practice, compiled, caches }: Process): Promise<string> {
  const script = join(import.meta.dirname, 'local/first-credentials.ts')
  const child = spawn(process.execPath, [script], {
    env: {
      ...env,
      XDG_CACHE_HOME: caches,
      NODE_COMPILE_CACHE: compiled,
      PRACTICE_CLOUDS: JSON.stringify(practice.env),
      PRACTICE_DIRECTORY: join(temporaryDirectory(), 'practice'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return text(child.stdout as Readable)
}

interface Clouds {
  readonly env: Record<string, string>
  readonly calls: { email: number; idToken: number; exchange: number }
}

/** Google's metadata server and AWS STS, which let nobody go on before all have come. */
async function theClouds(processes: number): Promise<Clouds> {
  const calls = { email: 0, idToken: 0, exchange: 0 }
  let openGate = (): void => {}
  const gate = new Promise<void>((resolve) => (openGate = resolve))
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('metadata-flavor', 'Google')
    if (pathname.endsWith('/email')) {
      if (++calls.email === processes) openGate()
      void gate.then(() => response.end('app@p.iam.gserviceaccount.com'))
    } else if (pathname.endsWith('/identity')) {
      calls.idToken++
      response.end(`e30.${Buffer.from('{"exp":9999999999}').toString('base64url')}.e30`)
    } else {
      response.end(assumed(keyAt(++calls.exchange)))
    }
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    calls,
    env: { GCE_METADATA_HOST: origin, AWS_ENDPOINT_URL: `http://${origin}`, AWS_REGION: 'eu-central-1' },
  }
}

function assumed(accessKeyId: string): string {
  return `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/app/session</Arn></AssumedRoleUser>
    <Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
    <SessionToken>token</SessionToken><Expiration>${new Date(Date.now() + HOUR_MS).toISOString()}</Expiration></Credentials>
    </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
}
