/** What the exchange does, whichever way it talks to STS: one suite for the lean and the official adapter. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { leanSts } from '../../shared/aws/sts-lean.ts'
import { officialSts } from '../../shared/aws/sts-official.ts'
import type { WebIdentityExchange, WebIdentityRequest } from '../../shared/core/ports.ts'
import { metadataServer } from '../../shared/google/identity.ts'
import { leanTransport } from '../../shared/transport.ts'

const ROLE = 'arn:aws:iam::123456789012:role/team/contract'
const AUDIENCE = 'sts.amazonaws.com'
/** Long enough that only a hanging server exceeds it, short enough to wait for. */
const IMPATIENT_MS = 250

const trust = (oaud: string): object => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: 'accounts.google.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { 'accounts.google.com:sub': '117530498172635541201', 'accounts.google.com:oaud': oaud },
    },
  },
})

let emulator: Emulator
let idToken: string

beforeAll(async () => {
  emulator = await startEmulator()
  const { env } = emulator
  idToken = await metadataServer({ http: leanTransport(env), env }).idToken(AUDIENCE)
})
afterAll(() => emulator.stop())

beforeEach(() => {
  emulator.sts.putRole({ arn: ROLE, trustPolicy: trust(AUDIENCE) })
  emulator.sts.clearFaults()
  emulator.sts.calls.clear()
})

type Connect = (env: NodeJS.ProcessEnv, timeoutMs?: number) => Promise<WebIdentityExchange>
const lean: Connect = async (env, timeoutMs = 5_000) => leanSts({ http: leanTransport(env), env, timeoutMs })
const official: Connect = (env, timeoutMs = 5_000) => officialSts({ env, timeoutMs })

