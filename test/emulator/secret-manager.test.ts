import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { APP, BROKER, SECRET, SECRET_BY_NUMBER, startWorld, type Answer, type World } from './world.ts'

let world: World
const add = (text = 'payload'): Promise<Answer> =>
  world.secrets('POST', `${SECRET}:addVersion`, { payload: { data: Buffer.from(text).toString('base64') } })
const access = (version: number | string): Promise<Answer> =>
  world.secrets('GET', `${SECRET}/versions/${version}:access`)
const seconds = (count: number): number => (world.clock.nowMs += count * 1_000)
const statusOf = async (answer: Promise<Answer>): Promise<string> => {
  const { json } = (await answer) as { json: { error?: { status: string } } }
  return json.error?.status ?? 'OK'
}

beforeEach(async () => {
  world = await startWorld()
})

afterEach(() => world.emulator.stop())

describe('Secret Manager by plain HTTP', () => {
  it('answers in Google’s form, names by project number', async () => {
    const added = await add()
    expect(added.json).toMatchObject({
      name: `${SECRET_BY_NUMBER}/versions/1`,
      createTime: '2026-11-23T18:00:00.250Z',
      state: 'ENABLED',
      clientSpecifiedPayloadChecksum: false,
    })
    expect((await access(1)).json).toEqual({
      name: `${SECRET_BY_NUMBER}/versions/1`,
      payload: {
        data: Buffer.from('payload').toString('base64'),
        dataCrc32c: expect.stringMatching(/^\d+$/) as string,
      },
    })
    const listed = await world.secrets('GET', `${SECRET}/versions?$alt=json;enum-encoding=int`)
    expect(listed.json.versions[0].state).toBe(1)
  })

  it.each([
    ['a secret without versions', 'latest', `Secret [${SECRET_BY_NUMBER}] not found or has no versions.`],
    ['a number that does not exist', '7', `Secret Version [${SECRET_BY_NUMBER}/versions/7] not found.`],
  ])('says NOT_FOUND for %s', async (_name, version, message) => {
    const answer = await access(version)
    expect(answer.status).toBe(404)
    expect(answer.json).toEqual({ error: { code: 404, message, status: 'NOT_FOUND' } })
  })

  it('says UNAUTHENTICATED without a token, and once it has expired', async () => {
    await add()
    const token = await world.accessToken()
    expect((await world.secrets('GET', `${SECRET}/versions/1:access`, undefined, 'nonsense')).status).toBe(
      401,
    )
    seconds(3_599)
    expect((await world.secrets('GET', `${SECRET}/versions/1:access`, undefined, token)).status).toBe(200)
    seconds(1)
    const { status, json } = await world.secrets('GET', `${SECRET}/versions/1:access`, undefined, token)
    expect([status, json.error.status]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('lets each caller do what its roles allow, and says which permission is missing', async () => {
    await add()
    const asApp = await world.accessToken(APP)
    const by = (method: string, path: string, body?: object): Promise<Answer> =>
      world.secrets(method, path, body, asApp)
    expect((await by('GET', `${SECRET}/versions/latest:access`)).status).toBe(200)
    const denied = await by('POST', `${SECRET}:addVersion`, { payload: { data: 'eA==' } })
    expect(denied.status).toBe(403)
    expect(denied.json.error).toMatchObject({
      status: 'PERMISSION_DENIED',
      message: `Permission 'secretmanager.versions.add' denied for resource '${SECRET}' (or it may not exist).`,
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'IAM_PERMISSION_DENIED' }],
    })
    expect((await by('GET', `${SECRET}/versions`)).status).toBe(403)
    const { secretManager } = world.emulator
    secretManager.grant(SECRET, 'roles/secretmanager.secretVersionAdder', `serviceAccount:${APP}`)
    expect((await by('POST', `${SECRET}:addVersion`, { payload: { data: 'eA==' } })).status).toBe(200)
    // Whoever manages versions may still not read them.
    secretManager.revoke(SECRET, 'roles/secretmanager.secretAccessor', `serviceAccount:${BROKER}`)
    expect((await access('latest')).json.error.message).toContain('secretmanager.versions.access')
    expect((await world.secrets('GET', `${SECRET}/versions`)).status).toBe(200)
  })

  it('does not tell a stranger whether a secret exists', async () => {
    const missing = await world.secrets('GET', 'projects/keyferry-demo/secrets/none/versions/latest:access')
    expect([missing.status, missing.json.error.status]).toEqual([403, 'PERMISSION_DENIED'])
  })

  it('lets anybody ask what they may do: nothing, with what does not exist', async () => {
    const permissions = ['secretmanager.versions.access', 'secretmanager.secrets.get']
    const may = async (secret: string): Promise<unknown> =>
      (await world.secrets('POST', `${secret}:testIamPermissions`, { permissions })).json.permissions
    expect(await may(SECRET)).toEqual(['secretmanager.versions.access'])
    expect(await may('projects/keyferry-demo/secrets/none')).toEqual([])
  })

  it('says of a secret which keys encrypt it, and when it rotates and ends; then it is gone', async () => {
    const parent = 'projects/keyferry-demo/locations/europe-west3'
    const secret = {
      customerManagedEncryption: { kmsKeyName: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' },
      topics: [{ name: 'projects/p/topics/t' }],
      rotation: { rotationPeriod: '3600s', nextRotationTime: '2026-11-23T19:00:00Z' },
      ttl: '7200s',
    }
    const admin = await startWorld({
      projects: [{ id: 'keyferry-demo', iam: { 'roles/owner': [`serviceAccount:${BROKER}`] } }],
    })
    try {
      const created = await admin.secrets('POST', `${parent}/secrets?secretId=kept`, secret)
      const { ttl: _, ...kept } = secret
      expect(created.json).toMatchObject({
        ...kept,
        rotation: { rotationPeriod: '3600s', nextRotationTime: '2026-11-23T19:00:00.000Z' },
        expireTime: '2026-11-23T20:00:00.250Z',
      })
      const without = await admin.secrets('POST', `${parent}/secrets?secretId=other`, {
        rotation: secret.rotation,
      })
      expect(without.json.error.status).toBe('INVALID_ARGUMENT')
      admin.clock.nowMs += 7_200_000
      expect((await admin.secrets('GET', `${parent}/secrets/kept`)).status).toBe(404)
    } finally {
      await admin.emulator.stop()
    }
  })

  it('reads `latest` as the newest created, whatever its state', async () => {
    await add('1')
    seconds(1)
    await add('2')
    await world.secrets('POST', `${SECRET}/versions/2:disable`)
    const { status, json } = await access('latest')
    expect([status, json.error.status, json.error.message]).toEqual([
      400,
      'FAILED_PRECONDITION',
      `Secret Version [${SECRET_BY_NUMBER}/versions/2] is in DISABLED state.`,
    ])
  })
})

describe('what is only eventually consistent', () => {
  it('`latest` and lists lag as long as they are told to; numbers do not', async () => {
    const { secretManager } = world.emulator
    secretManager.latestLagMs = 60_000
    secretManager.listLagMs = 30_000
    await add('1')
    seconds(120)
    await add('2')
    const seen = async (): Promise<unknown[]> => [
      (await access('latest')).json.name.split('/').at(-1),
      (await world.secrets('GET', `${SECRET}/versions`)).json.versions.length,
      (await access(2)).status,
    ]
    expect(await seen()).toEqual(['1', 1, 200])
    seconds(30)
    expect(await seen()).toEqual(['1', 2, 200])
    seconds(30)
    expect(await seen()).toEqual(['2', 2, 200])
  })

  it('a number that was asked for too early stays NOT_FOUND for a while', async () => {
    world.emulator.secretManager.notFoundLagMs = 15_000
    expect((await access(1)).status).toBe(404)
    seconds(10)
    await add()
    expect((await access(1)).status).toBe(404)
    seconds(4)
    expect((await access(1)).status).toBe(404)
    seconds(1)
    expect((await access(1)).status).toBe(200)
  })
})

describe('the quotas', () => {
  it('let a secret have two versions a second', async () => {
    expect(await Promise.all([statusOf(add()), statusOf(add()), statusOf(add())])).toEqual([
      'OK',
      'OK',
      'RESOURCE_EXHAUSTED',
    ])
    seconds(1)
    expect(await statusOf(add())).toBe('OK')
  })

  it('let a version change once a second', async () => {
    await add()
    const change = (to: string): Promise<string> =>
      statusOf(world.secrets('POST', `${SECRET}/versions/1:${to}`))
    expect(await change('disable')).toBe('OK')
    expect(await change('enable')).toBe('RESOURCE_EXHAUSTED')
    seconds(1)
    expect(await change('enable')).toBe('OK')
  })

  it('count what a project reads, writes and accesses in a minute', async () => {
    const { quotas } = world.emulator.secretManager
    expect(quotas).toMatchObject({
      accessPerProjectPerMinute: 90_000,
      readPerProjectPerMinute: 600,
      writePerProjectPerMinute: 600,
    })
    await add()
    quotas.accessPerProjectPerMinute = 2
    const spend = (): Promise<string[]> => Promise.all([1, 2, 3].map(() => statusOf(access(1))))
    expect(await spend()).toEqual(['OK', 'OK', 'RESOURCE_EXHAUSTED'])
    expect((await access(1)).json.error).toMatchObject({
      code: 429,
      details: [{ reason: 'RATE_LIMIT_EXCEEDED' }],
    })
    seconds(60)
    expect(await spend()).toEqual(['OK', 'OK', 'RESOURCE_EXHAUSTED'])
    // Other kinds have their own.
    expect((await world.secrets('GET', `${SECRET}/versions`)).status).toBe(200)
  })

  it('of a regional secret are wider', async () => {
    const name = 'projects/keyferry-demo/locations/europe-west3/secrets/regional'
    const member = `serviceAccount:${BROKER}`
    world.emulator.secretManager.createSecret({
      name,
      iam: { 'roles/secretmanager.secretVersionAdder': [member] },
    })
    const adds = Array.from({ length: 10 }, () =>
      statusOf(world.secrets('POST', `${name}:addVersion`, { payload: { data: 'eA==' } })),
    )
    expect(new Set(await Promise.all(adds))).toEqual(new Set(['OK']))
  })
})

describe('a hand behind the scenes', () => {
  it('adds, changes and corrupts versions, and sees them as they are', async () => {
    const { secretManager } = world.emulator
    expect([secretManager.add(SECRET, 'one'), secretManager.add(SECRET, 'two')]).toEqual([1, 2])
    const before = (await access(2)).json.payload
    secretManager.corrupt(SECRET, 2)
    const after = (await access(2)).json.payload
    expect(after.dataCrc32c).toBe(before.dataCrc32c)
    expect(after.data).not.toBe(before.data)
    secretManager.setState(SECRET, 1, 'DESTROYED')
    expect(secretManager.versions(SECRET)).toMatchObject([
      { version: 1, state: 'DESTROYED', payload: undefined },
      { version: 2, state: 'ENABLED', createdAt: new Date(world.clock.nowMs) },
    ])
    expect(() => secretManager.setState(SECRET, 9, 'ENABLED')).toThrow(`${SECRET} has no version 9.`)
  })

  it('deletes a secret and makes it anew: its numbers start again', async () => {
    const { secretManager } = world.emulator
    secretManager.add(SECRET, 'one')
    secretManager.deleteSecret(SECRET)
    secretManager.createSecret({
      name: SECRET,
      iam: { 'roles/secretmanager.secretAccessor': ['allAuthenticatedUsers'] },
    })
    expect((await access(1)).status).toBe(404)
    expect(secretManager.add(SECRET, 'again')).toBe(1)
  })

  it('finds a scheduled destruction done when its time has come', async () => {
    const { secretManager } = world.emulator
    const name = 'projects/keyferry-demo/secrets/slow'
    secretManager.createSecret({
      name,
      versionDestroyTtlSeconds: 86_400,
      iam: { 'roles/secretmanager.secretVersionManager': [`serviceAccount:${BROKER}`] },
    })
    secretManager.add(name, 'x')
    const doomed = await world.secrets('POST', `${name}/versions/1:destroy`)
    expect(doomed.json).toMatchObject({ state: 'DISABLED', scheduledDestroyTime: '2026-11-24T18:00:00.250Z' })
    seconds(86_400)
    expect(secretManager.versions(name)).toMatchObject([{ state: 'DESTROYED', payload: undefined }])
    expect((await world.secrets('GET', `${name}/versions/1`)).json.state).toBe('DESTROYED')
  })
})
