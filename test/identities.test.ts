/** Every client and the writer with every Google identity, on the emulator: who asks whom for what. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defaultSeed, startEmulator, type Emulator } from '../emulator/index.ts'
import { officialSts } from '../shared/aws/sts-official.ts'
import { createBroker } from '../shared/broker.ts'
import { parseConfig } from '../shared/config.ts'
import type { SessionCredentials } from '../shared/core/ports.ts'
import { fromDirectoryCache, fromGoogleIdentity, fromSecretManager } from '../shared/index.ts'
import { APP, BROKER, ROLE, SECRET } from './emulator/world.ts'
import { temporaryDirectory } from './local/temporary-directory.ts'

const NEXT = 'arn:aws:iam::123456789012:role/next'
const REGION = 'eu-central-1'
const PERSON = 'ada@example.com'
const POOL = '//iam.googleapis.com/projects/402718365519/locations/global/workloadIdentityPools/elsewhere'
const PROVIDER = `${POOL}/providers/ci`
const PRINCIPAL = `principal:${POOL}/subject/job`

let emulator: Emulator
beforeAll(async () => {
  const seed = defaultSeed()
  const members = [`user:${PERSON}`, PRINCIPAL]
  emulator = await startEmulator({
    seed: {
      ...seed,
      // Whom the login and the federated identity may act as.
      serviceAccounts: (seed.serviceAccounts ?? []).map((account) =>
        account.email === APP
          ? { ...account, tokenCreators: [...(account.tokenCreators ?? []), ...members] }
          : account,
      ),
      users: [{ email: PERSON, refreshToken: LOGIN.refresh_token }],
      federated: [{ audience: PROVIDER, subjectToken: 'from-elsewhere', principal: PRINCIPAL }],
    },
  })
  // The tests are quicker than any schedule.
  emulator.secretManager.quotas.addPerSecretPerSecond = Infinity
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
  })
})
afterAll(() => emulator.stop())
beforeEach(() => {
  for (const service of [emulator.google, emulator.metadata, emulator.secretManager, emulator.sts])
    service.calls.clear()
})

function named(content: object): Record<string, string> {
  const path = join(temporaryDirectory(), 'credentials.json')
  writeFileSync(path, JSON.stringify(content))
  return { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: path }
}

const keyOf = async (email: string): Promise<Record<string, string>> =>
  named(await emulator.keyFileFor(email))

const impersonating = async (email: string, by: string): Promise<Record<string, string>> =>
  named({
    type: 'impersonated_service_account',
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    source_credentials: await emulator.keyFileFor(by),
  })

const LOGIN = {
  type: 'authorized_user',
  client_id: 'client',
  client_secret: 'secret',
  refresh_token: 'refresh',
}

describe('who has no ID token of use', () => {
  const exchange = { roleArn: ROLE, region: REGION }
  const federated = (fields: object = {}): Record<string, string> => {
    const file = join(temporaryDirectory(), 'token')
    writeFileSync(file, 'from-elsewhere')
    return named({
      type: 'external_account',
      audience: PROVIDER,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: { file },
      ...fields,
    })
  }
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${APP}:generateAccessToken`

  it.each<[string, () => Record<string, string>, object, string]>([
    ['a person’s login', () => named(LOGIN), { serviceAccount: APP }, `user:${PERSON}`],
    ['a federated identity', federated, { serviceAccount: APP }, PRINCIPAL],
    [
      'a federated identity whose file says so',
      () => federated({ service_account_impersonation_url: url }),
      {},
      PRINCIPAL,
    ],
  ])('gets AWS credentials by acting as a service account: %s', async (_, env, as, caller) => {
    const credentials = await fromGoogleIdentity({ ...exchange, ...as, env: env() })()
    expect(credentials.accountId).toBe('123456789012')
    expect([...emulator.google.calls].map((call) => [call.operation, call.caller, call.status])).toEqual([
      [caller === PRINCIPAL ? 'exchange' : 'token', caller, 'OK'],
      ['generateIdToken', caller, 'OK'],
    ])
  })

  it.each<[string, () => Record<string, string>, string]>([
    ['a person’s login', () => named(LOGIN), '--impersonate-service-account=EMAIL'],
    ['a federated identity', federated, '--service-account=EMAIL'],
  ])('is told what to do instead, before Google is asked: %s', async (_, env, fix) => {
    await expect(fromGoogleIdentity({ ...exchange, env: env() })()).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      message: expect.stringContaining(fix) as string,
    })
    expect(emulator.google.calls.count()).toBe(0)
  })

  it('may read the secret as itself all the same', async () => {
    emulator.secretManager.grant(SECRET, 'roles/secretmanager.secretAccessor', `user:${PERSON}`)
    const target = { name: 'app', secret: SECRET, ...exchange }
    const broker = createBroker(parseConfig({ targets: [target] }), { env: emulator.env })
    await broker.refresh({ force: true })
    await broker.close()
    expect((await fromSecretManager({ secret: SECRET, env: named(LOGIN) })()).accountId).toBe('123456789012')
    expect(
      emulator.secretManager.calls.count({ operation: 'AccessSecretVersion', caller: `user:${PERSON}` }),
    ).toBe(1)
  })
})

describe('a chain of roles', () => {
  const exchange = { roleArn: ROLE, region: REGION, chain: [{ roleArn: NEXT, externalId: 'ferry-1' }] }

  it('begins with a key file, and ends in the last role', async () => {
    const env = await keyOf(APP)
    const credentials = await fromGoogleIdentity({ ...exchange, env })()
    const sts = await officialSts({ env })
    expect((await sts.callerIdentity(credentials as SessionCredentials)).arn).toMatch(
      /^arn:aws:sts::123456789012:assumed-role\/next\//,
    )
    expect(emulator.google.calls.count({ operation: 'token', caller: APP, status: 'OK' })).toBe(1)
    expect(emulator.metadata.calls.count()).toBe(0)
  })

  it('is told of its one-hour cap before anything is asked, on the client and on the writer', () => {
    const long = { ...exchange, durationSeconds: 7_200 }
    const cap = /durationSeconds must be at most 3600 with a chain: AWS caps chained sessions at one hour/
    expect(() => fromGoogleIdentity(long)).toThrow(cap)
    expect(() => fromSecretManager({ secret: SECRET, exchange: long })).toThrow(cap)
    expect(() => parseConfig({ targets: [{ name: 'app', secret: SECRET, ...long }] })).toThrow(cap)
  })
})

describe('the writer', () => {
  it.each<[string, () => Promise<Record<string, string>>, object, string]>([
    ['a key file', () => keyOf(BROKER), {}, BROKER],
    ['a key file, and another account for AWS', () => keyOf(BROKER), { serviceAccount: APP }, BROKER],
  ])('keeps the secret as the account of %s', async (_, env, exchange, keeper) => {
    const target = { name: 'app', secret: SECRET, roleArn: ROLE, region: REGION, ...exchange }
    const broker = createBroker(parseConfig({ targets: [target] }), { env: await env() })
    expect(await broker.refresh({ force: true })).toMatchObject([{ outcome: 'refreshed' }])
    await broker.close()
    expect(emulator.secretManager.calls.count({ operation: 'AddSecretVersion', caller: keeper })).toBe(1)
    expect(emulator.metadata.calls.count()).toBe(0)
  })

  it('fails for a credential file that is not there, target by target, and says which', async () => {
    const env = { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/key.json' }
    const target = { name: 'app', secret: SECRET, roleArn: ROLE, region: REGION }
    const broker = createBroker(parseConfig({ targets: [target] }), { env })
    expect(await broker.refresh()).toMatchObject([
      {
        outcome: 'failed',
        error: {
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('/nonexistent/key.json') as string,
        },
      },
    ])
    await broker.close()
  })
})

describe('a reader', () => {
  const exchange = { roleArn: ROLE, region: REGION }
  const empty = (): void => {
    emulator.secretManager.deleteSecret(SECRET)
    for (const secret of defaultSeed().secrets ?? []) emulator.secretManager.createSecret(secret)
  }
  // With nothing in the secret it mints after a moment of chance.
  const random = (): number => 0

  it('reads as the account of its key file', async () => {
    const broker = createBroker(parseConfig({ targets: [{ name: 'app', secret: SECRET, ...exchange }] }), {
      env: emulator.env,
    })
    await broker.refresh({ force: true })
    await broker.close()
    emulator.secretManager.calls.clear()
    const credentials = await fromSecretManager({ secret: SECRET, env: await keyOf(APP) })()
    expect(credentials.accountId).toBe('123456789012')
    expect([...emulator.secretManager.calls].every(({ caller }) => caller === APP)).toBe(true)
  })

  it('finds a credential file that was not there when it started', async () => {
    const clock = { nowMs: Date.now(), now: () => clock.nowMs }
    const env = { ...emulator.env, GOOGLE_APPLICATION_CREDENTIALS: join(temporaryDirectory(), 'key.json') }
    const provider = fromSecretManager({ secret: SECRET, exchange, env, clock })
    await expect(provider()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringContaining('was tried first') as string,
    })
    writeFileSync(env.GOOGLE_APPLICATION_CREDENTIALS, JSON.stringify(await emulator.keyFileFor(APP)))
    clock.nowMs += 10_000
    expect((await provider()).accountId).toBe('123456789012')
  })

  it('reads as itself, and falls back as the account that the exchange acts as', async () => {
    empty()
    const env = await keyOf(BROKER)
    await fromSecretManager({ secret: SECRET, exchange: { ...exchange, serviceAccount: APP }, env, random })()
    expect(new Set([...emulator.secretManager.calls].map(({ caller }) => caller))).toEqual(new Set([BROKER]))
    expect(emulator.google.calls.count({ operation: 'generateIdToken', resource: APP, caller: BROKER })).toBe(
      1,
    )
  })

  it('is the account of an impersonated credential file throughout', async () => {
    empty()
    const env = await impersonating(APP, BROKER)
    await fromSecretManager({ secret: SECRET, exchange, env, random })()
    expect(new Set([...emulator.secretManager.calls].map(({ caller }) => caller))).toEqual(new Set([APP]))
    expect(emulator.google.calls.count({ operation: 'generateIdToken', resource: APP, caller: BROKER })).toBe(
      1,
    )
  })
})

describe('the directory cache', () => {
  const exchange = { roleArn: ROLE, region: REGION }

  it('has a file for each account, however it is come by', async () => {
    const directory = join(temporaryDirectory(), 'cache')
    const keys: string[] = []
    for (const env of [await keyOf(APP), await impersonating(APP, BROKER), await keyOf(BROKER), emulator.env])
      keys.push((await fromDirectoryCache({ exchange, directory, env })()).accessKeyId)
    // The broker is the metadata server's account, too.
    expect([keys[0] === keys[1], keys[2] === keys[3], keys[0] === keys[2]]).toEqual([true, true, false])
    expect(readdirSync(directory).filter((name) => name.endsWith('.json'))).toHaveLength(2)
    expect(emulator.sts.calls.count('AssumeRoleWithWebIdentity')).toBe(2)
  })

  it('has none for a person, who is told what to do', async () => {
    const directory = join(temporaryDirectory(), 'cache')
    await expect(fromDirectoryCache({ exchange, directory, env: named(LOGIN) })()).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_FAILED',
      message: expect.stringContaining('--impersonate-service-account=EMAIL') as string,
    })
    expect(emulator.google.calls.count()).toBe(0)
  })
})