describe.each([
  ['the lean adapter', lean],
  ['the official adapter', official],
])('%s', (_, connect) => {
  const assume = async (request: Partial<WebIdentityRequest> = {}, timeoutMs?: number) =>
    (await connect(emulator.env, timeoutMs)).assumeRoleWithWebIdentity({
      roleArn: ROLE,
      sessionName: 'contract',
      idToken,
      durationSeconds: 900,
      ...request,
    })

  it('brings back a session of the role, with its account and its end', async () => {
    const before = Date.now()
    const { credentials, assumedRoleArn } = await assume()
    expect(assumedRoleArn).toBe('arn:aws:sts::123456789012:assumed-role/contract/contract')
    expect(credentials).toMatchObject({
      accessKeyId: expect.stringMatching(/^ASIA/) as string,
      secretAccessKey: expect.stringMatching(/^\S{40}$/) as string,
      sessionToken: expect.stringMatching(/^\S{100,}$/) as string,
      accountId: '123456789012',
    })
    const lifeMs = credentials.expiration.getTime() - before
    expect(Math.abs(lifeMs - 900_000)).toBeLessThan(60_000)
  })

  it('hands out what AWS itself accepts', async () => {
    const { credentials } = await assume()
    const sts = await officialSts({ env: emulator.env })
    expect(await sts.callerIdentity(credentials)).toEqual({
      accountId: '123456789012',
      arn: 'arn:aws:sts::123456789012:assumed-role/contract/contract',
    })
  })

  it('passes a policy and managed policies on, in AWS’s form', async () => {
    const policy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"a&b+c <ü>"}]}'
    await expect(
      assume({ policy, policyArns: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B'] }),
    ).resolves.toBeDefined()
    await expect(assume({ policy: 'no JSON' })).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      cause: { name: 'MalformedPolicyDocument' },
    })
    await expect(assume({ policyArns: ['no ARN at all'] })).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
    })
  })

  it('is refused where the trust policy has the audience in the wrong place, and says which place is right', async () => {
    emulator.sts.setTrustPolicy(ROLE, {
      ...trust(AUDIENCE),
      Statement: {
        ...(trust(AUDIENCE) as { Statement: object }).Statement,
        Condition: { StringEquals: { 'accounts.google.com:aud': AUDIENCE } },
      },
    })
    const error = await assume().catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'EXCHANGE_REFUSED',
      retryable: false,
      resource: ROLE,
      cause: { name: 'AccessDenied' },
    })
    const { message } = error as Error
    expect(message).toContain('sub 117530498172635541201, azp 117530498172635541201, aud sts.amazonaws.com')
    const identity = '--unique-id 117530498172635541201'
    expect(message).toContain(
      `aws iam get-role --role-name contract | keyferry trust-policy --lint - --explain ${identity}.`,
    )
    expect(message).toContain(`keyferry trust-policy --update --role contract ${identity}.`)
  })

  it('says how to allow a longer session', async () => {
    await expect(assume({ durationSeconds: 7_200 })).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      message: expect.stringContaining(
        'aws iam update-role --role-name contract --max-session-duration SECONDS',
      ) as string,
      cause: { name: 'ValidationError' },
    })
  })

  it('does not repeat a token that AWS quotes', async () => {
    const bad = `${idToken.slice(0, -4)}AAAA`
    const error = await assume({ idToken: bad }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'EXCHANGE_REFUSED', cause: { name: 'InvalidIdentityToken' } })
    emulator.sts.fault({
      kind: 'status',
      status: 400,
      code: 'ValidationError',
      message: `Value '${bad}' is too odd`,
    })
    const quoting = await assume({ idToken: bad }).catch((error: unknown) => error)
    expect((quoting as Error).message).toMatch(/Value '\[\w+\]' is too odd/)
  })

  /** Facts A7: the code on the wire, its status, our code, and whether it may pass. */
  it.each([
    ['ExpiredTokenException', 400, 'EXCHANGE_REFUSED', false],
    ['IDPCommunicationError', 400, 'EXCHANGE_FAILED', true],
    ['IDPRejectedClaim', 403, 'EXCHANGE_REFUSED', false],
    ['InvalidIdentityToken', 400, 'EXCHANGE_REFUSED', false],
    ['MalformedPolicyDocument', 400, 'EXCHANGE_REFUSED', false],
    ['PackedPolicyTooLarge', 400, 'EXCHANGE_REFUSED', false],
    ['RegionDisabledException', 403, 'EXCHANGE_REFUSED', false],
    ['AccessDenied', 403, 'EXCHANGE_REFUSED', false],
    ['Throttling', 400, 'EXCHANGE_FAILED', true],
    ['ValidationError', 400, 'EXCHANGE_REFUSED', false],
    ['ServiceUnavailable', 503, 'EXCHANGE_FAILED', true],
    ['InternalFailure', 500, 'EXCHANGE_FAILED', true],
    ['SomethingNew', 400, 'EXCHANGE_REFUSED', false],
    ['SomethingNew', 500, 'EXCHANGE_FAILED', true],
  ] as const)('translates %s (%i) to %s', async (code, status, ours, retryable) => {
    emulator.sts.fault({ kind: 'status', code, status, message: 'As AWS says it' })
    await expect(assume()).rejects.toMatchObject({
      name: 'KeyferryError',
      code: ours,
      retryable,
      resource: ROLE,
      message: expect.stringMatching(
        new RegExp(`^Cannot assume ${ROLE}: .+ \\(As AWS says it; ${code}; request [-0-9a-f]{36}\\)\\.`),
      ) as string,
      cause: { name: code, message: 'As AWS says it' },
    })
    expect(emulator.sts.calls.count()).toBe(1)
  })

  it('takes what AWS says of its own keys for something that may pass', async () => {
    emulator.sts.fault({
      kind: 'status',
      status: 400,
      code: 'InvalidIdentityToken',
      message: "Couldn't retrieve verification key from your identity provider",
    })
    await expect(assume()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED', retryable: true })
  })

  it.each(['reset', 'truncated'] as const)('makes one attempt where the answer is %s', async (kind) => {
    emulator.sts.fault({ kind })
    await expect(assume()).rejects.toMatchObject({ code: 'EXCHANGE_FAILED', retryable: true })
    expect(emulator.sts.calls.count()).toBe(1)
  })

  it.each(['malformed', 'empty'] as const)(
    'does not take an answer that is %s for credentials',
    async (kind) => {
      emulator.sts.fault({ kind })
      await expect(assume()).rejects.toMatchObject({ code: 'EXCHANGE_FAILED' })
      expect(emulator.sts.calls.count()).toBe(1)
    },
  )

  it('gives up at its own deadline', async () => {
    emulator.sts.fault({ kind: 'hang' })
    const started = performance.now()
    await expect(assume({}, IMPATIENT_MS)).rejects.toMatchObject({
      code: 'EXCHANGE_FAILED',
      retryable: true,
      cause: { code: 'ETIMEDOUT' },
    })
    expect(performance.now() - started).toBeLessThan(IMPATIENT_MS + 1_500)
    expect(emulator.sts.calls.count()).toBe(1)
  })

  it('gives up at its own deadline in the middle of an answer too', async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { 'content-length': 999 }).write('<half'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const sts = await connect({ ...emulator.env, AWS_ENDPOINT_URL_STS }, IMPATIENT_MS)
    await expect(
      sts.assumeRoleWithWebIdentity({
        roleArn: ROLE,
        sessionName: 'contract',
        idToken,
        durationSeconds: 900,
      }),
    ).rejects.toMatchObject({ code: 'EXCHANGE_FAILED', cause: { code: 'ETIMEDOUT' } })
    server.closeAllConnections()
    server.close()
  })

  it.each(['HTTPS_PROXY', 'https_proxy'])('goes through the proxy of %s', async (variable) => {
    const asked: (string | undefined)[] = []
    const proxy = createServer()
    proxy.on('connect', ({ url }, socket) => {
      asked.push(url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const sts = await connect({ AWS_REGION: 'eu-central-1', [variable]: url })
    await expect(
      sts.assumeRoleWithWebIdentity({
        roleArn: ROLE,
        sessionName: 'contract',
        idToken,
        durationSeconds: 900,
      }),
    ).rejects.toMatchObject({ code: 'EXCHANGE_FAILED', retryable: true })
    expect(asked).toEqual(['sts.eu-central-1.amazonaws.com:443'])
    proxy.close()
  })

  it('does not go on to us-east-1 without a region', async () => {
    const { AWS_REGION: _, ...env } = emulator.env
    await expect(connect(env)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/AWS_REGION.*us-east-1 is not assumed/) as string,
    })
  })
})

