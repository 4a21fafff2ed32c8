import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { crc32c } from '../../shared/core/crc32c.ts'
import { BROKER, SECRET, SECRET_BY_NUMBER, startWorld, type World } from './world.ts'

/** Google's own client in both of its transports, against one and the same state. */
let world: World
let grpc: SecretManagerServiceClient
let rest: SecretManagerServiceClient
let asBroker: { otherArgs: { headers: { authorization: string } } }

beforeAll(async () => {
  world = await startWorld({
    projects: [
      {
        id: 'keyferry-demo',
        number: '402718365519',
        iam: { 'roles/secretmanager.admin': [`serviceAccount:${BROKER}`] },
      },
    ],
  })
  world.emulator.secretManager.quotas.addPerSecretPerSecond = Infinity
  world.emulator.secretManager.quotas.changePerVersionPerSecond = Infinity
  const { env } = world.emulator
  // The REST client authorizes itself by the metadata server, as on Google.
  vi.stubEnv('GCE_METADATA_HOST', env['GCE_METADATA_HOST'])
  vi.stubEnv('METADATA_SERVER_DETECTION', env['METADATA_SERVER_DETECTION'])
  const [apiEndpoint, port] = (env['SECRET_MANAGER_EMULATOR_HOST'] as string).split(':') as [string, string]
  const address = { apiEndpoint, port: Number(port) }
  grpc = new SecretManagerServiceClient({ ...address, sslCreds: credentials.createInsecure() })
  rest = new SecretManagerServiceClient({ ...address, fallback: true, protocol: 'http', projectId: 'p' })
  // Google's client sends no authorization over plaintext gRPC.
  asBroker = { otherArgs: { headers: { authorization: `Bearer ${await world.accessToken()}` } } }
})

afterAll(async () => {
  await Promise.all([grpc.close(), rest.close()])
  await world.emulator.stop()
  vi.unstubAllEnvs()
})

