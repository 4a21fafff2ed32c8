import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from '@smithy/core'
import type { AwsCredentialIdentity } from '@smithy/types'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refreshOnExpiredToken } from '../../shared/aws/refresh-on-expired-token.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { refreshAhead } from '../../shared/refresh-ahead.ts'
import { clientBed, type ClientBed } from '../bed/client-bed.ts'
import { credentialsOf, keyOf } from '../bed/credentials.ts'
import { HOUR, SECOND, virtualClock } from '../bed/virtual-clock.ts'

let server: Server
let endpoint: string
/** Keys that signed, in order. */
let signed: string[]
/** What AWS says to a key; absent where it answers well. */
let refusals: Map<string, { status: number; code: string }>
let onRequest: ((key: string) => Promise<void>) | undefined

beforeEach(async () => {
  signed = []
  refusals = new Map()
  onRequest = undefined
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'unsigned'
  signed.push(key)
  await onRequest?.(key)
  const refusal = refusals.get(key)
  response.setHeader('content-type', 'application/xml')
  if (!refusal) {
    if (request.headers['x-amz-target'] || request.method === 'POST')
      return void response.end(
        '<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>',
      )
    return void response.end('<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>')
  }
  response.statusCode = refusal.status
  const error = `<Code>${refusal.code}</Code><Message>no</Message>`
  response.end(
    request.method === 'POST'
      ? `<ErrorResponse><Error>${error}</Error></ErrorResponse>`
      : `<Error>${error}</Error>`,
  )
}

function s3With(
  credentials: S3Client['config']['credentials'] | KeyferryProvider<AwsCredentialIdentity>,
): S3Client {
  return new S3Client({ region: 'eu-central-1', endpoint, forcePathStyle: true, credentials, maxAttempts: 1 })
}

/** A bare provider whose keys are numbered, as the SDK's own clients see it. */
function numbered(): KeyferryProvider<AwsCredentialIdentity> & { loads(): number } {
  let loads = 0
  const provider = refreshAhead(async () => credentialsOf(++loads, Date.now() + HOUR))
  return Object.assign(provider, { loads: () => loads })
}

const list = (s3: S3Client): Promise<unknown> => s3.send(new ListBucketsCommand())
const expiredToken = { status: 400, code: 'ExpiredToken' }
const accessDenied = { status: 403, code: 'AccessDenied' }

describe("the AWS SDK's mark for a provider that holds its own credentials", () => {
  it('has the real S3 client ask at every signature: if this fails, the SDK keeps a copy until 5 minutes before the end', async () => {
    let calls = 0
    const counted = numbered()
    const provider = Object.assign(
      (properties?: Record<string, unknown>) => {
        calls++
        return counted(properties)
      },
      { memoized: true as const },
    )
    const s3 = s3With(provider as never)
    await list(s3)
    const afterOne = calls
    await list(s3)
    expect(afterOne).toBeGreaterThan(0)
    expect(calls).toBe(2 * afterOne)
  })

  it('is what fromSecretManager and refreshAhead carry, so that a replaced key signs the next request', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    await list(s3)
    provider.invalidate(keyOf(1))
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(2)])
  })

  it('withheld, has the SDK sign with its copy of what was replaced', async () => {
    const provider = numbered()
    const s3 = s3With(((properties?: Record<string, unknown>) => provider(properties)) as never)
    await list(s3)
    provider.invalidate(keyOf(1))
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1)])
  })

  it('does not keep the SDK from writing to it', () => {
    expect(() => {
      numbered().memoized = true
    }).not.toThrow()
  })
})

