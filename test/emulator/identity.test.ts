import {
  GoogleAuth,
  IdentityPoolClient,
  Impersonated,
  JWT,
  UserRefreshClient,
  gaxios,
  type Compute,
} from 'google-auth-library'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { APP, ask, BROKER, startWorld, type World } from './world.ts'

/** Google's own auth library against the emulator: the identity kinds that a workload can have. */
let world: World
let apis: string
const AUDIENCE = 'sts.amazonaws.com'
const BROKER_ID = '117530498172635541201'
const APP_ID = '104917288031174460352'
const POOL = '//iam.googleapis.com/projects/402718365519/locations/global/workloadIdentityPools/elsewhere'
const PROVIDER = `${POOL}/providers/ci`
const PRINCIPAL = `principal:${POOL}/subject/job`

beforeAll(async () => {
  world = await startWorld({
    serviceAccounts: [
      { email: BROKER, uniqueId: BROKER_ID, projectId: 'keyferry-demo' },
      {
        email: APP,
        uniqueId: APP_ID,
        projectId: 'keyferry-demo',
        tokenCreators: [`serviceAccount:${BROKER}`, 'user:ada@example.com', PRINCIPAL],
      },
    ],
    users: [{ email: 'ada@example.com', refreshToken: 'refresh' }],
    federated: [{ audience: PROVIDER, subjectToken: 'from-elsewhere', principal: PRINCIPAL }],
  })
  apis = world.emulator.env['KEYFERRY_IAM_CREDENTIALS_ENDPOINT'] as string
})

afterAll(() => world.emulator.stop())

beforeEach(() => {
  vi.stubEnv('GCE_METADATA_HOST', world.emulator.env['GCE_METADATA_HOST'])
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
  // Not a word of the library's on the console of a test.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  world.emulator.metadata.clearFaults()
})

const metadata = (
  path: string,
  headers: Record<string, string> = { 'metadata-flavor': 'Google' },
): ReturnType<typeof ask> => ask(`http://${world.emulator.env['GCE_METADATA_HOST']}${path}`, { headers })
const identity = (query: string): ReturnType<typeof ask> =>
  metadata(`/computeMetadata/v1/instance/service-accounts/default/identity?${query}`)