describe('the official adapter', () => {
  const NEXT = 'arn:aws:iam::123456789012:role/next'
  const chained = async (externalId?: string) => {
    const sts = await officialSts({ env: emulator.env })
    const { credentials } = await sts.assumeRoleWithWebIdentity({
      roleArn: ROLE,
      sessionName: 'contract',
      idToken,
      durationSeconds: 900,
    })
    return sts.assumeRole(credentials, {
      roleArn: NEXT,
      externalId,
      sessionName: 'hop',
      durationSeconds: 900,
    })
  }
  beforeEach(() =>
    emulator.sts.putRole({
      arn: NEXT,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: ROLE },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'ferry-1' } },
        },
      },
    }),
  )

  it('goes on to another role with an external id', async () => {
    expect((await chained('ferry-1')).assumedRoleArn).toBe('arn:aws:sts::123456789012:assumed-role/next/hop')
  })

  it('says whose trust is missing on the way', async () => {
    await expect(chained()).rejects.toMatchObject({
      code: 'EXCHANGE_REFUSED',
      resource: NEXT,
      message: expect.stringContaining('external id') as string,
    })
  })

  it('says that credentials are nobody’s, and that AWS did not answer, with different words', async () => {
    const sts = await officialSts({ env: emulator.env, timeoutMs: IMPATIENT_MS })
    const { credentials } = await chained('ferry-1')
    emulator.sts.revokeSession(credentials.accessKeyId)
    await expect(sts.callerIdentity(credentials)).rejects.toMatchObject({
      code: 'IDENTITY_CHECK_FAILED',
      retryable: false,
      cause: { name: 'InvalidClientTokenId' },
    })
    for (const fault of [
      { kind: 'hang' },
      { kind: 'malformed', body: '<html>proxy</html>' },
      { kind: 'empty' },
    ] as const) {
      const remove = emulator.sts.fault(fault)
      await expect(sts.callerIdentity(credentials)).rejects.toMatchObject({
        code: 'IDENTITY_CHECK_FAILED',
        retryable: true,
      })
      remove()
    }
  })

  it('does not take a wrong clock for credentials that are nobody’s', async () => {
    const sts = await officialSts({ env: emulator.env, timeoutMs: IMPATIENT_MS })
    const { credentials } = await chained('ferry-1')
    const message = 'Signature expired: 20261123T180000Z is now earlier than 20261123T184500Z'
    emulator.sts.fault({ kind: 'status', status: 403, code: 'SignatureDoesNotMatch', message })
    await expect(sts.callerIdentity(credentials)).rejects.toMatchObject({ retryable: true })
  })
})