describe('a credential that AWS refuses before its time', () => {
  it.each([
    ['ExpiredToken', 400],
    ['ExpiredTokenException', 403],
    ['InvalidClientTokenId', 403],
    ['UnrecognizedClientException', 400],
    ['InvalidAccessKeyId', 403],
  ])('costs one retry with another key: %s', async (code, status) => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refusals.set(keyOf(1), { status, code })
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(2)])
  })

  it('is replaced in any client of the SDK', async () => {
    const provider = numbered()
    const sts = new STSClient({ region: 'eu-central-1', endpoint, credentials: provider, maxAttempts: 1 })
    refreshOnExpiredToken(sts, provider)
    refusals.set(keyOf(1), expiredToken)
    await sts.send(new GetCallerIdentityCommand())
    expect(signed).toEqual([keyOf(1), keyOf(2)])
  })

  it('is repeated once, not for ever', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    for (const serial of [1, 2, 3]) refusals.set(keyOf(serial), expiredToken)
    await expect(list(s3)).rejects.toMatchObject({ name: 'ExpiredToken' })
    expect(signed).toEqual([keyOf(1), keyOf(2)])
  })

  it('is replaced although the SDK keeps a copy in front', async () => {
    const provider = numbered()
    const inFront = memoizeIdentityProvider(
      (properties?: Record<string, unknown>) => provider(properties),
      isIdentityExpired,
      doesIdentityRequireRefresh,
    )
    const s3 = s3With(inFront as never)
    refreshOnExpiredToken(s3, provider)
    await list(s3)
    refusals.set(keyOf(1), expiredToken)
    await list(s3)
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1), keyOf(2), keyOf(2)])
  })

  it('is not blamed on the key that is held by the time of the answer', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    await list(s3)
    refusals.set(keyOf(1), expiredToken)
    // Twenty requests are under way when the first answer comes.
    await Promise.all(Array.from({ length: 20 }, () => list(s3)))
    expect(provider.state.suspect).toBe(false)
    expect(provider.loads()).toBe(2)
    expect(signed.filter((key) => key === keyOf(2)).length).toBe(20)
  })

  it('is replaced for the next request, but a body that cannot be sent again is not repeated', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refusals.set(keyOf(1), expiredToken)
    const put = (Body: NonNullable<PutObjectCommandInput['Body']>): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body, ContentLength: 5 }))
    await expect(put(Readable.from(['hello']))).rejects.toMatchObject({ name: 'ExpiredToken' })
    expect(signed).toEqual([keyOf(1)])
    await put('hello')
    await put(new TextEncoder().encode('hello'))
    expect(signed).toEqual([keyOf(1), keyOf(2), keyOf(2)])
  })

  it.each([
    ['a string', 'hello'],
    ['bytes', new TextEncoder().encode('hello')],
  ])('is repeated with a body that is %s', async (_, Body) => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refusals.set(keyOf(1), expiredToken)
    await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body, ContentLength: 5 }))
    expect(signed).toEqual([keyOf(1), keyOf(2)])
  })

  it('means nothing where other things are wrong', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refusals.set(keyOf(1), { status: 404, code: 'NoSuchKey' })
    await expect(s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    })
    expect(provider.state.suspect).toBe(false)
    expect(signed).toEqual([keyOf(1)])
  })

  it('means nothing where no credentials could be had in the first place', async () => {
    const provider = refreshAhead(() =>
      Promise.reject(Object.assign(new Error('no'), { name: 'ExpiredToken' })),
    )
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    await expect(list(s3)).rejects.toThrow('no')
    expect(signed).toEqual([])
  })

  it('is replaced once, however often the middleware is installed', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refreshOnExpiredToken(s3, provider)
    for (const serial of [1, 2, 3]) refusals.set(keyOf(serial), expiredToken)
    await expect(list(s3)).rejects.toMatchObject({ name: 'ExpiredToken' })
    expect(signed.length).toBe(2)
  })
})

