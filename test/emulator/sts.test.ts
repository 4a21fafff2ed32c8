import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type Credentials,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BROKER, ROLE, startWorld, type World } from './world.ts'

const AUDIENCE = 'sts.amazonaws.com'
const CHAINED = 'arn:aws:iam::210987654321:role/teams/data/reader'
const SUB = '117530498172635541201'

let world: World
const clients: STSClient[] = []

beforeEach(async () => {
  world = await startWorld()
  // The SDK signs by the clock of this machine.
  world.clock.nowMs = Date.now()
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await world.emulator.stop()
})

function client(credentials?: Credentials, config: STSClientConfig = {}): STSClient {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {}
  const made = new STSClient({
    region: 'eu-central-1',
    endpoint: world.emulator.env['AWS_ENDPOINT_URL'] as string,
    maxAttempts: 1,
    ...(credentials && {
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    }),
    ...config,
  })
  clients.push(made)
  return made
}

async function mint(more: object = {}): Promise<Credentials> {
  const answer = await client().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE,
      RoleSessionName: 'session',
      WebIdentityToken: await world.idToken(),
      ...more,
    }),
  )
  return answer.Credentials as Credentials
}

/** One raw call with a good token; `parameters` replace what it would say, `undefined` leaves it out. */
async function raw(
  parameters: Record<string, string | undefined>,
  headers?: Record<string, string>,
): Promise<string[]> {
  const all = {
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: ROLE,
    RoleSessionName: 'session',
    WebIdentityToken: await world.idToken(),
    ...parameters,
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const { status, text } = await world.sts(Object.fromEntries(given), headers)
  const field = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1] ?? ''
  return [String(status), field('Code'), field('Message').replaceAll('&#39;', "'")]
}

