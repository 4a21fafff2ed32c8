import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startEmulator, defaultSeed, type Emulator } from '../emulator/index.ts'
import { createBroker, type Broker } from '../shared/broker.ts'
import { loadConfig, parseConfig, type Config } from '../shared/config.ts'
import { decodePayload } from '../shared/core/payload.ts'
import type { WriterEvent } from '../shared/core/writer-ports.ts'

const MINUTE = 60_000
const SECRET = 'projects/keyferry-demo/secrets/aws-app'
const REGIONAL = 'projects/keyferry-demo/locations/europe-west1/secrets/aws-eu'
const BROKER = 'broker@keyferry-demo.iam.gserviceaccount.com'
const APP = 'app@keyferry-demo.iam.gserviceaccount.com'
const ROLE = 'arn:aws:iam::123456789012:role/keyferry-demo'

let emulator: Emulator
let broker: Broker
let events: WriterEvent[]

beforeEach(async () => {
  // The emulator, the clients and the SDK all live by the same date; timers stay real.
  vi.useFakeTimers({ toFake: ['Date'] })
  const seed = defaultSeed()
  const [first] = seed.secrets ?? []
  emulator = await startEmulator({
    seed: {
      ...seed,
      // On the project: whoever may read a secret only where it exists is told that it may not, where it does not.
      projects: [{ id: 'keyferry-demo', iam: broadly() }],
      secrets: [...(seed.secrets ?? []), { ...first, name: REGIONAL }],
    },
  })
  events = []
  broker = brokerOf(await loadConfig({ ...emulator.env }))
})

afterEach(async () => {
  vi.useRealTimers()
  await broker.close()
  await emulator.stop()
})

