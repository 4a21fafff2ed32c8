/**
 * No failure of an adapter shows a secret. Recognisable ones are planted in everything that goes out and everything
 * that comes back, every failure is driven, and all that an error can show is searched.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../emulator/index.ts'
import { webIdentityMint } from '../shared/aws/mint.ts'
import { leanSts } from '../shared/aws/sts-lean.ts'
import { officialSts } from '../shared/aws/sts-official.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import type { GoogleIdentity, HttpRequest, HttpTransport, SessionCredentials } from '../shared/core/ports.ts'
import { actingAs, googleIdentity, metadataServer } from '../shared/google/identity.ts'
import { officialSecretManager } from '../shared/google/secret-manager-official.ts'
import { leanSecretStore } from '../shared/google/secret-store-lean.ts'
import { leanTransport } from '../shared/transport.ts'

const SECRET = 'projects/keyferry-demo/secrets/aws-app'
const ROLE = 'arn:aws:iam::123456789012:role/keyferry-demo'
const backoff = { sleep: async () => {}, random: () => 0.5 }

const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const ID_TOKEN = `${base64url('{"alg":"RS256"}')}.${base64url('{"sub":"1","exp":9999999999,"n":"planted"}')}.${base64url('planted-signature'.repeat(9))}`
const ACCESS_TOKEN = 'planted-access-token-of-no-known-form'
const REFRESH_TOKEN = `1//0g${'planted-refresh_token'.repeat(5)}`
const CLIENT_SECRET = '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gle'
const SUBJECT_TOKEN = `planted.subject-token-${'of_another_provider'.repeat(5)}`
const PRIVATE_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey
const CREDENTIALS: SessionCredentials = {
  accessKeyId: 'ASIAPLANTEDKEY000001',
  secretAccessKey: 'pl4nted/SECRET+accessKeyOf40Characters00',
  sessionToken: `FwoGZXplanted${'S3ss/ion+Token'.repeat(30)}=`,
  expiration: new Date('2026-11-23T19:00:00Z'),
  accountId: '123456789012',
}
const PAYLOAD = new TextEncoder().encode(
  JSON.stringify({
    Version: 1,
    SecretAccessKey: CREDENTIALS.secretAccessKey,
    SessionToken: CREDENTIALS.sessionToken,
  }),
)
const PAYLOAD_BASE64 = Buffer.from(PAYLOAD).toString('base64')

/** Whole secrets, and parts of them long enough to be of use. */
const PLANTED = [
  ID_TOKEN,
  ...ID_TOKEN.split('.').slice(1),
  ACCESS_TOKEN,
  CREDENTIALS.accessKeyId,
  CREDENTIALS.secretAccessKey,
  CREDENTIALS.sessionToken,
  CREDENTIALS.sessionToken.slice(20, 60),
  PAYLOAD_BASE64,
  PAYLOAD_BASE64.slice(8, 60),
]
const ALL = PLANTED.join(' and ')
/** AWS never gets an access token of Google's. */
const ALL_AT_AWS = PLANTED.filter((secret) => secret !== ACCESS_TOKEN).join(' and ')
/** What tokens are got with goes to nobody but the token endpoints. */
const PRESENTED = [
  REFRESH_TOKEN,
  CLIENT_SECRET,
  SUBJECT_TOKEN,
  PRIVATE_KEY,
  ...PRIVATE_KEY.split('\n').slice(1, -2),
]
const ALL_AT_TOKEN_ENDPOINTS = [...PRESENTED, ALL].join(' and ')

function leaksOf(error: unknown): string[] {
  const shown: string[] = []
  for (let each = error; each !== undefined && shown.length < 50; each = (each as Error).cause) {
    const { message, stack } = each as Error
    shown.push(message, stack ?? '', String(each), JSON.stringify(each))
    shown.push(JSON.stringify(Object.getOwnPropertyDescriptors(each)))
    shown.push(inspect(each, { depth: 10, showHidden: true, getters: true }))
  }
  return [...PLANTED, ...PRESENTED].filter((secret) => shown.some((text) => text.includes(secret)))
}

