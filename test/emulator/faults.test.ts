import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { credentials } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FaultRule, Watched } from '../../emulator/index.ts'
import { APP, ask, BROKER, BUCKET, ROLE, SECRET, startWorld, type Answer, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await startWorld()
  world.emulator.secretManager.add(SECRET, 'payload')
})

afterEach(() => world.emulator.stop())

const access = (signal?: AbortSignal): Promise<Answer> => called(`${SECRET}/versions/1:access`, signal)

async function called(path: string, signal?: AbortSignal): Promise<Answer> {
  const url = `http://${world.emulator.env['SECRET_MANAGER_EMULATOR_HOST']}/v1/${path}`
  const headers = { authorization: `Bearer ${await world.accessToken()}` }
  return ask(url, { headers, ...(signal && { signal }) })
}

/** One good call to each service, and how the service says 503 and "too many". */
const SERVICES: Readonly<
  Record<
    string,
    {
      of: () => Watched
      call: (signal?: AbortSignal) => Promise<Answer>
      unavailable: string
      throttled: [number, string]
    }
  >
> = {
  'Secret Manager': {
    of: () => world.emulator.secretManager,
    call: access,
    unavailable: '"status":"UNAVAILABLE"',
    throttled: [429, '"status":"RESOURCE_EXHAUSTED"'],
  },
  'the metadata server': {
    of: () => world.emulator.metadata,
    call: (signal) =>
      ask(`http://${world.emulator.env['GCE_METADATA_HOST']}/computeMetadata/v1/project/project-id`, {
        headers: { 'metadata-flavor': 'Google' },
        ...(signal && { signal }),
      }),
    unavailable: 'Error 503',
    throttled: [429, 'Error 429'],
  },
  'Google’s other APIs': {
    of: () => world.emulator.google,
    call: (signal) =>
      ask(`${world.emulator.env['KEYFERRY_IAM_CREDENTIALS_ENDPOINT']}/oauth2/v3/certs`, {
        ...(signal && { signal }),
      }),
    unavailable: '"status":"UNAVAILABLE"',
    throttled: [429, '"status":"RESOURCE_EXHAUSTED"'],
  },
  STS: {
    of: () => world.emulator.sts,
    call: async (signal) =>
      ask(`${world.emulator.env['AWS_ENDPOINT_URL']}/`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `Action=AssumeRoleWithWebIdentity&RoleArn=${ROLE}&RoleSessionName=me&WebIdentityToken=${await world.idToken()}`,
        ...(signal && { signal }),
      }),
    unavailable: '<Code>ServiceUnavailable</Code>',
    throttled: [400, '<Code>Throttling</Code>'],
  },
  S3: {
    of: () => world.emulator.s3,
    // Refused for want of credentials, which is an answer too.
    call: (signal) =>
      ask(`${world.emulator.env['AWS_ENDPOINT_URL']}/${BUCKET}`, { ...(signal && { signal }) }),
    unavailable: '<Code>ServiceUnavailable</Code>',
    throttled: [503, '<Code>SlowDown</Code>'],
  },
}

