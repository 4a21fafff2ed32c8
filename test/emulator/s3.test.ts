import { createHash, createHmac } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { AssumeRoleWithWebIdentityCommand, STSClient, type Credentials } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, BUCKET, ROLE, startWorld, type Answer, type World } from './world.ts'

let world: World
let s3: S3Client
let credentials: Credentials
let endpoint: string

beforeEach(async () => {
  world = await startWorld()
  // The SDK signs by the clock of this machine.
  world.clock.nowMs = Date.now()
  endpoint = world.emulator.env['AWS_ENDPOINT_URL'] as string
  const sts = new STSClient({ region: 'eu-central-1', endpoint })
  const answer = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE,
      RoleSessionName: 'session',
      WebIdentityToken: await world.idToken(),
    }),
  )
  sts.destroy()
  credentials = answer.Credentials as Credentials
  s3 = client(credentials)
})

afterEach(async () => {
  s3.destroy()
  await world.emulator.stop()
})

function client(
  { AccessKeyId = '', SecretAccessKey = '', SessionToken }: Partial<Credentials>,
  config: S3ClientConfig = {},
): S3Client {
  return new S3Client({
    region: 'eu-central-1',
    endpoint,
    maxAttempts: 1,
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(SessionToken !== undefined && { sessionToken: SessionToken }),
    },
    ...config,
  })
}

describe('S3, as AWS’s SDK uses it', () => {
  it('lists buckets, and finds one', async () => {
    const { Buckets } = await s3.send(new ListBucketsCommand({}))
    expect(Buckets?.map(({ Name }) => Name)).toEqual([BUCKET])
    expect(await s3.send(new HeadBucketCommand({ Bucket: BUCKET }))).toMatchObject({
      BucketRegion: 'eu-central-1',
    })
    expect(await s3.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).toMatchObject({
      LocationConstraint: 'eu-central-1',
    })
  })

  it('lists objects in both versions, by prefix, delimiter and page', async () => {
    const list = async (more: object): Promise<unknown[]> => {
      const { Contents = [], CommonPrefixes = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: BUCKET, ...more }),
      )
      return [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]
    }
    const all = ['hello.txt', 'reports/2026-10.csv', 'reports/2026-11.csv']
    expect(await list({})).toEqual(all)
    expect(await list({ Prefix: 'reports/' })).toEqual(all.slice(1))
    expect(await list({ Delimiter: '/' })).toEqual(['hello.txt', 'reports/'])
    expect(await list({ StartAfter: 'reports/2026-10.csv' })).toEqual(all.slice(2))
    const { Contents } = await s3.send(
      new ListObjectsCommand({ Bucket: BUCKET, Marker: 'hello.txt', MaxKeys: 1 }),
    )
    expect(Contents?.map(({ Key }) => Key)).toEqual(['reports/2026-10.csv'])
    const pages: unknown[] = []
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: BUCKET }))
      pages.push(page.Contents?.map(({ Key }) => Key))
    expect(pages).toEqual([all.slice(0, 2), all.slice(2)])
  })

  it('gets and heads objects, whole and in part', async () => {
    const object = { Bucket: BUCKET, Key: 'hello.txt' }
    const { Body, ETag, ContentLength } = await s3.send(new GetObjectCommand(object))
    const text = 'Hello from the other cloud.\n'
    expect(await Body?.transformToString()).toBe(text)
    expect(ETag).toBe(`"${createHash('md5').update(text).digest('hex')}"`)
    expect(ContentLength).toBe(28)
    const part = await s3.send(new GetObjectCommand({ ...object, Range: 'bytes=6-9' }))
    expect([await part.Body?.transformToString(), part.ContentRange]).toEqual(['from', 'bytes 6-9/28'])
    expect(await s3.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 28, ETag })
  })

  const big = Buffer.alloc(200_000, 'keyferry ')
  it.each([
    ['a string', 'short.txt', 'a short text', 'a short text'],
    ['nothing', 'empty', Buffer.alloc(0), ''],
    ['bytes', 'with space & ü+%.txt', Buffer.from([0, 255, 13, 10]), Buffer.from([0, 255, 13, 10])],
  ])('puts %s', async (_name, Key, Body, stored) => {
    await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key,
        Body,
        ContentType: 'text/plain',
        Metadata: { by: 'test' },
      }),
    )
    expect(Buffer.from(world.emulator.s3.object(BUCKET, Key) as Uint8Array)).toEqual(Buffer.from(stored))
    const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    expect(got).toMatchObject({ ContentType: 'text/plain', Metadata: { by: 'test' } })
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: 'url' }))
    expect(Contents?.map(({ Key: listed }) => decodeURIComponent(listed as string))).toContain(Key)
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
    expect(world.emulator.s3.object(BUCKET, Key)).toBeUndefined()
  })

  it('puts a stream, which the SDK sends in chunks with its checksum behind it', async () => {
    const Body = Readable.from([big.subarray(0, 70_000), big.subarray(70_000)])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'stream', Body, ContentLength: big.length }))
    expect(Buffer.from(world.emulator.s3.object(BUCKET, 'stream') as Uint8Array).equals(big)).toBe(true)
  })

  it('takes chunks that are signed each for itself', async () => {
    const body =
      '5;chunk-signature=aa\r\nhello\r\n6;chunk-signature=bb\r\n world\r\n0;chunk-signature=cc\r\n\r\n'
    const chunked = await signedPut('chunks', body, {
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '11',
    })
    expect(chunked.status).toBe(200)
    expect(Buffer.from(world.emulator.s3.object(BUCKET, 'chunks') as Uint8Array).toString()).toBe(
      'hello world',
    )
    const cut = await signedPut('cut', body.slice(0, 40), {
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    })
    expect([cut.status, cut.text]).toEqual([400, expect.stringContaining('<Code>IncompleteBody</Code>')])
  })

  it('takes presigned URLs, as rclone uses them', async () => {
    const put = await presigned('PUT', 'presigned')
    expect((await ask(put, { method: 'PUT', body: 'by its URL' })).status).toBe(200)
    expect((await ask(await presigned('GET', 'presigned'))).text).toBe('by its URL')
    expect((await ask(put.replace('presigned?', 'other?'), { method: 'PUT', body: 'x' })).text).toContain(
      '<Code>SignatureDoesNotMatch</Code>',
    )
    expect((await ask(put)).status).toBe(403)
  })

  it('makes a bucket once', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'new-bucket' }))
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'new-bucket' }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    })
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(2)
  })

  it('is addressed by the host too', async () => {
    const virtual = client(credentials, { endpoint: endpoint.replace('127.0.0.1', 'localhost') })
    const requests: string[] = []
    virtual.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as { hostname: string; headers: Record<string, string> }
        requests.push(request.headers['host'] as string)
        // The name is in the Host header alone: not every machine resolves names below localhost.
        request.hostname = '127.0.0.1'
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    const { KeyCount } = await virtual.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'reports/' }))
    expect(KeyCount).toBe(2)
    expect(requests[0]).toMatch(`${BUCKET}.localhost:`)
    virtual.destroy()
  })
})