describe('the metadata server', () => {
  it('gives google-auth-library an ID token with a numeric azp, that Google’s keys verify', async () => {
    const auth = new GoogleAuth({ projectId: 'keyferry-demo' })
    const client = await auth.getIdTokenClient(AUDIENCE)
    const headers = await client.getRequestHeaders()
    const token = (headers.get('authorization') as string).replace('Bearer ', '')
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(`${apis}/oauth2/v3/certs`)),
      {
        audience: AUDIENCE,
        issuer: 'https://accounts.google.com',
        currentDate: new Date(world.clock.nowMs),
      },
    )
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload).toMatchObject({ azp: BROKER_ID, sub: BROKER_ID, email: BROKER, email_verified: true })
    expect((payload.exp as number) - (payload.iat as number)).toBe(3_600)
  })

  it('gives it access tokens, the e-mail and the project', async () => {
    const auth = new GoogleAuth()
    expect(await auth.getAccessToken()).toMatch(/^ya29\./)
    expect(await auth.getProjectId()).toBe('keyferry-demo')
    expect((await auth.getCredentials()).client_email).toBe(BROKER)
  })

  it('adds the e-mail for format=full alone, and keeps an audience as it was asked for', async () => {
    const claims = async (query: string): Promise<object> => decodeJwt((await identity(query)).text)
    expect(await claims(`audience=${AUDIENCE}`)).not.toHaveProperty('email')
    expect(await claims(`audience=${AUDIENCE}&format=full`)).toHaveProperty('email', BROKER)
    expect(await claims(`audience=${encodeURIComponent('a&b#c d')}`)).toHaveProperty('aud', 'a&b#c d')
    expect((await identity('')).status).toBe(400)
  })

  it('gives the same tokens again while they are good, and then others', async () => {
    const token = async (): Promise<{ access_token: string; expires_in: number }> =>
      (await metadata('/computeMetadata/v1/instance/service-accounts/default/token')).json as never
    const first = { id: (await identity('audience=again')).text, access: await token() }
    world.clock.nowMs += 3_200_000
    expect((await identity('audience=again')).text).toBe(first.id)
    expect(await token()).toEqual({ ...first.access, expires_in: first.access.expires_in - 3_200 })
    world.clock.nowMs += 100_001
    expect((await token()).access_token).not.toBe(first.access.access_token)
    world.clock.nowMs += 300_000
    expect((await identity('audience=again')).text).not.toBe(first.id)
  })

  it('refuses whoever does not say Metadata-Flavor, and says it itself in every answer', async () => {
    const path = '/computeMetadata/v1/instance/service-accounts/default/email'
    const refused = await metadata(path, {})
    expect([refused.status, refused.headers.get('metadata-flavor')]).toEqual([403, 'Google'])
    expect(
      (await metadata(path, { 'metadata-flavor': 'Google', 'x-forwarded-for': '10.0.0.1' })).status,
    ).toBe(403)
    expect((await metadata('/', {})).headers.get('metadata-flavor')).toBe('Google')
  })

  it.each([
    ['instance/service-accounts/default/email', BROKER],
    [`instance/service-accounts/${BROKER}/email`, BROKER],
    ['instance/service-accounts/default/aliases', 'default\n'],
    ['instance/service-accounts/default/scopes', 'https://www.googleapis.com/auth/cloud-platform\n'],
    ['instance/service-accounts/', `default/\n${BROKER}/\n`],
    ['project/project-id', 'keyferry-demo'],
    ['project/numeric-project-id', '402718365519'],
    ['universe/universe-domain', 'googleapis.com'],
  ])('answers %s', async (path, text) => {
    expect((await metadata(`/computeMetadata/v1/${path}`)).text).toBe(text)
  })

  it.each([
    'instance/service-accounts/other@example.com/email',
    'instance/attributes/x',
    'instance/service-accounts/default/keys',
  ])('has no %s', async (path) => {
    expect((await metadata(`/computeMetadata/v1/${path}`)).status).toBe(404)
  })

  it('is another one for a workload with another identity', async () => {
    const env = await world.emulator.envFor(APP)
    expect(env).toEqual({
      ...world.emulator.env,
      GCE_METADATA_HOST: expect.not.stringMatching(
        world.emulator.env['GCE_METADATA_HOST'] as string,
      ) as string,
    })
    expect(await world.emulator.envFor(APP)).toEqual(env)
    expect(decodeJwt(await world.idToken(AUDIENCE, APP))).toMatchObject({ sub: APP_ID, azp: APP_ID })
    expect(world.emulator.metadata.calls.count({ operation: 'identity', caller: APP })).toBe(1)
    await expect(world.emulator.envFor('nobody@example.com')).rejects.toThrow(
      'no service account nobody@example.com',
    )
  })
})

