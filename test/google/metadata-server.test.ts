import { describe, expect, it } from 'vitest'
import type { HttpRequest, HttpResponse, HttpTransport } from '../../shared/core/ports.ts'
import { metadataServer } from '../../shared/google/identity.ts'

const NOW = Date.UTC(2026, 10, 23, 18)
const OK = { 'metadata-flavor': 'Google' }

type Answer = Partial<HttpResponse> | NodeJS.ErrnoException

/** A metadata server that gives each of `answers` in turn, and the last one for ever. */
function server(...answers: Answer[]): { http: HttpTransport; requests: HttpRequest[] } {
  const requests: HttpRequest[] = []
  return {
    requests,
    async http(request) {
      requests.push(request)
      const answer = answers[Math.min(requests.length, answers.length) - 1] as Answer
      if (answer instanceof Error) throw answer
      return { status: 200, headers: OK, body: '', ...answer }
    },
  }
}

const broken = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`failed (${code})`), { code })

const idToken = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'planted-signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

const accessToken = (token: string, expiresInSeconds: number): Answer => ({
  body: JSON.stringify({ access_token: token, expires_in: expiresInSeconds, token_type: 'Bearer' }),
})

function subject(answers: readonly Answer[], env: NodeJS.ProcessEnv = {}) {
  const { http, requests } = server(...answers)
  const waits: number[] = []
  let now = NOW
  const metadata = metadataServer({
    http,
    env,
    clock: { now: () => now },
    sleep: async (ms) => void waits.push(ms),
    random: () => 0.5,
  })
  return { metadata, requests, waits, advance: (ms: number) => (now += ms) }
}

const FRESH = idToken({ sub: '117530498172635541201', exp: NOW / 1_000 + 3_600 })

describe('the ID token', () => {
  it('is asked for with the audience encoded, and whole', async () => {
    const { metadata, requests } = subject([{ body: `${FRESH}\n` }])
    expect(await metadata.idToken('https://x/?a=b&c=#+ é')).toBe(FRESH)
    expect(requests).toHaveLength(1)
    const url = new URL(requests[0]?.url ?? '')
    expect(url.origin).toBe('http://169.254.169.254')
    expect(url.pathname).toBe('/computeMetadata/v1/instance/service-accounts/default/identity')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      audience: 'https://x/?a=b&c=#+ é',
      format: 'full',
    })
    expect(requests[0]).toMatchObject({
      method: 'GET',
      headers: { 'Metadata-Flavor': 'Google' },
      timeoutMs: 3_000,
      direct: true,
    })
  })

  it.each([
    ['a page', '<!doctype html><title>planted</title>'],
    ['an access token', 'ya29.planted'],
    ['nothing', ''],
  ])('is refused when it is %s, which is not shown', async (_, body) => {
    const { metadata, requests } = subject([{ body }])
    const error = await metadata.idToken('aud').catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'IDENTITY_TOKEN_FAILED', retryable: false })
    expect(String(error)).not.toContain('planted')
    expect(requests).toHaveLength(1)
  })

  it('is refused once it has expired, by the clock handed in', async () => {
    const { metadata, advance } = subject([{ body: FRESH }])
    advance(3_600_000 - 1)
    expect(await metadata.idToken('aud')).toBe(FRESH)
    advance(1)
    await expect(metadata.idToken('aud')).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      message: expect.stringContaining('expired at 2026-11-23T19:00:00.000Z') as string,
    })
  })

  it('tells the unique id, which trust policies name', async () => {
    expect(await subject([{ body: FRESH }]).metadata.uniqueId()).toBe('117530498172635541201')
  })
})

describe('the access token', () => {
  it('is fetched once for all callers, and kept until a minute before its end', async () => {
    const { metadata, requests, advance } = subject([accessToken('one', 300), accessToken('two', 300)])
    expect(await Promise.all([metadata.accessToken(), metadata.accessToken()])).toEqual(['one', 'one'])
    advance(239_999)
    expect(await metadata.accessToken()).toBe('one')
    expect(requests).toHaveLength(1)
    advance(1)
    expect(await metadata.accessToken()).toBe('two')
    expect(requests).toHaveLength(2)
  })

  it('is fetched anew once Google has not accepted it; a late word about an older one changes nothing', async () => {
    const { metadata } = subject([accessToken('one', 3_600), accessToken('two', 3_600)])
    metadata.discard?.(await metadata.accessToken())
    expect(await metadata.accessToken()).toBe('two')
    metadata.discard?.('one')
    expect(await metadata.accessToken()).toBe('two')
  })

  it('is asked for again after a failure', async () => {
    const { metadata } = subject([{ status: 404 }, accessToken('one', 3_600)])
    await expect(metadata.accessToken()).rejects.toMatchObject({ code: 'ACCESS_TOKEN_FAILED' })
    expect(await metadata.accessToken()).toBe('one')
  })

  it.each([
    '{"access_token":"planted"',
    '{"access_token":"planted\\nX: y","expires_in":9}',
    '{}',
    'null',
    '"planted"',
  ])('is refused when it comes as %j', async (body) => {
    const error = await subject([{ body }])
      .metadata.accessToken()
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'ACCESS_TOKEN_FAILED' })
    expect(String(error)).not.toContain('planted')
  })
})

