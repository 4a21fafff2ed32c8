/** A machine's clock that is wrong, through the real client, transport and protocols. The services' clocks are right. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defaultSeed, startEmulator, type Emulator, type SecretSeed } from '../emulator/index.ts'
import { correctedClock } from '../shared/core/clock-skew.ts'
import type { KeyferryEvent } from '../shared/core/events.ts'
import { decodePayload, encodePayload } from '../shared/core/payload.ts'
import type { Clock, HttpResponse } from '../shared/core/ports.ts'
import { metadataServer } from '../shared/google/identity.ts'
import { fromGoogleIdentity, fromSecretManager } from '../shared/index.ts'
import { credentialsOf } from './bed/credentials.ts'
import { HOUR, MINUTE, SECOND } from './bed/virtual-clock.ts'
import { BROKER } from './emulator/world.ts'
import { temporaryDirectory } from './local/temporary-directory.ts'

const [SEED] = defaultSeed().secrets as readonly [SecretSeed]
const SECRET = SEED.name
const EXCHANGE = { roleArn: 'arn:aws:iam::123456789012:role/keyferry-demo' }
let emulator: Emulator
let events: KeyferryEvent[]

beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())
beforeEach(() => {
  events = []
  emulator.secretManager.deleteSecret(SECRET)
  emulator.secretManager.createSecret(SEED)
})

const ahead = (ms: number): Clock => ({ now: () => Date.now() + ms })

/** A version that was issued so long ago, by the services' clocks, with credentials for an hour. */
function written(agoMs = 0): Uint8Array {
  const issued = Date.now() - agoMs
  const payload = encodePayload(credentialsOf(1, issued + HOUR), {
    exchange: EXCHANGE,
    refreshAfter: issued + 20 * MINUTE,
  })
  emulator.secretManager.add(SECRET, payload)
  return payload
}

function client(aheadMs: number, options: object = {}): ReturnType<typeof fromSecretManager> {
  return fromSecretManager({
    secret: SECRET,
    env: emulator.env,
    clock: ahead(aheadMs),
    onEvent: (event) => events.push(event),
    ...options,
  })
}

const skews = (): KeyferryEvent[] => events.filter(({ type }) => type === 'clock-skew')
const near = (ms: number): unknown => ({
  asymmetricMatch: (other: unknown) => typeof other === 'number' && Math.abs(other - ms) <= 3 * SECOND,
})

describe('a local clock that is ten minutes', () => {
  it('behind takes what was just written, which it would take for a forgery without correction', async () => {
    const payload = written()
    expect(() => decodePayload(payload, ahead(-10 * MINUTE))).toThrow(/IssuedAt is more than 5 minutes ahead/)
    const provider = client(-10 * MINUTE)
    expect((await provider()).accessKeyId).toBe(credentialsOf(1, 0).accessKeyId)
    const skew = { aheadMs: near(-10 * MINUTE), correctionMs: near(10 * MINUTE) }
    expect(skews()).toEqual([expect.objectContaining({ ...skew, level: 'warning', secret: SECRET })])
    expect(Math.abs((skews()[0]?.at.getTime() ?? 0) - Date.now())).toBeLessThan(5 * SECOND)
    expect(provider.state).toMatchObject({ freshness: 'fresh', clockSkew: skew })
  })

  it('behind does not take what has expired, as it would without correction', async () => {
    written(HOUR + 5 * MINUTE)
    await expect(client(-10 * MINUTE)()).rejects.toMatchObject({ code: 'CREDENTIALS_EXPIRED' })
  })

  it('behind mints, and publishes what others can read', async () => {
    written(HOUR + 5 * MINUTE)
    const provider = client(-10 * MINUTE, { exchange: EXCHANGE, publish: true })
    const { expiration } = await provider()
    expect(expiration.getTime()).toEqual(near(Date.now() + HOUR))
    const [newest] = emulator.secretManager.versions(SECRET).slice(-1)
    const { provenance } = decodePayload(newest?.payload ?? new Uint8Array())
    expect(provenance?.issuedAt.getTime()).toEqual(near(Date.now()))
    expect(skews()).toHaveLength(1)
  })

  it('ahead works, neither looking nor minting ten minutes early', async () => {
    written(15 * MINUTE)
    const provider = client(10 * MINUTE, { exchange: EXCHANGE, random: () => 0 })
    expect((await provider()).accessKeyId).toBe(credentialsOf(1, 0).accessKeyId)
    expect(skews()).toMatchObject([{ aheadMs: near(10 * MINUTE), correctionMs: near(-10 * MINUTE) }])
    expect(provider.state.freshness).toBe('fresh')
    const accesses = emulator.secretManager.calls.count('AccessSecretVersion')
    for (let i = 0; i < 5; i++) {
      await provider()
      expect(provider.state.loading).toBe(false)
    }
    expect(emulator.secretManager.calls.count('AccessSecretVersion')).toBe(accesses)
  })

  it('ahead does not hand out what has expired by itself, although it is known to be wrong', async () => {
    written(55 * MINUTE)
    await expect(client(10 * MINUTE)()).rejects.toMatchObject({ code: 'CREDENTIALS_EXPIRED' })
    expect(skews()).toHaveLength(1)
    const { expiration } = await client(10 * MINUTE, { exchange: EXCHANGE })()
    expect(expiration.getTime()).toEqual(near(Date.now() + HOUR))
  })

  it('ahead, and set back, does not lengthen the life of an access token, which is a duration', async () => {
    let minutes = 10
    const clock = correctedClock({ now: () => minutes * MINUTE })
    const body = '{"access_token":"opaque","expires_in":3600}'
    const headers = { 'metadata-flavor': 'Google' }
    let asked = 0
    const http = async (): Promise<HttpResponse> => ({ status: 200, headers, body: (asked++, body) })
    const tokens = metadataServer({ http, clock, env: {} })
    await tokens.accessToken()
    const now = clock.local()
    for (let i = 0; i < 2; i++) clock.observe(new Date(0).toUTCString(), now, now)
    expect(clock.now()).toEqual(near(0))
    minutes = 68
    await tokens.accessToken()
    expect(asked).toBe(1)
    minutes = 70
    await tokens.accessToken()
    expect(asked).toBe(2)
  })

  it.each([-10, 10])(
    'wrong (%i) makes no difference to an exchange, whose date counts as well',
    async (minutes) => {
      const provider = fromGoogleIdentity({
        ...EXCHANGE,
        env: emulator.env,
        clock: ahead(minutes * MINUTE),
        onEvent: (event) => events.push(event),
      })
      const { expiration } = await provider()
      expect(expiration.getTime()).toEqual(near(Date.now() + HOUR))
      expect(skews()).toMatchObject([{ level: 'warning', aheadMs: near(minutes * MINUTE) }])
      expect(events.filter(({ type }) => type === 'load-failed')).toEqual([])
    },
  )

  it.each([-10, 10])('wrong (%i) makes none to a key file, whose assertions are dated', async (minutes) => {
    const path = join(temporaryDirectory(), 'key.json')
    writeFileSync(path, JSON.stringify(await emulator.keyFileFor(BROKER)))
    const provider = fromGoogleIdentity({
      ...EXCHANGE,
      env: { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: path },
      clock: ahead(minutes * MINUTE),
      random: () => 0,
    })
    expect((await provider()).expiration.getTime()).toEqual(near(Date.now() + HOUR))
    // Ahead, the first assertion is from the future; the answer says what the time is.
    expect(emulator.google.calls.count('token')).toBe(minutes > 0 ? 2 : 1)
    emulator.google.calls.clear()
  })
})