describe('the broker on real protocols', () => {
  it('stores what AWS gave it, and leaves a repeated delivery alone', async () => {
    expect(await broker.refresh()).toMatchObject([{ target: 'aws-app', outcome: 'refreshed', version: 1 }])
    expect(await broker.refresh()).toMatchObject([{ target: 'aws-app', outcome: 'fresh', version: 1 }])
    expect(emulator.sts.calls.count('AssumeRoleWithWebIdentity')).toBe(1)
    expect(emulator.sts.calls.count({ operation: 'GetCallerIdentity', status: 'OK' })).toBe(1)
    const [stored] = emulator.secretManager.versions(SECRET)
    const { credentials, provenance } = decodePayload(stored?.payload as Uint8Array)
    expect(credentials.accountId).toBe('123456789012')
    expect(provenance?.roleArn).toBe(ROLE)
  })

  it('connects to nothing until it is asked for something, and can be closed then', async () => {
    await broker.close()
    expect(emulator.metadata.calls.count()).toBe(0)
  })

  it('keeps four versions or fewer through a third of a day on the default schedule', async () => {
    for (let run = 0; run < 96; run += 4) {
      const [result] = await broker.refresh()
      expect(result).toMatchObject({ outcome: 'refreshed' })
      const active = emulator.secretManager.versions(SECRET).filter(({ state }) => state === 'ENABLED')
      expect(active.length).toBeLessThanOrEqual(4)
      vi.advanceTimersByTime(20 * MINUTE)
    }
    expect(events).toEqual([])
  })

  it('does not mint again while `latest` lags, and a number that it asked for too early stays unknown', async () => {
    await broker.refresh()
    emulator.secretManager.latestLagMs = 60 * MINUTE
    emulator.secretManager.notFoundLagMs = 15_000
    vi.advanceTimersByTime(20 * MINUTE)
    expect(await broker.refresh()).toMatchObject([{ outcome: 'refreshed', version: 2 }])
    vi.advanceTimersByTime(MINUTE)
    expect(await broker.refresh()).toMatchObject([{ outcome: 'fresh', version: 2 }])
    expect(emulator.sts.calls.count('AssumeRoleWithWebIdentity')).toBe(2)
  })

  it('replaces a key that AWS no longer knows, and says that it was forged or revoked', async () => {
    await broker.refresh()
    const [stored] = emulator.secretManager.versions(SECRET)
    emulator.sts.revokeSession(decodePayload(stored?.payload as Uint8Array).credentials.accessKeyId)
    expect(await broker.refresh()).toMatchObject([{ outcome: 'refreshed', version: 2 }])
    expect(events).toMatchObject([{ type: 'forged', version: 1, error: { code: 'SECRET_FORGED' } }])
  })

  it.each([
    ['answers with an error', { kind: 'status', status: 503 }],
    ['throttles', { kind: 'throttle' }],
    ['breaks the connection', { kind: 'reset' }],
    ['answers with something else', { kind: 'malformed', body: '<html>proxy</html>' }],
    ['answers with nothing', { kind: 'empty' }],
  ] as const)('says that credentials are fresh where AWS %s when asked whose they are', async (_, fault) => {
    await broker.refresh()
    emulator.sts.fault({ operation: 'GetCallerIdentity', ...fault })
    expect(await broker.refresh()).toMatchObject([{ outcome: 'fresh', version: 1 }])
    expect(events).toMatchObject([{ type: 'canary-unanswered' }])
  })

  it('stops where the newest version is disabled, until it is forced', async () => {
    await broker.refresh()
    emulator.secretManager.setState(SECRET, 1, 'DISABLED')
    expect(await broker.refresh()).toMatchObject([{ outcome: 'stopped', error: { code: 'SECRET_STOPPED' } }])
    expect(await broker.refresh({ force: true })).toMatchObject([{ outcome: 'refreshed', version: 2 }])
    expect(await broker.refresh()).toMatchObject([{ outcome: 'fresh', version: 2 }])
  })

  it('says what AWS refuses and why, and leaves what is stored', async () => {
    await broker.refresh()
    vi.advanceTimersByTime(30 * MINUTE)
    emulator.sts.setTrustPolicy(ROLE, { Version: '2012-10-17', Statement: [] })
    expect(await broker.refresh()).toMatchObject([
      {
        outcome: 'failed',
        error: { code: 'EXCHANGE_REFUSED', retryable: false, message: expect.stringContaining(ROLE) },
      },
    ])
    expect(emulator.secretManager.versions(SECRET)).toHaveLength(1)
  })

  it('mints nothing for a secret that does not exist', async () => {
    emulator.secretManager.deleteSecret(SECRET)
    expect(await broker.refresh()).toMatchObject([
      {
        outcome: 'failed',
        error: {
          code: 'SECRET_NOT_FOUND',
          message: expect.stringContaining('gcloud secrets create aws-app'),
        },
      },
    ])
    expect(emulator.sts.calls.count('AssumeRoleWithWebIdentity')).toBe(0)
  })

  it('says that what it minted is not stored where it may not add, and which version stays', async () => {
    await broker.refresh()
    vi.advanceTimersByTime(30 * MINUTE)
    emulator.secretManager.fault({ operation: 'AddSecretVersion', kind: 'status', code: 'PERMISSION_DENIED' })
    const [result] = await broker.refresh()
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'SECRET_DENIED', retryable: false } })
    expect(result?.error?.message).toMatch(
      /^Credentials were minted, but are not stored\. .* Version 1 stays current/,
    )
  })

  it('prunes by hand, or says what it would prune', async () => {
    await broker.refresh()
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(MINUTE)
      await broker.refresh({ force: true })
    }
    vi.advanceTimersByTime(90 * MINUTE)
    expect(await broker.prune({ dryRun: true })).toEqual([
      { target: 'aws-app', destroyed: [2, 1], dryRun: true },
    ])
    expect(await broker.prune()).toEqual([{ target: 'aws-app', destroyed: [2, 1] }])
  })

  it('refuses a target that it does not know before it does anything', async () => {
    await expect(broker.refresh({ targets: ['aws-app', 'aws-apq'] })).rejects.toMatchObject({
      code: 'TARGET_UNKNOWN',
    })
    await expect(broker.prune({ targets: ['nobody'] })).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    expect(emulator.secretManager.calls.count()).toBe(0)
  })
})