describe('AssumeRoleWithWebIdentity', () => {
  it('gives AWS’s SDK credentials of the role for a Google ID token, unsigned', async () => {
    const { $metadata, ...answer } = await client().send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: ROLE,
        RoleSessionName: 'session',
        WebIdentityToken: await world.idToken(),
        DurationSeconds: 900,
      }),
    )
    expect($metadata.httpStatusCode).toBe(200)
    expect(answer).toEqual({
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) as string,
        SecretAccessKey: expect.stringMatching(/^.{40}$/) as string,
        SessionToken: expect.stringMatching(/^.{400,}$/) as string,
        Expiration: new Date(Math.floor(world.clock.nowMs / 1_000 + 900) * 1_000),
      },
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session$/) as string,
        Arn: 'arn:aws:sts::123456789012:assumed-role/keyferry-demo/session',
      },
      Provider: 'https://accounts.google.com',
      Audience: AUDIENCE,
      SubjectFromWebIdentityToken: SUB,
    })
  })

  it('writes Expiration in whole seconds, and its own time in every answer', async () => {
    world.clock.nowMs = Date.parse('2026-11-23T18:00:00.750Z')
    const token = await world.idToken()
    world.emulator.sts.clockSkewMs = 60_000
    const { text, headers } = await world.sts({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: ROLE,
      RoleSessionName: 'session',
      WebIdentityToken: token,
    })
    expect(text).toContain('<Expiration>2026-11-23T19:01:00Z</Expiration>')
    expect(headers.get('date')).toBe('Mon, 23 Nov 2026 18:01:00 GMT')
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('refuses the practitioner’s policy as AWS does, and takes sub with oaud', async () => {
    const condition = (claims: object): object => ({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: 'accounts.google.com' },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: claims },
        },
      ],
    })
    const { sts } = world.emulator
    sts.putRole({
      arn: 'arn:aws:iam::123456789012:role/practitioner',
      trustPolicy: condition({ 'accounts.google.com:aud': AUDIENCE }),
    })
    const RoleArn = 'arn:aws:iam::123456789012:role/practitioner'
    await expect(mint({ RoleArn })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      $metadata: { httpStatusCode: 403 },
    })
    sts.setTrustPolicy(
      RoleArn,
      condition({ 'accounts.google.com:sub': SUB, 'accounts.google.com:oaud': AUDIENCE }),
    )
    await expect(mint({ RoleArn })).resolves.toBeDefined()
    await expect(mint({ RoleArn: 'arn:aws:iam::123456789012:role/none' })).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it.each([
    [
      'a short duration',
      { DurationSeconds: '899' },
      'ValidationError',
      "at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    ['a long duration', { DurationSeconds: '43201' }, 'ValidationError', 'less than or equal to 43200'],
    [
      'more than the role allows',
      { DurationSeconds: '3601' },
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ],
    ['no session name', { RoleSessionName: undefined }, 'ValidationError', "Value null at 'roleSessionName'"],
    [
      'a session name with a space',
      { RoleSessionName: 'a b' },
      'ValidationError',
      'regular expression pattern: [\\w+=,.@-]*',
    ],
    ['what is no role', { RoleArn: 'arn:aws:s3:::bucket/and/more' }, 'ValidationError', 'is invalid'],
    ['a provider id', { ProviderId: 'www.amazon.com' }, 'ValidationError', 'ProviderId'],
    ['a policy that is no JSON', { Policy: '{' }, 'MalformedPolicyDocument', 'invalid Json'],
    [
      'a policy without a statement',
      { Policy: '{"Version":"2012-10-17"}' },
      'MalformedPolicyDocument',
      'Syntax errors in policy.',
    ],
    ['a policy that is too long', { Policy: ' '.repeat(2_049) }, 'ValidationError', "at 'policy'"],
    [
      'what is no ARN of a policy',
      { 'PolicyArns.member.1.arn': 'arn:aws:iam::1:role/x' },
      'ValidationError',
      'managed policy',
    ],
    [
      'what is no token',
      { WebIdentityToken: 'ya29.access-token' },
      'InvalidIdentityToken',
      'is not a valid JWT',
    ],
    [
      'an unknown action',
      { Action: 'GetSessionToken' },
      'InvalidAction',
      'Could not find operation GetSessionToken',
    ],
  ])('refuses %s', async (_name, parameters: Record<string, string | undefined>, code, message) => {
    const [status, given, text] = await raw(parameters)
    expect([status, given]).toEqual(['400', code])
    expect(text).toContain(message)
  })

  it('refuses a policy that does not fit with its managed ones, and says how full it is', async () => {
    const statement = { Effect: 'Allow', Action: '*', Resource: `arn:aws:s3:::${'b'.repeat(1_900)}` }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    const arn = `arn:aws:iam::aws:policy/${'p'.repeat(100)}`
    const [status, code, message] = await raw({ Policy, 'PolicyArns.member.1.arn': arn })
    expect([status, code]).toEqual(['400', 'PackedPolicyTooLarge'])
    expect(message).toMatch(/^Packed policy consumes 10\d% of allotted space/)
    const small = await world.sts({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: ROLE,
      RoleSessionName: 'session',
      WebIdentityToken: await world.idToken(),
      Policy,
    })
    expect(small.text).toMatch(/<PackedPolicySize>\d+<\/PackedPolicySize>/)
  })

  it('lets a duration be as long as the role allows', async () => {
    const RoleArn = 'arn:aws:iam::123456789012:role/long'
    const trustPolicy = {
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: 'accounts.google.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
      },
    }
    world.emulator.sts.putRole({ arn: RoleArn, trustPolicy, maxSessionDuration: 43_200 })
    const { Expiration } = await mint({ RoleArn, DurationSeconds: 43_200 })
    expect(Expiration?.getTime()).toBe(Math.floor(world.clock.nowMs / 1_000 + 43_200) * 1_000)
  })

  it('breaks over a stray X-Amz-Security-Token', async () => {
    expect(await raw({}, { 'x-amz-security-token': 'stray' })).toEqual([
      '403',
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
    ])
  })
})