describe('a local clock that is off by more than can be corrected', () => {
  it('behind by 20 minutes is five minutes behind, and reported as a fault', async () => {
    written(MINUTE)
    const provider = client(-20 * MINUTE)
    await provider()
    const skew = { aheadMs: near(-20 * MINUTE), correctionMs: 15 * MINUTE }
    expect(skews()).toMatchObject([{ level: 'error', ...skew }])
    expect(provider.state.clockSkew).toEqual(skew)
  })

  it('behind by 25 refuses what was just written, as from the future', async () => {
    written()
    await expect(client(-25 * MINUTE)()).rejects.toMatchObject({ code: 'SECRET_IMPLAUSIBLE' })
    expect(skews()).toMatchObject([{ level: 'error', correctionMs: 15 * MINUTE }])
  })

  it('ahead by 20 minutes loses these of every life, and reads all the same', async () => {
    written(15 * MINUTE)
    const provider = client(20 * MINUTE)
    await provider()
    expect(skews()).toMatchObject([
      { level: 'error', aheadMs: near(20 * MINUTE), correctionMs: -15 * MINUTE },
    ])
    expect(provider.state.freshness).toBe('fresh')
  })

  it('ahead by more than the whole life has nothing valid, and says to look at the clock', async () => {
    const provider = fromGoogleIdentity({
      ...EXCHANGE,
      durationSeconds: 900,
      env: emulator.env,
      clock: ahead(20 * MINUTE),
      onEvent: (event) => events.push(event),
    })
    await expect(provider()).rejects.toMatchObject({
      code: 'CREDENTIALS_EXPIRED',
      message: expect.stringContaining('clock') as unknown,
    })
    expect(skews()).toMatchObject([{ level: 'error' }])
  })
})

it('ahead by more than the whole life publishes nothing either', async () => {
  written(HOUR)
  const exchange = { ...EXCHANGE, durationSeconds: 900 }
  const provider = client(20 * MINUTE, { exchange, publish: true })
  await expect(provider()).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE' })
  expect(emulator.secretManager.versions(SECRET)).toHaveLength(1)
})

describe('a clock that is right', () => {
  it.each([-4, 10])('is not moved by the date of a service that is alone with it (%i)', async (minutes) => {
    emulator.sts.clockSkewMs = minutes * MINUTE
    try {
      written(HOUR + 5 * MINUTE)
      const provider = client(0, { exchange: EXCHANGE, publish: true })
      await provider()
      expect(skews()).toEqual([])
      expect(provider.state.clockSkew).toBeUndefined()
    } finally {
      emulator.sts.clockSkewMs = 0
    }
  })

  it('is said nothing of, and costs no request', async () => {
    written()
    const before = emulator.secretManager.calls.count()
    const provider = client(0)
    await provider()
    expect(skews()).toEqual([])
    expect(provider.state.clockSkew).toBeUndefined()
    expect(emulator.secretManager.calls.count() - before).toBe(1)
  })

  it('is not asked about where the secret and the exchange are the user’s own', async () => {
    const payload = written()
    const provider = client(-4 * MINUTE, {
      secrets: { read: async () => ({ version: 1, payload }), add: async () => 2 },
    })
    await provider()
    expect(provider.state.clockSkew).toBeUndefined()
  })
})