describe.each(['gRPC', 'REST'] as const)('Google’s client over %s', (transport) => {
  const client = (): SecretManagerServiceClient => (transport === 'gRPC' ? grpc : rest)
  const other = (): SecretManagerServiceClient => (transport === 'gRPC' ? rest : grpc)

  it('adds a version with its checksum, and the other transport reads it', async () => {
    const data = Buffer.from(`written over ${transport}`)
    const [added] = await client().addSecretVersion(
      { parent: SECRET, payload: { data, dataCrc32c: crc32c(data) } },
      asBroker,
    )
    expect(added).toMatchObject({
      name: expect.stringMatching(`^${SECRET_BY_NUMBER}/versions/\\d+$`) as string,
      clientSpecifiedPayloadChecksum: true,
      createTime: { seconds: String(Math.floor(world.clock.nowMs / 1_000)), nanos: 250_000_000 },
    })
    expect(['ENABLED', 1]).toContain(added.state)
    for (const name of [added.name as string, `${SECRET}/versions/latest`]) {
      const [accessed] = await other().accessSecretVersion({ name }, asBroker)
      expect(accessed.name).toBe(added.name)
      expect(Buffer.from(accessed.payload?.data as Uint8Array)).toEqual(data)
      expect(String(accessed.payload?.dataCrc32c)).toBe(String(crc32c(data)))
    }
  })

  it('refuses a wrong checksum, an empty payload and one over 64 KiB', async () => {
    const add = (data: Buffer, dataCrc32c?: number): Promise<unknown> =>
      client().addSecretVersion(
        { parent: SECRET, payload: { data, dataCrc32c: dataCrc32c ?? null } },
        asBroker,
      )
    await expect(add(Buffer.from('x'), 1)).rejects.toMatchObject({ code: 3 })
    await expect(add(Buffer.alloc(0))).rejects.toMatchObject({ code: 3 })
    await expect(add(Buffer.alloc(65_537))).rejects.toMatchObject({ code: 3 })
    await expect(add(Buffer.alloc(65_536))).resolves.toBeDefined()
  })

  it('walks a version through its states, and refuses it in Google’s words', async () => {
    const [added] = await client().addSecretVersion(
      { parent: SECRET, payload: { data: Buffer.from('x') } },
      asBroker,
    )
    const name = added.name as string
    const [disabled] = await client().disableSecretVersion({ name }, asBroker)
    expect(['DISABLED', 2]).toContain(disabled.state)
    await expect(client().accessSecretVersion({ name }, asBroker)).rejects.toMatchObject({
      code: 9,
      message: expect.stringContaining(`Secret Version [${name}] is in DISABLED state.`) as string,
    })
    await client().enableSecretVersion({ name }, asBroker)
    await expect(client().accessSecretVersion({ name }, asBroker)).resolves.toBeDefined()
    await expect(client().destroySecretVersion({ name, etag: '"stale"' }, asBroker)).rejects.toMatchObject({
      code: 9,
    })
    const [destroyed] = await client().destroySecretVersion({ name }, asBroker)
    expect(['DESTROYED', 3]).toContain(destroyed.state)
    expect(destroyed.destroyTime).toBeTruthy()
    // `latest` is the newest created, whatever became of it.
    await expect(
      client().accessSecretVersion({ name: `${SECRET}/versions/latest` }, asBroker),
    ).rejects.toMatchObject({ code: 9, message: expect.stringContaining('is in DESTROYED state.') as string })
    await expect(client().enableSecretVersion({ name }, asBroker)).rejects.toMatchObject({ code: 9 })
  })

  it('lists newest first, in pages and by state', async () => {
    const secretId = `listed-${transport}`
    const [{ name: parent }] = await client().createSecret(
      { parent: 'projects/keyferry-demo', secretId, secret: { replication: { automatic: {} } } },
      asBroker,
    )
    for (const text of ['1', '2', '3']) {
      world.clock.nowMs += 1_000
      await client().addSecretVersion(
        { parent: parent as string, payload: { data: Buffer.from(text) } },
        asBroker,
      )
    }
    await client().disableSecretVersion({ name: `${parent}/versions/2` }, asBroker)
    const numbers = (versions: readonly { name?: string | null }[]): number[] =>
      versions.map(({ name }) => Number(name?.split('/').at(-1)))
    const [all] = await client().listSecretVersions({ parent: parent as string }, asBroker)
    expect(numbers(all)).toEqual([3, 2, 1])
    const [paged, next] = await client().listSecretVersions(
      { parent: parent as string, pageSize: 2 },
      { ...asBroker, autoPaginate: false },
    )
    expect(numbers(paged)).toEqual([3, 2])
    const [rest] = await client().listSecretVersions(next as object, { ...asBroker, autoPaginate: false })
    expect(numbers(rest)).toEqual([1])
    const [enabled] = await client().listSecretVersions(
      { parent: parent as string, filter: 'state:ENABLED' },
      asBroker,
    )
    expect(numbers(enabled)).toEqual([3, 1])
  })

  it('creates, describes, updates and deletes secrets, global and regional', async () => {
    const parent = 'projects/keyferry-demo/locations/europe-west3'
    const secretId = `regional-${transport}`
    const [created] = await client().createSecret(
      { parent, secretId, secret: { labels: { a: 'b' } } },
      asBroker,
    )
    expect(created).toMatchObject({
      name: `projects/402718365519/locations/europe-west3/secrets/${secretId}`,
      labels: { a: 'b' },
    })
    const name = created.name as string
    await expect(client().createSecret({ parent, secretId, secret: {} }, asBroker)).rejects.toMatchObject({
      code: 6,
    })
    await client().addSecretVersion({ parent: name, payload: { data: Buffer.from('regional') } }, asBroker)
    await client().updateSecret(
      {
        secret: { name, versionAliases: { prod: 1 }, versionDestroyTtl: { seconds: 86_400 } },
        updateMask: { paths: ['version_aliases', 'version_destroy_ttl'] },
      },
      asBroker,
    )
    const [updated] = await client().getSecret({ name }, asBroker)
    expect(String(updated.versionAliases?.['prod'])).toBe('1')
    const [byAlias] = await client().accessSecretVersion({ name: `${name}/versions/prod` }, asBroker)
    expect(byAlias.name).toBe(`${name}/versions/1`)
    const [doomed] = await client().destroySecretVersion({ name: `${name}/versions/1` }, asBroker)
    expect(['DISABLED', 2]).toContain(doomed.state)
    expect(doomed.scheduledDestroyTime).toBeTruthy()
    await client().deleteSecret({ name }, asBroker)
    await expect(client().getSecret({ name }, asBroker)).rejects.toMatchObject({ code: 5 })
  })

  it('reads and writes who may do what', async () => {
    const resource = SECRET
    const [before] = await client().getIamPolicy({ resource }, asBroker)
    const member = `serviceAccount:viewer-${transport}@example.com`
    const binding = { role: 'roles/secretmanager.viewer', members: [member] }
    await client().setIamPolicy(
      { resource, policy: { bindings: [...(before.bindings ?? []), binding] } },
      asBroker,
    )
    const [after] = await other().getIamPolicy({ resource }, asBroker)
    expect(after.bindings).toContainEqual(expect.objectContaining(binding))
    const permissions = ['secretmanager.versions.access', 'secretmanager.versions.fly']
    const [tested] = await client().testIamPermissions({ resource, permissions }, asBroker)
    expect(tested.permissions).toEqual(['secretmanager.versions.access'])
  })
})

it('names what it was asked the same way over both transports', async () => {
  const { calls } = world.emulator.secretManager
  calls.clear()
  await grpc.getSecret({ name: SECRET }, asBroker)
  await rest.getSecret({ name: SECRET })
  const call = { operation: 'GetSecret', resource: SECRET, caller: BROKER, status: 'OK' }
  expect([...calls]).toEqual([expect.objectContaining(call), expect.objectContaining(call)])
})

it('refuses gRPC without a token, and with one that nobody issued', async () => {
  await expect(grpc.getSecret({ name: SECRET })).rejects.toMatchObject({ code: 16 })
  const forged = { otherArgs: { headers: { authorization: 'Bearer ya29.forged' } } }
  await expect(grpc.getSecret({ name: SECRET }, forged)).rejects.toMatchObject({ code: 16 })
})