function signer(): SignatureV4 {
  return new SignatureV4({
    region: 'eu-central-1',
    service: 's3',
    uriEscapePath: false,
    sha256: Sha256,
    credentials: {
      accessKeyId: credentials.AccessKeyId as string,
      secretAccessKey: credentials.SecretAccessKey as string,
      sessionToken: credentials.SessionToken as string,
    },
  })
}

/** A PUT of raw bytes, signed as the SDK signs. */
async function signedPut(key: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const { host, hostname, pathname, href } = new URL(`${endpoint}/${BUCKET}/${key}`)
  const request = { method: 'PUT', protocol: 'http:', hostname, path: pathname, query: {}, body }
  const signed = await signer().sign({ ...request, headers: { host, ...headers } })
  const { host: _, ...sent } = signed.headers
  return ask(href, { method: 'PUT', headers: sent, body })
}

/** A URL that lets whoever has it do one thing for five minutes. */
async function presigned(method: string, key: string): Promise<string> {
  const { host, hostname, pathname, href } = new URL(`${endpoint}/${BUCKET}/${key}`)
  const request = { method, protocol: 'http:', hostname, path: pathname, headers: { host }, body: {} }
  const { query } = await signer().presign(request, {
    expiresIn: 300,
    signingDate: new Date(world.clock.nowMs),
  })
  return `${href}?${new URLSearchParams(query as Record<string, string>).toString().replaceAll('+', '%20')}`
}

class Sha256 {
  readonly #hash

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {}
}

describe('credentials at S3', () => {
  const refused = async (with_: Partial<Credentials>, config?: S3ClientConfig): Promise<unknown[]> => {
    const other = client({ ...credentials, ...with_ }, config)
    const error = (await other.send(new ListBucketsCommand({})).catch((reason: unknown) => reason)) as {
      name: string
      $metadata: { httpStatusCode: number }
    }
    other.destroy()
    return [error.name, error.$metadata.httpStatusCode]
  }

  it.each([
    ['a key that nobody issued', { AccessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }, 'InvalidAccessKeyId', 403],
    ['another secret key', { SecretAccessKey: 'wrong' }, 'SignatureDoesNotMatch', 403],
    ['another session token', { SessionToken: 'wrong' }, 'InvalidToken', 400],
    ['no session token', { SessionToken: undefined as unknown as string }, 'InvalidAccessKeyId', 403],
  ])('that are %s are refused', async (_name, change, code, status) => {
    expect(await refused(change)).toEqual([code, status])
  })

  it('that have expired are refused', async () => {
    world.clock.nowMs = credentials.Expiration?.getTime() as number
    expect(await refused({})).toEqual(['ExpiredToken', 400])
  })

  it('of a role whose older sessions are denied are refused, and newer ones are not', async () => {
    world.emulator.sts.denySessions(ROLE, new Date(world.clock.nowMs + 1))
    expect(await refused({})).toEqual(['AccessDenied', 403])
    world.emulator.sts.denySessions(ROLE, new Date(world.clock.nowMs))
    await expect(s3.send(new ListBucketsCommand({}))).resolves.toBeDefined()
  })

  it('that were revoked are unknown', async () => {
    world.emulator.sts.revokeSession(credentials.AccessKeyId as string)
    expect(await refused({})).toEqual(['InvalidAccessKeyId', 403])
  })

  it('are demanded, and must be of this time', async () => {
    const anonymous = await ask(`${endpoint}/${BUCKET}`)
    expect([anonymous.status, anonymous.text]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ])
    expect(await refused({}, { systemClockOffset: -3_600_000 })).toEqual(['RequestTimeTooSkewed', 403])
  })

  it('let nobody change the body on its way', async () => {
    const answer = await signedPut('changed', 'what was sent', {
      'x-amz-content-sha256': createHash('sha256').update('what was signed').digest('hex'),
    })
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('XAmzContentSHA256Mismatch')])
  })
})

it.each([
  ['NoSuchBucket', { Bucket: 'none', Key: 'x' }],
  ['NoSuchKey', { Bucket: BUCKET, Key: 'none' }],
])('says %s', async (code, object) => {
  await expect(s3.send(new GetObjectCommand(object))).rejects.toMatchObject({
    name: code,
    $metadata: { httpStatusCode: 404 },
  })
  await expect(s3.send(new HeadObjectCommand(object))).rejects.toMatchObject({ name: 'NotFound' })
})