describe('with the secret', () => {
  function bedWith(options: Parameters<typeof clientBed>[0] = {}): { bed: ClientBed; s3: S3Client } {
    // The SDK signs by its own clock, and credentials that expire by it are none.
    const bed = clientBed({ clock: virtualClock(Date.now()), ...options })
    const s3 = s3With(bed.provider)
    refreshOnExpiredToken(s3, bed.provider, { clock: bed.clock })
    return { bed, s3 }
  }

  it('a refused key that the secret still holds is replaced by an exchange, in one request', async () => {
    const { bed, s3 } = bedWith()
    refusals.set(keyOf(1), expiredToken)
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1_001)])
    expect(bed.sts.mints).toBe(1)
  })

  it('a refused key gives way to what the secret has, without an exchange', async () => {
    const { bed, s3 } = bedWith()
    await list(s3)
    bed.clock.advance(SECOND)
    bed.secret.refresh()
    refusals.set(keyOf(1), expiredToken)
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1), keyOf(2)])
    expect(bed.sts.mints).toBe(0)
  })

  it('denied access never invalidates: one look at the secret, and one retry if there is a newer key', async () => {
    const { bed, s3 } = bedWith()
    await list(s3)
    bed.clock.advance(SECOND)
    bed.secret.refresh()
    refusals.set(keyOf(1), accessDenied)
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1), keyOf(2)])
    expect(bed.events.map(({ type }) => type)).not.toContain('suspect')
  })

  it('denied access costs one look a minute, and the error where nothing is newer', async () => {
    const { bed, s3 } = bedWith()
    await list(s3)
    refusals.set(keyOf(1), accessDenied)
    const reads = (): number => bed.secret.reads.filter((version) => version === 2).length
    for (let second = 0; second < 3 * 60; second += 5) {
      await expect(list(s3)).rejects.toMatchObject({ name: 'AccessDenied' })
      bed.clock.advance(5 * SECOND)
    }
    expect(reads()).toBe(3)
    expect(bed.sts.mints).toBe(0)
    expect(signed.length).toBe(1 + 36)
  })

  it('all requests that are denied together profit from the one look', async () => {
    const { bed, s3 } = bedWith()
    await list(s3)
    bed.clock.advance(SECOND)
    bed.secret.refresh()
    refusals.set(keyOf(1), accessDenied)
    await Promise.all(Array.from({ length: 10 }, () => list(s3)))
    expect(bed.secret.reads.filter((version) => version === 2).length).toBe(1)
  })
})

describe('a refusal without a code, as for a HEAD of S3', () => {
  it('is taken for denied access: it may mean that as well', async () => {
    const bed = clientBed({ clock: virtualClock(Date.now()) })
    const s3 = s3With(bed.provider)
    refreshOnExpiredToken(s3, bed.provider, { clock: bed.clock })
    const head = (): Promise<unknown> => s3.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }))
    await head()
    refusals.set(keyOf(1), expiredToken)
    await expect(head()).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
    expect(bed.provider.state.suspect).toBe(false)
    bed.clock.advance(61 * SECOND)
    bed.secret.refresh()
    await head()
    expect(signed).toEqual([keyOf(1), keyOf(1), keyOf(1), keyOf(2)])
  })
})

describe('denied access to a bare provider', () => {
  it('makes no new credentials: they would be allowed no more', async () => {
    const provider = numbered()
    const s3 = s3With(provider)
    refreshOnExpiredToken(s3, provider)
    refusals.set(keyOf(1), accessDenied)
    await expect(list(s3)).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(provider.loads()).toBe(1)
  })

  it('is repeated with what is held meanwhile, where the SDK has an older copy in front', async () => {
    const provider = numbered()
    const s3 = s3With(
      memoizeIdentityProvider(
        (properties?: Record<string, unknown>) => provider(properties),
        isIdentityExpired,
        doesIdentityRequireRefresh,
      ) as never,
    )
    refreshOnExpiredToken(s3, provider)
    await list(s3)
    provider.invalidate(keyOf(1))
    await provider()
    refusals.set(keyOf(1), accessDenied)
    await list(s3)
    expect(signed).toEqual([keyOf(1), keyOf(1), keyOf(2)])
  })
})
