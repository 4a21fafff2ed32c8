/** Which Google identity a process has, by what its environment names; and that each is what it says it is. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { defaultSeed, startEmulator, type Emulator } from '../../emulator/index.ts'
import { claimsOf } from '../../shared/core/id-token.ts'
import type { GoogleIdentity, HttpRequest, HttpTransport } from '../../shared/core/ports.ts'
import { actingAs, googleIdentity, type Impersonation } from '../../shared/google/identity.ts'
import { leanTransport } from '../../shared/transport.ts'
import { APP, BROKER } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'

const CI = 'ci@keyferry-demo.iam.gserviceaccount.com'
const APP_ID = '104917288031174460352'
const BROKER_ID = '117530498172635541201'
const AUDIENCE = 'sts.amazonaws.com'
const backoff = { sleep: async () => {}, random: () => 0.5 }

let emulator: Emulator
let keyOfApp: object
beforeAll(async () => {
  const seed = defaultSeed()
  emulator = await startEmulator({
    seed: {
      ...seed,
      serviceAccounts: [
        ...(seed.serviceAccounts ?? []),
        {
          email: CI,
          uniqueId: '100000000000000000001',
          projectId: 'keyferry-demo',
          tokenCreators: [`serviceAccount:${APP}`],
        },
      ],
    },
  })
  keyOfApp = await emulator.keyFileFor(APP)
})
afterAll(() => emulator.stop())
beforeEach(() => {
  emulator.google.calls.clear()
  emulator.google.clearFaults()
  emulator.metadata.calls.clear()
})

function file(content: unknown, name = 'credentials.json'): string {
  const path = join(temporaryDirectory(), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** The emulator's environment, with a credential file. */
function withFile(content: unknown): Record<string, string> {
  return { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: file(content) }
}

function identity(env: Record<string, string>, options: Impersonation = {}): Promise<GoogleIdentity> {
  return googleIdentity({ http: leanTransport(env), env, ...backoff, ...options })
}

const impersonated = (email: string, source: object, delegates: readonly string[] = []): object => ({
  type: 'impersonated_service_account',
  service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
  delegates,
  source_credentials: source,
})

async function told(act: Promise<unknown>): Promise<{ code: string; message: string; retryable: boolean }> {
  return act.then(
    (value) => {
      throw new Error(`It succeeded with ${String(value)}`)
    },
    (error: unknown) => error as { code: string; message: string; retryable: boolean },
  )
}

describe('the identity', () => {
  const wellKnown = (home: string): string =>
    join(home, '.config', 'gcloud', 'application_default_credentials.json')

  it.each<[string, () => Record<string, string>, GoogleIdentity['kind']]>([
    [
      'of the file that GOOGLE_APPLICATION_CREDENTIALS names, before all',
      () => withFile(keyOfApp),
      'key-file',
    ],
    ['of a metadata server that is named', () => ({ ...emulator.env, HOME: homeWithKey() }), 'metadata'],
    ["of gcloud's own file", () => ({ HOME: homeWithKey() }), 'key-file'],
    [
      "of gcloud's own file, wherever that is kept",
      () => ({ CLOUDSDK_CONFIG: dirname(keyFile()) }),
      'key-file',
    ],
    ['of this runtime, where there is no file', () => ({ HOME: temporaryDirectory() }), 'metadata'],
    ['of this runtime, where there is no home', () => ({}), 'metadata'],
  ])('is that %s', async (_, env, kind) => {
    expect((await identity(env())).kind).toBe(kind)
    expect(emulator.google.calls.count() + emulator.metadata.calls.count()).toBe(0)
  })

  function homeWithKey(): string {
    const home = temporaryDirectory()
    mkdirSync(dirname(wellKnown(home)), { recursive: true })
    writeFileSync(wellKnown(home), JSON.stringify(keyOfApp))
    return home
  }

  function keyFile(): string {
    return file(keyOfApp, 'application_default_credentials.json')
  }
})