/** What is wrong with how these acts fail: those that show something, and those that do not fail at all. */
async function findings(acts: Readonly<Record<string, () => Promise<unknown>>>): Promise<string[]> {
  const found: string[] = []
  for (const [name, act] of Object.entries(acts)) {
    const error = await act().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(error instanceof KeyferryError)) found.push(`${name}: ${String(error)} is no error of ours`)
    else if (leaksOf(error).length > 0) found.push(`${name}: ${error.message} shows ${leaksOf(error).join()}`)
  }
  return found
}

/** Every adapter's every act, over one transport. */
function leanActs(http: HttpTransport, env: NodeJS.ProcessEnv): Record<string, () => Promise<unknown>> {
  const metadata = metadataServer({ http, env, ...backoff })
  const tokens = { accessToken: async () => ACCESS_TOKEN }
  const store = leanSecretStore({ secret: SECRET, http, tokens, env, ...backoff })
  const sts = leanSts({ http, env: { ...env, AWS_REGION: 'eu-central-1' } })
  const identity = { idToken: async () => ID_TOKEN }
  return {
    ...identityActs(http, env),
    idToken: () => metadata.idToken('aud'),
    accessToken: () => metadata.accessToken(),
    email: () => metadata.email(),
    read: () => store.read(1),
    latest: () => store.read('latest'),
    add: () => store.add(PAYLOAD),
    list: () => store.list(),
    mint: webIdentityMint({ exchange: { roleArn: ROLE }, identity, sts, ...backoff }),
  }
}

/** Every kind of identity, each with its secrets in a file. */
function identityActs(http: HttpTransport, env: NodeJS.ProcessEnv): Record<string, () => Promise<unknown>> {
  const of = (file: string): Promise<GoogleIdentity> =>
    googleIdentity({ http, env: { ...env, GOOGLE_APPLICATION_CREDENTIALS: join(folder, file) }, ...backoff })
  const caller: GoogleIdentity = {
    kind: 'user',
    idToken: async () => ID_TOKEN,
    accessToken: async () => ACCESS_TOKEN,
    email: async () => 'a@p.iam.gserviceaccount.com',
    uniqueId: async () => '1',
  }
  const impersonated = actingAs(
    caller,
    { serviceAccount: 'b@p.iam.gserviceaccount.com' },
    { http, env, ...backoff },
  )
  return {
    'key file: ID token': async () => (await of('key.json')).idToken('aud'),
    'key file: access token': async () => (await of('key.json')).accessToken(),
    'login: access token': async () => (await of('login.json')).accessToken(),
    'login: ID token': async () => (await of('login.json')).idToken('aud'),
    'federated: access token': async () => (await of('federated.json')).accessToken(),
    'federated: ID token': async () => (await of('federated.json')).idToken('aud'),
    'impersonated: ID token': async () => (await impersonated).idToken('aud'),
    'impersonated: access token': async () => (await impersonated).accessToken(),
    'impersonated by a key file: ID token': async () => (await of('impersonated.json')).idToken('aud'),
    ...Object.fromEntries(
      ['key', 'login', 'federated'].map((kind) => [`broken ${kind}`, () => of(`broken-${kind}.json`)]),
    ),
  }
}