describe('the ID token', () => {
  const claims = { azp: SUB, iss: 'https://accounts.google.com', aud: AUDIENCE, sub: SUB }
  const now = (): number => Math.floor(world.clock.nowMs / 1_000)
  const signed = async (more: Record<string, unknown>): Promise<string> => {
    const { privateKey } = await generateKeyPair('RS256')
    const payload = { ...claims, iat: now(), exp: now() + 3_600, ...more }
    return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'ours' }).sign(privateKey)
  }
  const tried = async (token: string): Promise<string[]> => raw({ WebIdentityToken: token })

  it('signed by anybody but Google is refused', async () => {
    const [, code, message] = await tried(await signed({}))
    expect([code, message]).toEqual(['InvalidIdentityToken', expect.stringContaining('verification key')])
  })

  it('not signed at all is refused', async () => {
    const token = new UnsecuredJWT({ ...claims, iat: now(), exp: now() + 3_600 }).encode()
    expect((await tried(token))[1]).toBe('InvalidIdentityToken')
  })

  it('changed on its way is refused', async () => {
    const [header, , signature] = (await world.idToken()).split('.')
    const other = Buffer.from(
      JSON.stringify({ ...claims, sub: '1', iat: now(), exp: now() + 3_600 }),
    ).toString('base64url')
    expect((await tried(`${header}.${other}.${signature}`))[1]).toBe('InvalidIdentityToken')
  })

  it('of another issuer is refused', async () => {
    expect((await tried(await signed({ iss: 'https://example.com' }))).slice(1)).toEqual([
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://example.com',
    ])
  })

  it.each(['iss', 'sub', 'aud', 'iat', 'exp'])('without %s is refused', async (claim) => {
    expect((await tried(await signed({ [claim]: undefined })))[2]).toBe(`Missing a required claim: ${claim}`)
  })

  it('for several audiences without azp is refused', async () => {
    expect((await tried(await signed({ aud: ['a', 'b'], azp: undefined })))[2]).toContain(
      'more than one audience',
    )
  })

  it('that has expired is refused, in the words of AWS', async () => {
    const token = await world.idToken('expiring')
    world.clock.nowMs += 3_600_000
    const [status, code, message] = await tried(token)
    expect([status, code]).toEqual(['400', 'ExpiredTokenException'])
    expect(message).toMatch(
      /^Token expired: current date\/time \d+ must be before the expiration date\/time\d+$/,
    )
  })

  it('from the future is refused, beyond a tolerance', async () => {
    const { sts } = world.emulator
    const token = await world.idToken('future')
    sts.clockSkewMs = -299_000
    expect((await tried(token))[1]).toBe('AccessDenied')
    sts.clockSkewMs = -302_000
    expect((await tried(token)).slice(1)).toEqual(['InvalidIdentityToken', 'Token issued in the future.'])
  })
})

