/** What a secret store does, whichever way it talks to Secret Manager: one suite for the lean and the official adapter. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import type { SecretStore, SecretVersions } from '../../shared/core/ports.ts'
import { metadataServer } from '../../shared/google/identity.ts'
import { officialSecretManager } from '../../shared/google/secret-manager-official.ts'
import { leanSecretStore } from '../../shared/google/secret-store-lean.ts'
import { leanTransport } from '../../shared/transport.ts'

type Store = SecretStore & Pick<SecretVersions, 'list'>
interface Adapter {
  storeOf(secret: string, timeoutMs?: number): Store
  close(): Promise<void>
}

const PROJECT = 'keyferry-demo'
const BROKER = `serviceAccount:broker@${PROJECT}.iam.gserviceaccount.com`
const APP = `app@${PROJECT}.iam.gserviceaccount.com`
/** Long enough that only a hanging server exceeds it, short enough to wait for. */
const IMPATIENT_MS = 250

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const backoff = { sleep: async () => {}, random: () => 0.5 }

async function lean(env: NodeJS.ProcessEnv): Promise<Adapter> {
  const http = leanTransport(env)
  const tokens = metadataServer({ http, env })
  return {
    storeOf: (secret, timeoutMs = 5_000) =>
      leanSecretStore({ secret, http, tokens, env, timeoutMs, ...backoff }),
    close: async () => {},
  }
}

async function official(env: NodeJS.ProcessEnv): Promise<Adapter> {
  const tokens = metadataServer({ http: leanTransport(env), env })
  const managers = new Map<number, Awaited<ReturnType<typeof officialSecretManager>>>()
  const manager = async (timeoutMs: number): Promise<void> => {
    managers.set(timeoutMs, await officialSecretManager({ tokens, env, timeoutMs, ...backoff }))
  }
  await Promise.all([manager(5_000), manager(IMPATIENT_MS)])
  return {
    storeOf: (secret, timeoutMs = 5_000) => managers.get(timeoutMs)?.versionsOf(secret) as Store,
    close: async () => void (await Promise.all([...managers.values()].map((each) => each.close()))),
  }
}

let emulator: Emulator
let secret: string
let count = 0

beforeAll(async () => {
  emulator = await startEmulator()
  Object.assign(emulator.secretManager.quotas, {
    addPerSecretPerSecond: Infinity,
    changePerVersionPerSecond: Infinity,
  })
})
afterAll(() => emulator.stop())

const IAM = {
  'roles/secretmanager.secretAccessor': [BROKER],
  'roles/secretmanager.secretVersionManager': [BROKER],
}

beforeEach(() => {
  secret = `projects/${PROJECT}/secrets/s${++count}`
  emulator.secretManager.createSecret({ name: secret, iam: IAM })
  emulator.secretManager.clearFaults()
  emulator.secretManager.calls.clear()
})