const KEY = {
  type: 'service_account',
  client_email: 'a@p.iam.gserviceaccount.com',
  private_key: PRIVATE_KEY,
}
const FILES: Readonly<Record<string, unknown>> = {
  'key.json': KEY,
  'login.json': {
    type: 'authorized_user',
    client_id: 'client',
    client_secret: CLIENT_SECRET,
    refresh_token: REFRESH_TOKEN,
  },
  'federated.json': {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    client_id: 'client',
    client_secret: CLIENT_SECRET,
    get credential_source() {
      return { file: join(folder, 'subject-token') }
    },
  },
  'impersonated.json': {
    type: 'impersonated_service_account',
    service_account_impersonation_url: '/serviceAccounts/b@p.iam.gserviceaccount.com:generateAccessToken',
    source_credentials: KEY,
  },
  'broken-key.json': { ...KEY, private_key: PRIVATE_KEY.slice(0, 900) },
  'broken-login.json': { type: ALL, refresh_token: REFRESH_TOKEN },
  'broken-federated.json': { type: 'external_account', audience: '/', token_url: ALL },
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyferry-planted-'))
  for (const [name, content] of Object.entries(FILES))
    writeFileSync(join(folder, name), JSON.stringify(content))
  writeFileSync(join(folder, 'subject-token'), SUBJECT_TOKEN)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const answering =
  (status: number, body: string): HttpTransport =>
  async () => ({
    status,
    headers: {
      'metadata-flavor': 'Google',
      'x-amzn-requestid': 'r',
      'x-planted': ALL,
      'www-authenticate': ALL,
    },
    body,
  })

const googleError = (status: string, code: number): string =>
  JSON.stringify({
    error: { code, status, message: `Bad: ${ALL}`, details: [{ reason: ALL, metadata: { ALL } }] },
  })
const stsError = (code: string): string =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>Value '${ALL_AT_AWS}'</Message></Error><RequestId>r</RequestId></ErrorResponse>`

const BODIES: Readonly<Record<string, string>> = {
  page: `<!doctype html>${ALL}`,
  text: ALL,
  'half a document': `{"access_token":"${ACCESS_TOKEN}","payload":{"data":"${PAYLOAD_BASE64}"`,
  'a payload without its checksum': JSON.stringify({
    name: 'projects/1/secrets/s/versions/1',
    payload: { data: PAYLOAD_BASE64, dataCrc32c: '1' },
  }),
  'a version that is none': JSON.stringify({
    name: ALL,
    payload: { data: PAYLOAD_BASE64 },
    versions: [{ name: ALL }],
  }),
  'half of credentials': `<AccessKeyId>${CREDENTIALS.accessKeyId}</AccessKeyId><SecretAccessKey>${CREDENTIALS.secretAccessKey}</SecretAccessKey>`,
  'credentials of another role': `<Arn>arn:aws:sts::210987654321:assumed-role/x/y</Arn><AccessKeyId>${CREDENTIALS.accessKeyId}</AccessKeyId><SecretAccessKey>${CREDENTIALS.secretAccessKey}</SecretAccessKey><SessionToken>${CREDENTIALS.sessionToken}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>`,
}

describe('over the lean transport', () => {
  it.each([200, 201, 301, 400, 401, 403, 404, 407, 429, 500, 503])(
    'no answer with status %i makes an error that shows a secret',
    async (status) => {
      const errors = [
        'NOT_FOUND',
        'PERMISSION_DENIED',
        'FAILED_PRECONDITION',
        'INVALID_ARGUMENT',
        'UNAVAILABLE',
      ]
      const bodies = [
        ...Object.values(BODIES),
        ...errors.map((name) => googleError(name, status)),
        ...['invalid_grant', 'invalid_target', 'invalid_client', 'server_error', ALL].map((error) =>
          JSON.stringify({
            error,
            error_description: `Bad: ${ALL_AT_TOKEN_ENDPOINTS}`,
            error_subtype: ALL_AT_TOKEN_ENDPOINTS,
          }),
        ),
        ...['AccessDenied', 'ValidationError', 'InvalidIdentityToken', 'Throttling', ALL_AT_AWS].map(
          stsError,
        ),
      ]
      for (const body of bodies) {
        const acts = leanActs(answering(status, body), {})
        // What another service's answer happens to satisfy is no failure.
        if (status === 200) for (const name of ['add', 'list']) delete acts[name]
        expect(await findings(acts)).toEqual([])
      }
    },
  )

  it('no broken connection does, whatever its error carries', async () => {
    const http = (request: HttpRequest): Promise<never> =>
      Promise.reject(
        Object.assign(new Error(`request failed with ${ALL_AT_AWS}`), {
          code: 'ECONNRESET',
          config: request,
          headers: { authorization: ALL },
          response: { body: ALL },
        }),
      )
    expect(await findings(leanActs(http, {}))).toEqual([])
  })
})

describe('over the wire', () => {
  let server: Server
  let behave: 'planted 200' | 'planted 500' | 'cut short' | 'hang'
  let env: Record<string, string>
  beforeAll(async () => {
    server = createServer((_, response) => {
      if (behave === 'hang') return
      const status = behave === 'planted 500' ? 500 : 200
      response.writeHead(status, {
        'metadata-flavor': 'Google',
        'x-planted': ALL,
        ...(behave === 'cut short' && { 'content-length': ALL.length + 9 }),
      })
      response.write(ALL)
      if (behave === 'cut short') response.socket?.end()
      else response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    env = {
      GCE_METADATA_HOST: host,
      SECRET_MANAGER_EMULATOR_HOST: host,
      KEYFERRY_GOOGLE_TOKEN_ENDPOINT: host,
      KEYFERRY_IAM_CREDENTIALS_ENDPOINT: host,
      AWS_ENDPOINT_URL: `http://${host}`,
      AWS_REGION: 'eu-central-1',
    }
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it.each(['planted 200', 'planted 500', 'cut short', 'hang'] as const)(
    'nothing does that a server sends: %s',
    async (how) => {
      behave = how
      const http = leanTransport({})
      const impatient: HttpTransport = (request) =>
        http({ ...request, timeoutMs: how === 'hang' ? 30 : 5_000 })
      const sts = await officialSts({ env, timeoutMs: how === 'hang' ? 60 : 5_000 })
      const request = { roleArn: ROLE, sessionName: 'planted', durationSeconds: 900 }
      expect(
        await findings({
          ...leanActs(impatient, env),
          'official web identity': () => sts.assumeRoleWithWebIdentity({ ...request, idToken: ID_TOKEN }),
          'official chain': () => sts.assumeRole(CREDENTIALS, request),
          'official check': () => sts.callerIdentity(CREDENTIALS),
        }),
      ).toEqual([])
    },
  )
})