describe('what AWS is shown', () => {
  it.each<[string, () => Record<string, string>, Impersonation, object]>([
    ['the metadata server', () => emulator.env, {}, { azp: BROKER_ID, sub: BROKER_ID, email: BROKER }],
    ['a key file', () => withFile(keyOfApp), {}, { azp: APP, sub: APP_ID, email: APP }],
    [
      'impersonation by the metadata server’s account',
      () => emulator.env,
      { serviceAccount: APP },
      { azp: APP, sub: APP_ID, email: APP },
    ],
    [
      'impersonation by way of another account',
      () => emulator.env,
      { serviceAccount: CI, delegates: [APP] },
      { azp: CI, email: CI },
    ],
    ['impersonation by a key file', () => withFile(keyOfApp), { serviceAccount: CI }, { azp: CI, email: CI }],
    [
      'an impersonated credential file',
      () => withFile(impersonated(CI, keyOfApp)),
      {},
      { azp: CI, email: CI },
    ],
  ])('has this azp from %s', async (_, env, options, claims) => {
    const google = await identity(env(), options)
    expect(claimsOf(await google.idToken(AUDIENCE))).toMatchObject({ aud: AUDIENCE, ...claims })
    expect(await google.email()).toBe((claims as { email: string }).email)
    expect(await google.uniqueId()).toBe(claimsOf(await google.idToken(AUDIENCE))?.sub)
  })

  it('has delegates in the file as Google writes them', async () => {
    const { client_email: email } = await emulator.keyFileFor(BROKER)
    const source = await emulator.keyFileFor(email)
    const google = await identity(withFile(impersonated(CI, source, [`projects/-/serviceAccounts/${APP}`])))
    expect(claimsOf(await google.idToken(AUDIENCE))).toMatchObject({ azp: CI })
  })
})

describe('access tokens', () => {
  it.each<[string, () => Record<string, string>, Impersonation, string, number]>([
    ['a key file', () => withFile(keyOfApp), {}, 'token', 1],
    ['impersonation', () => emulator.env, { serviceAccount: APP }, 'generateAccessToken', 1],
  ])(
    'of %s are held for all callers, until Google does not accept one',
    async (_, env, options, operation, calls) => {
      const google = await identity(env(), options)
      const [one, two] = await Promise.all([google.accessToken(), google.accessToken()])
      expect(one).toBe(two)
      expect(await google.accessToken()).toBe(one)
      expect(emulator.google.calls.count(operation)).toBe(calls)
      google.discard?.(one)
      await google.accessToken()
      expect(emulator.google.calls.count(operation)).toBe(calls + 1)
    },
  )

  it('of the one who impersonates are asked for once, whatever is asked with them', async () => {
    const google = await identity(emulator.env, { serviceAccount: APP })
    await google.idToken(AUDIENCE)
    await google.idToken('another')
    expect(emulator.metadata.calls.count('token')).toBe(1)
    expect(emulator.google.calls.count('generateIdToken')).toBe(2)
  })
})