describe('the other identity kinds', () => {
  // Google's library knows no other token endpoint than Google's: requests to it are led here.
  const led = (): gaxios.Gaxios => {
    const transporter = new gaxios.Gaxios()
    transporter.interceptors.request.add({
      resolved: async (config) => {
        if (config.url.href === 'https://oauth2.googleapis.com/token')
          config.url = new URL(world.emulator.env['KEYFERRY_GOOGLE_TOKEN_ENDPOINT'] as string)
        return config
      },
    })
    return transporter
  }

  it('a key file mints ID tokens whose azp is the e-mail, and access tokens', async () => {
    const { client_email: email, private_key: key } = await world.emulator.keyFileFor(APP)
    const jwt = new JWT({
      email,
      key,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      transporter: led(),
    })
    const claims = decodeJwt(await jwt.fetchIdToken(AUDIENCE))
    expect(claims).toMatchObject({ aud: AUDIENCE, azp: APP, sub: APP_ID, email: APP })
    expect((await jwt.getAccessToken()).token).toMatch(/^ya29\./)
    expect([...world.emulator.google.calls]).toMatchObject([
      { operation: 'certs' },
      { operation: 'token', caller: APP, resource: AUDIENCE, status: 'OK' },
      { operation: 'token', caller: APP, status: 'OK' },
    ])
  })

  it('a login gives access tokens of its user, as long as it is known', async () => {
    const login = (refreshToken: string): UserRefreshClient =>
      new UserRefreshClient({ clientId: 'c', clientSecret: 's', refreshToken, transporter: led() })
    const { token } = await login('refresh').getAccessToken()
    const url = `${apis}/v1/projects/-/serviceAccounts/${APP}:generateIdToken`
    const body = JSON.stringify({ audience: AUDIENCE, useEmailAzp: true })
    const { json } = await ask(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body })
    expect(decodeJwt(json.token as string)).toMatchObject({ azp: APP })
    await expect(login('revoked').getAccessToken()).rejects.toThrow('invalid_grant')
  })

  it('what another provider says is exchanged for access tokens, where a provider is told of it', async () => {
    const federated = (audience: string, token: string): IdentityPoolClient =>
      new IdentityPoolClient({
        audience,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${apis}/v1/token`,
        service_account_impersonation_url: `${apis}/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`,
        subject_token_supplier: { getSubjectToken: async () => token },
      })
    expect((await federated(PROVIDER, 'from-elsewhere').getAccessToken()).token).toMatch(/^ya29\./)
    expect(world.emulator.google.calls.count({ operation: 'generateAccessToken', caller: PRINCIPAL })).toBe(1)
    await expect(federated(PROVIDER, 'forged').getAccessToken()).rejects.toThrow('invalid_grant')
    await expect(federated('//nobody', 'from-elsewhere').getAccessToken()).rejects.toThrow('invalid_target')
  })

  it('a key that was never issued is refused', async () => {
    const { private_key: key } = await world.emulator.keyFileFor(APP)
    const jwt = new JWT({ email: BROKER, key, transporter: led() })
    await expect(jwt.fetchIdToken(AUDIENCE)).rejects.toThrow('invalid_grant: Invalid JWT Signature.')
  })

  it('a clock that was set wrong dates the tokens, and takes no assertion from its future', async () => {
    const { google } = world.emulator
    const { private_key: key } = await world.emulator.keyFileFor(APP)
    const iat = Math.floor(world.clock.nowMs / 1_000)
    const additionalClaims = { target_audience: AUDIENCE, iat, exp: iat + 3_600 }
    const fetched = async (): Promise<string | undefined | null> =>
      (await new JWT({ email: APP, key, additionalClaims, transporter: led() }).authorize()).id_token
    const url = `${apis}/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`
    const headers = { authorization: `Bearer ${await world.accessToken()}` }
    try {
      google.clockSkewMs = 600_000
      expect(decodeJwt((await fetched()) as string).iat).toBe(iat + 600)
      const { json } = await ask(url, { method: 'POST', headers, body: '{"scope":["x"]}' })
      expect(Date.parse(json.expireTime as string)).toBe((iat + 4_200) * 1_000)
      google.clockSkewMs = -600_000
      await expect(fetched()).rejects.toThrow('reasonable timeframe')
    } finally {
      google.clockSkewMs = 0
    }
  })

  it('impersonation mints ID tokens whose azp is the e-mail, for those who may', async () => {
    const auth = new GoogleAuth({ projectId: 'keyferry-demo' })
    const sourceClient = (await auth.getClient()) as Compute
    const client = new Impersonated({
      sourceClient,
      targetPrincipal: APP,
      endpoint: apis,
      targetScopes: ['x'],
    })
    expect(decodeJwt(await client.fetchIdToken(AUDIENCE))).toMatchObject({
      azp: APP,
      sub: APP_ID,
      email: APP,
    })
    expect((await client.getAccessToken()).token).toMatch(/^ya29\./)
    const forbidden = new Impersonated({ sourceClient, targetPrincipal: BROKER, endpoint: apis })
    await expect(forbidden.fetchIdToken(AUDIENCE)).rejects.toMatchObject({ status: 403 })
  })

  it('generateIdToken without useEmailAzp gives the numeric azp, and the e-mail only where asked', async () => {
    const url = `${apis}/v1/projects/-/serviceAccounts/${APP}:generateIdToken`
    const headers = {
      authorization: `Bearer ${await world.accessToken()}`,
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ audience: AUDIENCE })
    const { json } = await ask(url, { method: 'POST', headers, body })
    expect(decodeJwt(json.token as string)).toMatchObject({ azp: APP_ID })
    expect(decodeJwt(json.token as string)).not.toHaveProperty('email')
    expect((await ask(url, { method: 'POST', body })).status).toBe(401)
  })
})