describe.each([
  ['the lean adapter', lean],
  ['the official adapter', official],
] as const)('%s', (_, connect) => {
  let adapter: Adapter
  let store: Store
  beforeAll(async () => (adapter = await connect(emulator.env)))
  afterAll(() => adapter.close())
  beforeEach(() => (store = adapter.storeOf(secret)))

  it('adds a version and reads it back, by number and as the latest', async () => {
    expect(await store.add(bytes('first'))).toBe(1)
    expect(await store.add(bytes('second, with ünïcode and \0'))).toBe(2)
    const latest = await store.read('latest')
    expect(latest.version).toBe(2)
    expect(new TextDecoder().decode(latest.payload)).toBe('second, with ünïcode and \0')
    const first = await store.read(1)
    expect([first.version, new TextDecoder().decode(first.payload)]).toEqual([1, 'first'])
  })

  it('sends the checksum with what it adds', async () => {
    await store.add(bytes('checked'))
    expect(await rawVersion(secret, 1)).toMatchObject({ clientSpecifiedPayloadChecksum: true })
  })

  it('serves regional secrets', async () => {
    const regional = `projects/${PROJECT}/locations/europe-west3/secrets/s${count}`
    emulator.secretManager.createSecret({ name: regional, iam: IAM })
    const there = adapter.storeOf(regional)
    expect(await there.add(bytes('regional'))).toBe(1)
    expect((await there.read('latest')).payload).toEqual(Buffer.from('regional'))
    expect(await there.list()).toHaveLength(1)
  })

  it('lists versions newest first, with state and time, and without what is destroyed', async () => {
    for (const text of ['a', 'b', 'c']) emulator.secretManager.add(secret, text)
    emulator.secretManager.setState(secret, 1, 'DESTROYED')
    emulator.secretManager.setState(secret, 2, 'DISABLED')
    const before = Date.now()
    const listed = await store.list()
    expect(listed.map(({ version, state }) => [version, state])).toEqual([
      [3, 'ENABLED'],
      [2, 'DISABLED'],
    ])
    for (const { createdAt } of listed) expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(60_000)
  })

  it('lists when a version will be destroyed, where the secret delays that', async () => {
    const name = `${secret}-delayed`
    emulator.secretManager.createSecret({ name, iam: IAM, versionDestroyTtlSeconds: 86_400 })
    const delayed = adapter.storeOf(name)
    for (const text of ['a', 'b']) await delayed.add(bytes(text))
    await rawDestroy(name, 1)
    const [kept, doomed] = await delayed.list()
    expect(kept?.destroyAt).toBeUndefined()
    expect(doomed?.state).toBe('DISABLED')
    expect((doomed?.destroyAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(86_000_000)
  })

  it('lists more versions than one page holds', async () => {
    for (let i = 0; i < 1_003; i++) emulator.secretManager.add(secret, 'x')
    const listed = await store.list()
    expect(listed).toHaveLength(1_003)
    expect(new Set(listed.map(({ version }) => version)).size).toBe(1_003)
    expect(listed[0]?.version).toBe(1_003)
    expect(emulator.secretManager.calls.count('ListSecretVersions')).toBe(2)
  })

  it('lists no version of a secret that has none', async () => {
    expect(await store.list()).toEqual([])
  })

  it('refuses a payload that is not the one its checksum was made of', async () => {
    await store.add(bytes('intact'))
    emulator.secretManager.corrupt(secret, 1)
    await expect(store.read(1)).rejects.toMatchObject({ code: 'SECRET_CORRUPT', retryable: false })
  })

  it('says SECRET_NOT_FOUND of a number that does not exist, a secret without versions, and no secret', async () => {
    await expect(store.read('latest')).rejects.toMatchObject({
      code: 'SECRET_NOT_FOUND',
      message: expect.stringContaining('npx keyferry refresh') as string,
    })
    await store.add(bytes('one'))
    await expect(store.read(2)).rejects.toMatchObject({
      code: 'SECRET_NOT_FOUND',
      resource: `${secret}/versions/2`,
      retryable: false,
    })
    const nowhere = `projects/${PROJECT}/secrets/nowhere`
    emulator.secretManager.createSecret({ name: nowhere, iam: IAM })
    const gone = adapter.storeOf(nowhere)
    emulator.secretManager.deleteSecret(nowhere)
    for (const act of [gone.read(1), gone.add(bytes('x')), gone.list()]) {
      const error = await act.catch((error: unknown) => error)
      expect(['SECRET_NOT_FOUND', 'SECRET_DENIED']).toContain((error as { code: string }).code)
    }
  })

  it.each([
    ['DISABLED', 'SECRET_DISABLED'],
    ['DESTROYED', 'SECRET_DESTROYED'],
  ] as const)('says of a %s version %s', async (state, code) => {
    await store.add(bytes('one'))
    emulator.secretManager.setState(secret, 1, state)
    await expect(store.read(1)).rejects.toMatchObject({ code, retryable: false })
    await expect(store.read('latest')).rejects.toMatchObject({ code })
  })

  it('takes any other failed precondition, a lost key say, for a read error and not for a state', async () => {
    emulator.secretManager.fault({
      kind: 'status',
      code: 'FAILED_PRECONDITION',
      message: 'The CMEK key [projects/402718365519/…/k] is disabled.',
    })
    await expect(store.read(1)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      retryable: false,
      message: expect.stringContaining('The CMEK key') as string,
    })
    expect(emulator.secretManager.calls.count('AccessSecretVersion')).toBe(1)
  })

  it('says SECRET_DENIED, with the command that grants the role', async () => {
    const foreign = await connect(await emulator.envFor(APP))
    const denied = foreign.storeOf(secret)
    for (const [act, role] of [
      [() => denied.read('latest'), 'secretAccessor'],
      [() => denied.add(bytes('x')), 'secretVersionAdder'],
      [() => denied.list(), 'secretVersionManager'],
    ] as const) {
      await expect(act()).rejects.toMatchObject({
        code: 'SECRET_DENIED',
        retryable: false,
        message: expect.stringContaining(
          `gcloud secrets add-iam-policy-binding s${count} --project=${PROJECT} --member=serviceAccount:EMAIL --role=roles/secretmanager.${role};`,
        ) as string,
      })
    }
    await foreign.close()
  })

  it.each([
    ['a throttled call', { kind: 'throttle' }],
    ['a 503', { kind: 'status', code: 'UNAVAILABLE' }],
    ['a 500', { kind: 'status', code: 'INTERNAL' }],
    ['a connection that is reset', { kind: 'reset' }],
  ] as const)('tries a read three times after %s', async (_, fault) => {
    emulator.secretManager.add(secret, 'here')
    emulator.secretManager.fault({ ...fault, times: 2 })
    expect((await store.read(1)).payload).toEqual(Buffer.from('here'))
    expect(emulator.secretManager.calls.count('AccessSecretVersion')).toBe(3)
    emulator.secretManager.fault({ ...fault, times: 3 })
    await expect(store.read(1)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true })
    expect(emulator.secretManager.calls.count('AccessSecretVersion')).toBe(6)
  })

  it('tries to add twice: a version stored twice does no harm', async () => {
    emulator.secretManager.fault({ kind: 'reset', acted: true, times: 1 })
    expect(await store.add(bytes('twice'))).toBe(2)
    emulator.secretManager.fault({ kind: 'status', code: 'UNAVAILABLE', times: 2 })
    await expect(store.add(bytes('x'))).rejects.toMatchObject({
      code: 'SECRET_WRITE_FAILED',
      retryable: true,
    })
    expect(emulator.secretManager.calls.count('AddSecretVersion')).toBe(4)
  })

  it('does not try again what Google refuses', async () => {
    await expect(store.add(new Uint8Array(70_000))).rejects.toMatchObject({
      code: 'SECRET_WRITE_FAILED',
      retryable: false,
    })
    expect(emulator.secretManager.calls.count('AddSecretVersion')).toBe(1)
  })

  it('gives up on a server that hangs at its own deadline, after one more attempt', async () => {
    emulator.secretManager.add(secret, 'here')
    emulator.secretManager.fault({ kind: 'hang' })
    const started = performance.now()
    await expect(adapter.storeOf(secret, IMPATIENT_MS).read(1)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      retryable: true,
      cause: { code: 'ETIMEDOUT' },
    })
    expect(performance.now() - started).toBeLessThan(2 * IMPATIENT_MS + 1_500)
    expect(emulator.secretManager.calls.count('AccessSecretVersion')).toBe(2)
    emulator.secretManager.clearFaults()
    expect((await adapter.storeOf(secret, IMPATIENT_MS).read(1)).version).toBe(1)
  })

  it.each(['malformed', 'empty', 'truncated'] as const)(
    'does not take a %s answer for a version',
    async (kind) => {
      emulator.secretManager.add(secret, 'a payload that is long enough to be cut in two')
      emulator.secretManager.fault({ kind, times: 3 })
      await expect(store.read(1)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
      emulator.secretManager.clearFaults()
      emulator.secretManager.fault({ kind, times: 2 })
      await expect(store.add(bytes('x'))).rejects.toMatchObject({ code: 'SECRET_WRITE_FAILED' })
    },
  )

  it('refuses what is not the name of a secret before it calls anything', () => {
    expect(() => adapter.storeOf('projects/p/secrets/s/versions/1')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})

describe('the official adapter', () => {
  it('destroys a version, once and for all', async () => {
    const tokens = metadataServer({ http: leanTransport(emulator.env), env: emulator.env })
    const manager = await officialSecretManager({ tokens, env: emulator.env, ...backoff })
    const store = manager.versionsOf(secret)
    await store.add(bytes('one'))
    await store.destroy(1)
    await expect(store.read(1)).rejects.toMatchObject({ code: 'SECRET_DESTROYED' })
    await store.destroy(1)
    await expect(store.destroy(7)).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' })
    emulator.secretManager.revoke(secret, 'roles/secretmanager.secretVersionManager', BROKER)
    await expect(store.destroy(1)).rejects.toMatchObject({
      code: 'SECRET_DENIED',
      message: expect.stringContaining('roles/secretmanager.secretVersionManager') as string,
    })
    await manager.close()
  })
})

/** Version metadata as the REST API gives it, past our adapters. */
function rawVersion(secret: string, version: number): Promise<unknown> {
  return raw('GET', `${secret}/versions/${version}`)
}

async function rawDestroy(secret: string, version: number): Promise<void> {
  await raw('POST', `${secret}/versions/${version}:destroy`)
}

async function raw(method: 'GET' | 'POST', path: string): Promise<unknown> {
  const { env } = emulator
  const token = await metadataServer({ http: leanTransport(env), env }).accessToken()
  const response = await leanTransport(env)({
    method,
    url: `http://${env['SECRET_MANAGER_EMULATOR_HOST']}/v1/${path}`,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 5_000,
  })
  return JSON.parse(response.body)
}