describe('a key file away from an emulator', () => {
  it('asks Google by the proxy, wherever its own token_uri points', async () => {
    const asked: string[] = []
    const proxy = createServer().on('connect', ({ url = '' }, socket) => {
      asked.push(url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    onTestFinished(() => void proxy.close())
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const env = {
      GOOGLE_APPLICATION_CREDENTIALS: file({
        ...keyOfApp,
        token_uri: emulator.env['KEYFERRY_GOOGLE_TOKEN_ENDPOINT'],
      }),
      https_proxy: `http://user:planted@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    }
    const error = await told((await identity(env)).idToken(AUDIENCE))
    expect(error).toMatchObject({ code: 'IDENTITY_TOKEN_FAILED', retryable: true })
    expect(error.message).not.toContain('planted')
    expect(new Set(asked)).toEqual(new Set(['oauth2.googleapis.com:443']))
    expect(emulator.google.calls.count()).toBe(0)
  })
})

describe('a credential file that is of no use', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no JSON', () => 'planted', /is not the JSON of a Google credential file/],
    ['an array', () => [], /is not the JSON/],
    ['a type that nobody knows', () => ({ type: 'planted' }), /has a "type" that is none of service_account/],
    ['no type', () => ({}), /has a "type"/],
    [
      'a key that cannot be read',
      () => ({ ...keyOfApp, private_key: 'planted' }),
      /no private key in "private_key"/,
    ],
    ['no key', () => ({ ...keyOfApp, private_key: undefined }), /no text in its field "private_key"/],
    ['no e-mail', () => ({ ...keyOfApp, client_email: 'planted planted' }), /no e-mail of a service account/],
    [
      'another universe',
      () => ({ ...keyOfApp, universe_domain: 'planted' }),
      /AWS trusts accounts.google.com alone/,
    ],
    ['an incomplete login', () => ({ type: 'authorized_user', client_id: 'planted' }), /"client_secret"/],
    ['no source', () => impersonated(APP, { type: 'planted' }), /has a "type"/],
    ['a source of its own kind', () => impersonated(APP, impersonated(CI, {})), /"source_credentials"/],
    ['nobody to impersonate', () => impersonated('planted/', keyOfApp), /names no service account/],
    ['delegates of no use', () => impersonated(CI, keyOfApp, ['planted planted']), /"delegates"/],
    [
      'a project that is none',
      () => ({ ...PERSON, quota_project_id: 'planted planted' }),
      /set-quota-project/,
    ],
    ['too much', () => ' '.repeat(65_537), /more than 65536 bytes/],
    [
      'another place to send tokens to',
      () => federated({ token_url: 'https://planted.example/v1/token' }),
      /"token_url" other than/,
    ],
    [
      'a program',
      () => federated({ credential_source: { executable: { command: 'planted' } } }),
      /names a program to run.*ALLOW_EXECUTABLES=1/,
    ],
    ['a certificate', () => federated({ credential_source: { certificate: {} } }), /presents a certificate/],
  ])('is told by its path and its fault, and not quoted: %s', async (_, content, message) => {
    const env = withFile(content())
    const error = await told(identity(env))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as string })
    expect(error.message).toContain(env['GOOGLE_APPLICATION_CREDENTIALS'])
    expect(error.message).not.toContain('planted')
  })

  it('is told when it is missing, a folder, or not to be read', async () => {
    const missing = { GOOGLE_APPLICATION_CREDENTIALS: join(temporaryDirectory(), 'nothing.json') }
    expect(await told(identity(missing))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /nothing.json, which GOOGLE_APPLICATION_CREDENTIALS names, .*ENOENT.*unset it/,
      ) as string,
    })
    expect(
      (await told(identity({ GOOGLE_APPLICATION_CREDENTIALS: temporaryDirectory() }))).message,
    ).toContain('EISDIR')
    const forbidden = file(keyOfApp, 'application_default_credentials.json')
    chmodSync(forbidden, 0o000)
    // Whoever may read everything reads this, too.
    if (process.getuid?.() === 0) return
    expect((await told(identity({ CLOUDSDK_CONFIG: dirname(forbidden) }))).message).toMatch(
      /EACCES.*gcloud auth/,
    )
  })
})

describe('a refusal of Google’s', () => {
  it('names the role to grant for impersonation, to whom and on what', async () => {
    const google = await identity(emulator.env, { serviceAccount: CI })
    expect(await told(google.idToken(AUDIENCE))).toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      retryable: false,
      message: expect.stringContaining(
        `gcloud iam service-accounts add-iam-policy-binding ${CI} --member=serviceAccount:${BROKER} --role=roles/iam.serviceAccountOpenIdTokenCreator`,
      ) as string,
    })
    expect((await told(google.idToken(AUDIENCE))).message).toContain(
      "'iam.serviceAccounts.getOpenIdToken' denied",
    )
    expect(await told(google.accessToken())).toMatchObject({
      code: 'ACCESS_TOKEN_FAILED',
      message: expect.stringContaining('--role=roles/iam.serviceAccountTokenCreator') as string,
    })
    expect(emulator.google.calls.count()).toBe(3)
  })

  it('names the first account on the way, where there are delegates', async () => {
    const google = await identity(emulator.env, { serviceAccount: APP, delegates: [CI] })
    expect((await told(google.idToken(AUDIENCE))).message).toContain(
      `beginning with: gcloud iam service-accounts add-iam-policy-binding ${CI} --member=serviceAccount:${BROKER}`,
    )
  })

  it('says how to compare a key that Google does not know', async () => {
    const other = await emulator.keyFileFor(BROKER)
    const google = await identity(withFile({ ...other, client_email: APP }))
    expect(await told(google.idToken(AUDIENCE))).toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      message: expect.stringMatching(
        new RegExp(`was deleted or disabled.*Invalid JWT Signature.*keys list --iam-account=${APP}`),
      ) as string,
    })
    expect(emulator.google.calls.count()).toBe(1)
  })

  it('is no last word on a key file: a new key in its place is found', async () => {
    const env = withFile({ ...keyOfApp, ...(await emulator.keyFileFor(BROKER)), client_email: APP })
    const google = await identity(env)
    expect((await told(google.idToken(AUDIENCE))).message).toContain('Google does not accept the key')
    writeFileSync(env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '', JSON.stringify(keyOfApp))
    expect(claimsOf(await google.idToken(AUDIENCE))).toMatchObject({ azp: APP })
  })

  it('says that there is no such account', async () => {
    const google = await identity(withFile({ ...keyOfApp, client_email: 'gone@p.iam.gserviceaccount.com' }))
    expect((await told(google.accessToken())).message).toMatch(
      /there is no such service account.*describe gone@p.iam/,
    )
  })

  it('is tried again where it may pass, three times at most', async () => {
    emulator.google.fault({ kind: 'status', status: 503, times: 2 })
    expect(await (await identity(withFile(keyOfApp))).accessToken()).toMatch(/^ya29\./)
    emulator.google.calls.clear()
    emulator.google.fault({ kind: 'throttle' })
    for (const env of [withFile(keyOfApp), emulator.env]) {
      const google = await identity(env, env === emulator.env ? { serviceAccount: APP } : {})
      expect(await told(google.idToken(AUDIENCE))).toMatchObject({
        code: 'IDENTITY_TOKEN_FAILED',
        retryable: true,
      })
      expect(emulator.google.calls.count()).toBe(3)
      emulator.google.calls.clear()
    }
  })

  it.each(['malformed', 'empty', 'mistyped', 'truncated', 'reset'] as const)(
    'is no token when it is %s, and not shown',
    async (kind) => {
      emulator.google.fault({ kind })
      for (const google of [
        await identity(withFile(keyOfApp)),
        await identity(emulator.env, { serviceAccount: APP }),
      ]) {
        expect((await told(google.idToken(AUDIENCE))).code).toBe('IDENTITY_TOKEN_FAILED')
        const { code, message } = await told(google.accessToken())
        expect(code).toBe('ACCESS_TOKEN_FAILED')
        expect(message).not.toMatch(/ya29|eyJ|BEGIN/)
      }
    },
  )
})

const PERSON = {
  type: 'authorized_user',
  client_id: 'client',
  client_secret: 'planted-secret',
  refresh_token: '1//planted-refresh-token',
}

function federated(fields: object = {}): object {
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    credential_source: { url: 'https://ci.example/token', headers: { Authorization: 'Bearer planted' } },
    ...fields,
  }
}

/** Google itself, as far as these requests go: each address with what it answers. */
function google(answers: Record<string, { status?: number; body: unknown }>): {
  http: HttpTransport
  requests: HttpRequest[]
} {
  const requests: HttpRequest[] = []
  return {
    requests,
    async http(request) {
      requests.push(request)
      const { status = 200, body } = answers[request.url] ?? { status: 404, body: {} }
      const headers = { 'content-type': 'application/json' }
      return { status, headers, body: JSON.stringify(body) }
    },
  }
}

const TOKEN_URL = 'https://oauth2.googleapis.com/token'
const STS_URL = 'https://sts.googleapis.com/v1/token'
const ACCESS = { access_token: 'ya29.user', expires_in: 3_599, token_type: 'Bearer' }
const idTokenOf = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
const ID_TOKEN = idTokenOf({ sub: APP_ID, azp: APP, aud: AUDIENCE, exp: 4_000_000_000 })
const GENERATE = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${APP}:generateIdToken`

it('says that the API is not enabled, and how to enable it', async () => {
  const message =
    'IAM Service Account Credentials API has not been used in project 1 before or it is disabled.'
  emulator.google.fault({ kind: 'status', code: 'PERMISSION_DENIED', message })
  const app = await identity(emulator.env, { serviceAccount: APP })
  expect((await told(app.idToken(AUDIENCE))).message).toContain(
    'gcloud services enable iamcredentials.googleapis.com',
  )
})

describe('a person’s gcloud login', () => {
  const env = (): Record<string, string> => ({ GOOGLE_APPLICATION_CREDENTIALS: file(PERSON) })

  it('has access tokens, and no ID token: the error says what to do instead', async () => {
    const { http, requests } = google({ [TOKEN_URL]: { body: ACCESS } })
    const user = await googleIdentity({ http, env: env(), ...backoff })
    expect(user.kind).toBe('user')
    expect(await user.accessToken()).toBe('ya29.user')
    expect(requests).toHaveLength(1)
    for (const act of [user.idToken(AUDIENCE), user.email(), user.uniqueId()]) {
      expect(await told(act)).toMatchObject({
        code: 'IDENTITY_TOKEN_FAILED',
        message: expect.stringMatching(
          /KEYFERRY_SERVICE_ACCOUNT.*gcloud auth application-default login --impersonate-service-account=EMAIL/,
        ) as string,
      })
    }
    expect(requests).toHaveLength(1)
  })

  it('can act as a service account', async () => {
    const { http, requests } = google({
      [TOKEN_URL]: { body: ACCESS },
      [GENERATE]: { body: { token: ID_TOKEN } },
    })
    const app = await googleIdentity({ http, env: env(), ...backoff, serviceAccount: APP })
    expect(await app.idToken(AUDIENCE)).toBe(ID_TOKEN)
    expect(requests[1]).toMatchObject({ headers: { authorization: 'Bearer ya29.user' }, timeoutMs: 3_000 })
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({
      audience: AUDIENCE,
      includeEmail: true,
      useEmailAzp: true,
    })
  })

  it('is charged to the project that gcloud has put down for it', async () => {
    const { http, requests } = google({
      [TOKEN_URL]: { body: ACCESS },
      [GENERATE]: { body: { token: ID_TOKEN } },
    })
    const charged = { GOOGLE_APPLICATION_CREDENTIALS: file({ ...PERSON, quota_project_id: 'my-project' }) }
    const user = await googleIdentity({ http, env: charged, ...backoff })
    expect(user.quotaProject).toBe('my-project')
    await (await actingAs(user, { serviceAccount: APP }, { http, env: charged })).idToken(AUDIENCE)
    expect(requests.map(({ headers }) => headers?.['x-goog-user-project'])).toEqual([undefined, 'my-project'])
    expect(requests[0]?.headers?.['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    const other = { ...charged, GOOGLE_CLOUD_QUOTA_PROJECT: 'other' }
    expect((await googleIdentity({ http, env: other, ...backoff })).quotaProject).toBe('other')
  })

  it('is told to log in again once it has expired, and never quoted', async () => {
    const body = {
      error: 'invalid_grant',
      error_description: `Token 1//planted-refresh-token has been expired or revoked.`,
    }
    const { http, requests } = google({ [TOKEN_URL]: { status: 400, body } })
    const app = await googleIdentity({ http, env: env(), ...backoff, serviceAccount: APP })
    const error = await told(app.idToken(AUDIENCE))
    expect(error).toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      retryable: false,
      message: expect.stringMatching(
        /expired or was revoked.*gcloud auth application-default login$/,
      ) as string,
    })
    expect(error.message).not.toContain('planted')
    expect(requests).toHaveLength(1)
  })

  it('hears who is to be let in, where Google does not let it act', async () => {
    const denied = {
      error: {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: "Permission 'iam.serviceAccounts.getOpenIdToken' denied",
      },
    }
    const { http } = google({ [TOKEN_URL]: { body: ACCESS }, [GENERATE]: { status: 403, body: denied } })
    const app = await googleIdentity({ http, env: env(), ...backoff, serviceAccount: APP })
    expect((await told(app.idToken(AUDIENCE))).message).toContain('--member=user:EMAIL')
  })

  it('hears that the API is not enabled', async () => {
    const details = [{ reason: 'SERVICE_DISABLED' }]
    const disabled = {
      error: {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: 'IAM Service Account Credentials API has not been used',
        details,
      },
    }
    const { http } = google({ [TOKEN_URL]: { body: ACCESS }, [GENERATE]: { status: 403, body: disabled } })
    const app = await googleIdentity({ http, env: env(), ...backoff, serviceAccount: APP })
    expect((await told(app.idToken(AUDIENCE))).message).toContain(
      'gcloud auth application-default set-quota-project PROJECT',
    )
  })
})

describe('a federated identity', () => {
  const subject = { body: 'subject-token' }

  it('is exchanged at Google, and acts as the account that its file names', async () => {
    const content = federated({
      service_account_impersonation_url: `https://elsewhere.example/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`,
    })
    const { http, requests } = google({
      'https://ci.example/token': subject,
      [STS_URL]: { body: ACCESS },
      [GENERATE]: { body: { token: ID_TOKEN } },
    })
    const app = await googleIdentity({ http, env: withOnly(content), ...backoff })
    expect(app.kind).toBe('impersonated')
    expect(await app.idToken(AUDIENCE)).toBe(ID_TOKEN)
    expect(await app.email()).toBe(APP)
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://ci.example/token',
      `POST ${STS_URL}`,
      `POST ${GENERATE}`,
    ])
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer planted' })
    expect(Object.fromEntries(new URLSearchParams(requests[1]?.body))).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
  })

  it('that acts as nobody has no ID token: the error says what to do instead', async () => {
    const { http } = google({ 'https://ci.example/token': subject, [STS_URL]: { body: ACCESS } })
    const own = await googleIdentity({ http, env: withOnly(federated()), ...backoff })
    expect(own.kind).toBe('federated')
    expect(await own.accessToken()).toBe('ya29.user')
    expect((await told(own.idToken(AUDIENCE))).message).toMatch(
      /KEYFERRY_SERVICE_ACCOUNT.*create-cred-config with --service-account=EMAIL/,
    )
  })

  it('reads a token from a file, and says where there is none', async () => {
    const path = file('subject-token-in-a-file', 'token')
    const { http, requests } = google({ [STS_URL]: { body: ACCESS } })
    const own = await googleIdentity({
      http,
      env: withOnly(federated({ credential_source: { file: path } })),
      ...backoff,
    })
    await own.accessToken()
    expect(new URLSearchParams(requests[0]?.body).get('subject_token')).toBe('subject-token-in-a-file')
    const missing = federated({ credential_source: { file: `${path}-missing` } })
    expect(
      await told((await googleIdentity({ http, env: withOnly(missing), ...backoff })).accessToken()),
    ).toMatchObject({
      code: 'ACCESS_TOKEN_FAILED',
      message: expect.stringMatching(/Google's library failed \(ENOENT\).*"credential_source"/) as string,
    })
  })

  it.each([
    ['invalid_target', /no such workload identity provider/],
    ['invalid_grant', /does not accept the token that was presented: invalid_grant.*attribute condition/],
  ])('hears what %s means', async (error, message) => {
    const { http } = google({
      'https://ci.example/token': subject,
      [STS_URL]: { status: 400, body: { error, error_description: 'The given subject-token is rejected.' } },
    })
    const own = await googleIdentity({ http, env: withOnly(federated()), ...backoff })
    const { message: said } = await told(own.accessToken())
    expect(said).toMatch(message)
  })

  function withOnly(content: object): Record<string, string> {
    return { GOOGLE_APPLICATION_CREDENTIALS: file(content) }
  }
})