describe('GetCallerIdentity', () => {
  it('says whose credentials they are, and verifies the signature', async () => {
    const { $metadata: _, ...identity } = await client(await mint()).send(new GetCallerIdentityCommand({}))
    expect(identity).toEqual({
      Account: '123456789012',
      Arn: 'arn:aws:sts::123456789012:assumed-role/keyferry-demo/session',
      UserId: expect.stringMatching(/^AROA.*:session$/) as string,
    })
  })

  const refused = async (change: (credentials: Credentials) => Partial<Credentials>): Promise<object> => {
    const credentials = await mint()
    const sent = client({ ...credentials, ...change(credentials) }).send(new GetCallerIdentityCommand({}))
    const { name, $metadata } = (await sent.catch((error: unknown) => error)) as {
      name: string
      $metadata: { httpStatusCode: number }
    }
    return [name, $metadata.httpStatusCode]
  }

  it.each([
    ['a key that nobody issued', () => ({ AccessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }), 'InvalidClientTokenId'],
    ['another secret key', () => ({ SecretAccessKey: 'wrong' }), 'SignatureDoesNotMatch'],
    ['another session token', () => ({ SessionToken: 'wrong' }), 'InvalidClientTokenId'],
    ['no session token', () => ({ SessionToken: undefined as unknown as string }), 'InvalidClientTokenId'],
  ])('refuses %s', async (_name, change, code) => {
    expect(await refused(change)).toEqual([code, 403])
  })

  it('refuses credentials that have expired, by the clock of AWS', async () => {
    const expired = (): Promise<object> =>
      refused(({ Expiration }) => {
        world.clock.nowMs = Expiration?.getTime() as number
        return {}
      })
    expect(await expired()).toEqual(['ExpiredToken', 403])
    world.clock.nowMs = Date.now()
    const credentials = await mint()
    world.emulator.sts.clockSkewMs = 3_601_000
    await expect(client(credentials).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'ExpiredToken',
    })
  })

  it('refuses a session that was revoked, but not one that a policy denies', async () => {
    const credentials = await mint()
    world.emulator.sts.denySessions(ROLE, new Date(world.clock.nowMs + 1))
    await expect(client(credentials).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined()
    world.emulator.sts.revokeSession(credentials.AccessKeyId as string)
    await expect(client(credentials).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
  })

  it('refuses a request that is not signed, or signed long ago', async () => {
    const [status, code] = await raw({ Action: 'GetCallerIdentity' })
    expect([status, code]).toEqual(['403', 'MissingAuthenticationToken'])
    const late = client(await mint(), { systemClockOffset: -3_600_000 })
    await expect(late.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })
})

describe('AssumeRole', () => {
  beforeEach(() => {
    world.emulator.sts.putRole({
      arn: CHAINED,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: ROLE },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'ours' } },
        },
      },
      maxSessionDuration: 43_200,
    })
  })

  const assume = async (more: object = {}): Promise<Credentials> => {
    const command = new AssumeRoleCommand({
      RoleArn: CHAINED,
      RoleSessionName: 'next',
      ExternalId: 'ours',
      ...more,
    })
    return (await client(await mint()).send(command)).Credentials as Credentials
  }

  it('goes on to a role that trusts the first one, with its external id', async () => {
    const { Arn } = await client(await assume()).send(new GetCallerIdentityCommand({}))
    // The ARN of a session drops the role's path.
    expect(Arn).toBe('arn:aws:sts::210987654321:assumed-role/reader/next')
  })

  it.each([
    ['with another external id', { ExternalId: 'theirs' }],
    ['without the external id', { ExternalId: undefined }],
    ['for a role that does not trust the first', { RoleArn: ROLE }],
    ['for a role that does not exist', { RoleArn: 'arn:aws:iam::210987654321:role/none' }],
  ])('is denied %s', async (_name, more) => {
    await expect(assume(more)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(
        /^User: arn:aws:sts::123456789012:assumed-role\/keyferry-demo\/session is not authorized to perform: sts:AssumeRole on resource: /,
      ) as string,
    })
  })

  it('lasts an hour at most, whatever the role allows', async () => {
    await expect(assume({ DurationSeconds: 3_601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('role chaining') as string,
    })
    const { Expiration } = await assume({ DurationSeconds: 3_600 })
    expect(Expiration?.getTime()).toBeLessThanOrEqual(world.clock.nowMs + 3_600_000)
  })

  it('is denied to a session that a policy denies everything', async () => {
    const credentials = await mint()
    world.emulator.sts.denySessions(ROLE, new Date(world.clock.nowMs + 1))
    const command = new AssumeRoleCommand({ RoleArn: CHAINED, RoleSessionName: 'next', ExternalId: 'ours' })
    await expect(client(credentials).send(command)).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

it('records who asked for what, and never a token', async () => {
  const { calls } = world.emulator.sts
  calls.clear()
  const { AccessKeyId, SecretAccessKey, SessionToken } = await mint()
  await client({ AccessKeyId, SecretAccessKey, SessionToken, Expiration: undefined }).send(
    new GetCallerIdentityCommand({}),
  )
  const arn = 'arn:aws:sts::123456789012:assumed-role/keyferry-demo/session'
  expect([...calls]).toMatchObject([
    { operation: 'AssumeRoleWithWebIdentity', resource: ROLE, caller: SUB, status: 'OK' },
    { operation: 'GetCallerIdentity', caller: arn, status: 'OK' },
  ])
  const logged = JSON.stringify([...calls, ...world.emulator.metadata.calls])
  for (const secret of [AccessKeyId, SecretAccessKey, SessionToken, await world.idToken()])
    expect(logged).not.toContain(secret)
  expect(calls.count('AssumeRoleWithWebIdentity')).toBe(1)
  expect(logged).toContain(BROKER)
})