describe('through the official clients', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.stop())
  afterEach(() => {
    emulator.secretManager.clearFaults()
    emulator.sts.clearFaults()
  })

  it.each([
    'UNAUTHENTICATED',
    'PERMISSION_DENIED',
    'NOT_FOUND',
    'FAILED_PRECONDITION',
    'INVALID_ARGUMENT',
    'UNAVAILABLE',
    'INTERNAL',
  ])('no %s of Secret Manager does', async (code) => {
    const tokens = { accessToken: async () => ACCESS_TOKEN }
    const manager = await officialSecretManager({ tokens, env: emulator.env, ...backoff })
    const store = manager.versionsOf(SECRET)
    const message = `${ALL} Secret Version is in DISABLED state. ${new TextDecoder().decode(PAYLOAD)}`
    emulator.secretManager.fault({ kind: 'status', code, message })
    expect(
      await findings({
        read: () => store.read(1),
        add: () => store.add(PAYLOAD),
        list: () => store.list(),
        destroy: () => store.destroy(1),
      }),
    ).toEqual([])
    await manager.close()
  })

  it.each([
    'AccessDenied',
    'ValidationError',
    'InvalidIdentityToken',
    'ExpiredTokenException',
    'Throttling',
    'ServiceUnavailable',
  ])('no %s of STS does', async (code) => {
    const sts = await officialSts({ env: emulator.env })
    emulator.sts.fault({ kind: 'status', code, message: `Value '${ALL_AT_AWS}'` })
    const request = { roleArn: ROLE, sessionName: 'planted', durationSeconds: 900 }
    expect(
      await findings({
        'web identity': () => sts.assumeRoleWithWebIdentity({ ...request, idToken: ID_TOKEN }),
        chain: () => sts.assumeRole(CREDENTIALS, request),
        check: () => sts.callerIdentity(CREDENTIALS),
      }),
    ).toEqual([])
  })
})
