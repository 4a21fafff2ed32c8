import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyferryError } from '../../shared/core/errors.ts'
import { secretInspection, type SecretInspection } from '../../shared/google/secret-inspection.ts'
import { leanTransport } from '../../shared/transport.ts'
import { BROKER, SECRET, startWorld, type World } from '../emulator/world.ts'

const OWNER = `serviceAccount:${BROKER}`
let world: World

beforeAll(async () => {
  world = await startWorld({
    projects: [{ id: 'keyferry-demo', number: '402718365519', iam: { 'roles/owner': [OWNER] } }],
  })
})

afterAll(() => world.emulator.stop())

function inspection(secret: string = SECRET): SecretInspection {
  const { env } = world.emulator
  return secretInspection({
    secret,
    env,
    http: leanTransport(env),
    tokens: { accessToken: () => world.accessToken() },
    sleep: async () => {},
  })
}

describe('a look at a secret itself', () => {
  it('finds nothing special about a plain one', async () => {
    expect(await inspection().settings()).toEqual({ kmsKeys: [], locations: 1, topics: [] })
  })

  it('sees its keys wherever it has copies, its delay of destruction, its end and its rotation', async () => {
    const kms = (name: string): object => ({ customerManagedEncryption: { kmsKeyName: name } })
    const created = await world.secrets('POST', 'projects/keyferry-demo/secrets?secretId=special', {
      replication: {
        userManaged: {
          replicas: [
            { location: 'a', ...kms('k/a') },
            { location: 'b', ...kms('k/b') },
          ],
        },
      },
      topics: [{ name: 'projects/p/topics/t' }],
      rotation: { rotationPeriod: '3600s', nextRotationTime: '2026-11-23T19:00:00Z' },
      expireTime: '2026-12-01T00:00:00Z',
      versionDestroyTtl: '86400s',
    })
    expect(created.status).toBe(200)
    expect(await inspection('projects/keyferry-demo/secrets/special').settings()).toEqual({
      kmsKeys: ['k/a', 'k/b'],
      locations: 2,
      expiresAt: new Date('2026-12-01T00:00:00Z'),
      destroyDelaySeconds: 86_400,
      rotationSeconds: 3_600,
      nextRotationAt: new Date('2026-11-23T19:00:00Z'),
      topics: ['projects/p/topics/t'],
    })
  })

  it('tests permissions, and lists who has which role', async () => {
    const asked = ['secretmanager.versions.access', 'secretmanager.versions.fly']
    expect(await inspection().permitted(asked)).toEqual(['secretmanager.versions.access'])
    expect(await inspection('projects/keyferry-demo/secrets/none').permitted(asked)).toEqual([])
    expect(await inspection().bindings()).toContainEqual({
      role: 'roles/secretmanager.secretVersionManager',
      members: [OWNER],
    })
  })

  it.each([
    ["Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x", 'perimeter'],
    ['Secret Manager API has not been used in project 402718365519 before', 'api-disabled'],
    ['Request had insufficient authentication scopes.', 'access-scopes'],
    ["Permission 'secretmanager.secrets.get' denied", undefined],
  ])('tells what refuses: %s', async (message, barrier) => {
    const over = world.emulator.secretManager.fault({ kind: 'status', code: 'PERMISSION_DENIED', message })
    const error = await inspection()
      .settings()
      .then(
        () => undefined,
        (error: unknown) => error as KeyferryError,
      )
    over()
    expect(error).toMatchObject({ code: 'SECRET_DENIED', cause: { name: 'PERMISSION_DENIED' } })
    expect((error?.cause as { code?: string } | undefined)?.code).toBe(barrier)
  })
})