describe('the e-mail', () => {
  it('is that of the workload', async () => {
    const { metadata } = subject([{ body: 'broker@keyferry-demo.iam.gserviceaccount.com\n' }])
    expect(await metadata.email()).toBe('broker@keyferry-demo.iam.gserviceaccount.com')
  })

  it('is refused when it is something else', async () => {
    await expect(subject([{ body: 'a page' }]).metadata.email()).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
    })
  })
})

describe('the server', () => {
  it.each([
    [{ GCE_METADATA_HOST: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    [{ GCE_METADATA_HOST: 'metadata.google.internal' }, 'http://metadata.google.internal'],
    [{ GCE_METADATA_HOST: 'https://proxy.example:8443/' }, 'https://proxy.example:8443'],
    [{ GCE_METADATA_IP: '10.0.0.1', GCE_METADATA_HOST: 'other' }, 'http://10.0.0.1'],
  ])('is where %j says', async (env, origin) => {
    const { metadata, requests } = subject([{ body: 'a@b.example' }], env)
    await metadata.email()
    expect(new URL(requests[0]?.url ?? '').origin).toBe(origin)
  })

  it('must be named by something that is a host', () => {
    expect(() => subject([], { GCE_METADATA_HOST: 'a b' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  it.each<[string, Answer]>([
    ['a 503', { status: 503, body: 'planted' }],
    ['a 503 without the header', { status: 503, headers: {} }],
    ['a 429', { status: 429 }],
    ['a reset', broken('ECONNRESET')],
    ['a refusal, as on a node that starts', broken('ECONNREFUSED')],
  ])('is asked again after %s, three times at most', async (_, answer) => {
    const passing = subject([answer, answer, { body: FRESH }])
    expect(await passing.metadata.idToken('aud')).toBe(FRESH)
    expect(passing.waits).toEqual([50, 100])
    const failing = subject([answer])
    await expect(failing.metadata.idToken('aud')).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      retryable: true,
      message: expect.not.stringContaining('planted') as string,
    })
    expect(failing.requests).toHaveLength(3)
  })

  it('is given two deadlines, no more', async () => {
    const { metadata, requests } = subject([broken('ETIMEDOUT')])
    await expect(metadata.accessToken()).rejects.toMatchObject({
      code: 'ACCESS_TOKEN_FAILED',
      retryable: true,
    })
    expect(requests).toHaveLength(2)
  })

  it.each(['ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'])(
    'is not there off Google (%s): the error says where there is one',
    async (code) => {
      await expect(subject([broken(code)]).metadata.idToken('aud')).rejects.toMatchObject({
        code: 'IDENTITY_TOKEN_FAILED',
        message: expect.stringMatching(`${code}.*Cloud Run.*npx keyferry emulator`) as string,
      })
    },
  )

  it('is an emulator that was stopped where nothing listens on this machine any more', async () => {
    const { metadata } = subject([broken('ECONNREFUSED')], { GCE_METADATA_HOST: '127.0.0.1:4444' })
    await expect(metadata.idToken('aud')).rejects.toThrow(
      /at 127\.0\.0\.1:4444 \(ECONNREFUSED\)\. Nothing listens there\. .* start it again and load its new file/,
    )
  })

  it('must show that it is Google’s', async () => {
    const { metadata, requests } = subject([{ headers: {}, body: FRESH }])
    await expect(metadata.idToken('aud')).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      message: expect.stringContaining("is not Google's metadata server") as string,
    })
    expect(requests).toHaveLength(1)
  })

  it('says with a 404 that the workload has no service account', async () => {
    const { metadata, requests } = subject([{ status: 404 }])
    await expect(metadata.idToken('aud')).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      retryable: false,
      message: expect.stringContaining('--service-account=EMAIL') as string,
    })
    expect(requests).toHaveLength(1)
  })

  it('is not asked again after a refusal of another kind', async () => {
    const { metadata, requests } = subject([{ status: 403, body: 'planted' }])
    await expect(metadata.idToken('aud')).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      retryable: false,
    })
    expect(requests).toHaveLength(1)
  })
})