describe('several targets', () => {
  const target = { name: 'app', secret: SECRET, roleArn: ROLE }
  const configured = (...targets: object[]): Broker => brokerOf(parseConfig({ targets }))

  it('succeed and fail each on its own: a regional secret, a role that is not there, accounts to act as', async () => {
    const several = configured(
      target,
      { ...target, name: 'eu', secret: REGIONAL },
      { ...target, name: 'other', secret: `${SECRET}-2`, roleArn: `${ROLE}-2` },
      {
        ...target,
        name: 'nobody',
        secret: `${SECRET}-3`,
        serviceAccount: 'x@keyferry-demo.iam.gserviceaccount.com',
      },
      { ...target, name: 'as', secret: `${SECRET}-4`, serviceAccount: APP },
    )
    emulator.secretManager.createSecret({ name: `${SECRET}-2` })
    emulator.secretManager.createSecret({ name: `${SECRET}-3` })
    emulator.secretManager.createSecret({ name: `${SECRET}-4` })
    const results = await several.refresh()
    expect(results.map(({ target: name, outcome, error }) => [name, outcome, error?.code])).toEqual([
      ['app', 'refreshed', undefined],
      ['eu', 'refreshed', undefined],
      ['other', 'failed', 'EXCHANGE_REFUSED'],
      ['nobody', 'failed', 'IDENTITY_TOKEN_FAILED'],
      ['as', 'refreshed', undefined],
    ])
    // The account is shown to AWS alone: the secret is the writer's own.
    expect(emulator.google.calls.count({ resource: APP, caller: BROKER, status: 'OK' })).toBe(1)
    expect(emulator.secretManager.calls.count({ operation: 'AddSecretVersion', caller: BROKER })).toBe(3)
    expect(emulator.secretManager.calls.count({ caller: APP })).toBe(0)
    expect(emulator.secretManager.versions(REGIONAL)).toHaveLength(1)
    await several.close()
  })

  it('can be named, each once', async () => {
    const several = configured(target, { ...target, name: 'eu', secret: REGIONAL })
    expect(await several.refresh({ targets: ['eu', 'eu'] })).toMatchObject([
      { target: 'eu', outcome: 'refreshed' },
    ])
    await several.close()
  })

  it('without a region anywhere fail with what to set', async () => {
    const nowhere = brokerOf(parseConfig({ targets: [target] }), { ...emulator.env, AWS_REGION: '' })
    expect(await nowhere.refresh()).toMatchObject([
      { error: { code: 'CONFIG_INVALID', message: expect.stringContaining('AWS_REGION') } },
    ])
    await nowhere.close()
  })
})

describe('nothing that the broker says', () => {
  it('holds a credential or a token, however AWS and Google fail', async () => {
    const said: unknown[] = []
    const faults = ['status', 'throttle', 'reset', 'malformed', 'truncated', 'empty'] as const
    said.push(await broker.refresh())
    for (const kind of faults) {
      vi.advanceTimersByTime(30 * MINUTE)
      const stop = [emulator.sts, emulator.secretManager, emulator.metadata].map((service) =>
        service.fault({ kind, times: 2 }),
      )
      said.push(await broker.refresh(), await broker.refresh({ force: true }))
      for (const remove of stop) remove()
      said.push(await broker.refresh({ force: true }))
    }
    const text = JSON.stringify([said, events])
    const secrets = emulator.secretManager.versions(SECRET).flatMap(({ payload }) => {
      if (!payload) return []
      const { accessKeyId, secretAccessKey, sessionToken } = decodePayload(payload).credentials
      return [accessKeyId, secretAccessKey, sessionToken]
    })
    expect(secrets.length).toBeGreaterThan(6)
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    expect(text).not.toMatch(/ya29\.|\bey[A-Za-z0-9_-]{10,}\./)
  })
})

function brokerOf(config: Config, env: NodeJS.ProcessEnv = { ...emulator.env }): Broker {
  return createBroker(config, {
    env,
    // Whoever waits makes the date go on, and nobody waits in earnest.
    sleep: async (ms) => void vi.advanceTimersByTime(ms),
    onEvent: (event) => events.push(event),
  })
}

function broadly(): Record<string, string[]> {
  const member = 'serviceAccount:broker@keyferry-demo.iam.gserviceaccount.com'
  return {
    'roles/secretmanager.secretAccessor': [member],
    'roles/secretmanager.secretVersionManager': [member],
  }
}