describe.each(Object.entries(SERVICES))(
  '%s, told to fail,',
  (_name, { of, call, unavailable, throttled }) => {
    const last = (): string | undefined => of().calls.entries.at(-1)?.status

    it('answers late', async () => {
      const { status } = await call()
      of().fault({ kind: 'latency', latencyMs: 30 })
      const started = performance.now()
      expect((await call()).status).toBe(status)
      // Timers may fire a little early by another clock.
      expect(performance.now() - started).toBeGreaterThan(28)
    })

    it('never answers', async () => {
      of().fault({ kind: 'hang' })
      const patience = new AbortController()
      const answer = call(patience.signal).then(
        () => 'answered',
        () => 'gave up',
      )
      while (last() !== 'hang') await new Promise((resolve) => setImmediate(resolve))
      patience.abort()
      expect(await answer).toBe('gave up')
    })

    it('closes the connection', async () => {
      of().fault({ kind: 'reset' })
      await expect(call()).rejects.toMatchObject({
        cause: { code: expect.stringMatching(/^(?:ECONNRESET|UND_ERR_SOCKET)$/) as string },
      })
      expect(last()).toBe('reset')
    })

    it('says that it is unavailable', async () => {
      of().fault({ kind: 'status', status: 503 })
      const { status, text } = await call()
      expect([status, text]).toEqual([503, expect.stringContaining(unavailable)])
    })

    it('says that it is too much', async () => {
      of().fault({ kind: 'throttle' })
      const { status, text } = await call()
      expect([status, text]).toEqual([throttled[0], expect.stringContaining(throttled[1])])
    })

    it('says something else altogether', async () => {
      of().fault({ kind: 'malformed' })
      expect(await call()).toMatchObject({ status: 200, text: '<!doctype html><title>Log in</title>' })
      of().clearFaults()
      of().fault({ kind: 'malformed', body: '{"almost": "right"}' })
      expect(await call()).toMatchObject({ status: 200, text: '{"almost": "right"}' })
      expect(last()).toBe('malformed')
    })

    it('stops halfway', async () => {
      of().fault({ kind: 'truncated' })
      await expect(call()).rejects.toThrow(/terminated|failed/)
      expect(last()).toBe('truncated')
    })

    it('says nothing', async () => {
      of().fault({ kind: 'empty' })
      expect(await call()).toMatchObject({ status: 200, text: '' })
      expect(last()).toBe('empty')
    })

    it('says it a byte at a time', async () => {
      of().fault({ kind: 'trickle' })
      await expect(call(AbortSignal.timeout(100))).rejects.toThrow('aborted due to timeout')
      expect(last()).toBe('trickle')
    })

    it('says more than anyone can want to hear', async () => {
      const { text } = await call()
      of().fault({ kind: 'oversized', bytes: 5_000 })
      const { text: oversized } = await call()
      expect(oversized.trim().slice(0, 40)).toBe(text.slice(0, 40))
      expect(oversized.slice(-5_000).trim()).toBe('')
    })

    it('says everything in another type', async () => {
      const { text } = await call()
      of().fault({ kind: 'mistyped' })
      const { text: other } = await call()
      expect(other).not.toBe(text)
    })

    it('listens no more, and then again', async () => {
      const { status } = await call()
      const remove = of().fault({ kind: 'refused' })
      await expect(call()).rejects.toMatchObject({
        cause: { code: expect.stringMatching(/^(?:ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)$/) as string },
      })
      await expect(call()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
      remove()
      expect((await call()).status).toBe(status)
      of().fault({ kind: 'refused' })
      of().clearFaults()
      expect((await call()).status).toBe(status)
    })
  },
)

describe('Secret Manager over gRPC, told to fail,', () => {
  let client: SecretManagerServiceClient

  beforeEach(() => {
    // Nothing here needs the client's own authorization.
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none')
    const [apiEndpoint, port] = (world.emulator.env['SECRET_MANAGER_EMULATOR_HOST'] as string).split(':') as [
      string,
      string,
    ]
    client = new SecretManagerServiceClient({
      apiEndpoint,
      port: Number(port),
      sslCreds: credentials.createInsecure(),
    })
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await client.close()
  })

  const get = async (rule: FaultRule, timeout = 5_000): Promise<unknown> => {
    const headers = { authorization: `Bearer ${await world.accessToken()}` }
    world.emulator.secretManager.clearFaults()
    world.emulator.secretManager.fault(rule)
    const [version] = await client.getSecretVersion(
      { name: `${SECRET}/versions/1` },
      { timeout, otherArgs: { headers } },
    )
    return version.name
  }

  it.each<[string, FaultRule, number, string]>([
    ['resets the connection', { kind: 'reset' }, 14, 'reset'],
    ['is unavailable', { kind: 'status', status: 503 }, 14, 'UNAVAILABLE'],
    [
      'refuses in other words',
      { kind: 'status', code: 'FAILED_PRECONDITION', message: 'The key is gone.' },
      9,
      'FAILED_PRECONDITION',
    ],
    ['is throttled', { kind: 'throttle' }, 8, 'RESOURCE_EXHAUSTED'],
    ['sends what is no message', { kind: 'malformed' }, 13, 'malformed'],
    ['stops after the headers', { kind: 'truncated' }, 14, 'truncated'],
    ['sends another type of everything', { kind: 'mistyped' }, 13, 'mistyped'],
  ])('%s', async (_name, rule, code, status) => {
    await expect(get(rule)).rejects.toMatchObject({ code })
    expect(world.emulator.secretManager.calls.entries.at(-1)?.status).toBe(status)
  })

  it.each(['hang', 'trickle'] as const)('never ends: %s', async (kind) => {
    await expect(get({ kind }, 300)).rejects.toMatchObject({ code: 4 })
  })

  it('sends more than anyone can want to have', async () => {
    await expect(get({ kind: 'oversized' })).resolves.toContain('/versions/1')
  })

  it('answers late, or with a message without fields', async () => {
    const started = performance.now()
    await expect(get({ kind: 'latency', latencyMs: 30 })).resolves.toContain('/versions/1')
    expect(performance.now() - started).toBeGreaterThan(28)
    await expect(get({ kind: 'empty' })).resolves.toBe('')
  })
})

describe('a rule', () => {
  const statuses = async (count: number): Promise<number[]> => {
    const all: number[] = []
    while (all.length < count) all.push((await access()).status)
    return all
  }

  it('holds until it is removed', async () => {
    const remove = world.emulator.secretManager.fault({ kind: 'status', status: 503 })
    expect(await statuses(2)).toEqual([503, 503])
    remove()
    expect(await statuses(1)).toEqual([200])
  })

  it('passes the first calls, fails some, and is used up', async () => {
    world.emulator.secretManager.fault({ kind: 'status', status: 500, skip: 1, times: 2 })
    expect(await statuses(4)).toEqual([200, 500, 500, 200])
  })

  it('is for one operation, one resource, one caller', async () => {
    const { secretManager } = world.emulator
    secretManager.fault({ kind: 'throttle', operation: 'ListSecretVersions' })
    secretManager.fault({ kind: 'throttle', resource: `${SECRET}/versions/2` })
    secretManager.fault({ kind: 'throttle', caller: APP })
    expect(await statuses(1)).toEqual([200])
    expect((await called(`${SECRET}/versions`)).status).toBe(429)
    expect((await called(`${SECRET}/versions/2:access`)).status).toBe(429)
    expect(
      (await world.secrets('GET', `${SECRET}/versions/1:access`, undefined, await world.accessToken(APP)))
        .status,
    ).toBe(429)
  })

  it('can let the work be done and lose only its answer', async () => {
    const { secretManager, sts } = world.emulator
    secretManager.fault({ kind: 'reset', operation: 'AddSecretVersion', acted: true, times: 1 })
    const add = (): Promise<Answer> =>
      world.secrets('POST', `${SECRET}:addVersion`, { payload: { data: 'eA==' } })
    await expect(add()).rejects.toThrow('fetch failed')
    expect(secretManager.versions(SECRET)).toHaveLength(2)
    secretManager.fault({ kind: 'reset', operation: 'AddSecretVersion', times: 1 })
    await expect(add()).rejects.toThrow('fetch failed')
    expect(secretManager.versions(SECRET)).toHaveLength(2)
    expect(sts.calls.count()).toBe(0)
  })

  it('gives every error of STS its own status and words', async () => {
    const codes = [
      'IDPCommunicationError',
      'IDPRejectedClaim',
      'RegionDisabledException',
      'PackedPolicyTooLarge',
      'InternalFailure',
    ]
    const { call, of } = SERVICES['STS'] as (typeof SERVICES)[string]
    for (const code of codes) of().fault({ kind: 'status', code, times: 1 })
    const answers = await Promise.all(codes.map(() => call()))
    expect(answers.map(({ status, text }) => [/<Code>(\w+)</.exec(text)?.[1], status]).sort()).toEqual([
      ['IDPCommunicationError', 400],
      ['IDPRejectedClaim', 403],
      ['InternalFailure', 500],
      ['PackedPolicyTooLarge', 400],
      ['RegionDisabledException', 403],
    ])
  })
})

it('gives a payload with the checksum of another one', async () => {
  const { secretManager } = world.emulator
  const { json: right } = await access()
  secretManager.fault({ kind: 'wrong-checksum' })
  const { json: wrong } = await access()
  expect(wrong.payload.data).toBe(right.payload.data)
  expect(wrong.payload.dataCrc32c).not.toBe(right.payload.dataCrc32c)
  expect((await called(`${SECRET}/versions/1`)).status).toBe(200)
})

it('dates what each service says by a clock of its own', async () => {
  const { metadata, secretManager, google, sts } = world.emulator
  for (const [i, service] of [metadata, secretManager, google, sts].entries())
    service.clockSkewMs = (i + 1) * 600_000
  const dates = await Promise.all(
    ['the metadata server', 'Secret Manager', 'Google’s other APIs', 'STS'].map(async (name) => {
      const { headers } = await (SERVICES[name] as (typeof SERVICES)[string]).call()
      return Date.parse(headers.get('date') as string) - Math.floor(world.clock.nowMs / 1_000) * 1_000
    }),
  )
  expect(dates).toEqual([600_000, 1_200_000, 1_800_000, 2_400_000])
  const [, claims = ''] = (await world.idToken()).split('.')
  const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number }
  expect(iat).toBe(Math.floor(world.clock.nowMs / 1_000) + 600)
})

it('counts calls by operation and by what else is known of them', async () => {
  const { calls } = world.emulator.secretManager
  await Promise.all([access(), access(), called(`${SECRET}/versions`)])
  expect(calls.count()).toBe(3)
  expect(calls.count('AccessSecretVersion')).toBe(2)
  expect(calls.count({ caller: BROKER, status: 'OK' })).toBe(3)
  expect(calls.count({ operation: 'ListSecretVersions', caller: APP })).toBe(0)
  calls.clear()
  expect([calls.count(), calls.entries]).toEqual([0, []])
})
