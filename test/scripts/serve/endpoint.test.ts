import { request } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeyferryError } from '../../../shared/core/errors.ts'
import { refusalOf } from '../../../scripts/serve/request-guard.ts'
import { anHour, endpointBed, fakeProvider, type EndpointBed } from './endpoint-bed.ts'

describe('a client with the token', () => {
  it('gets the document that the SDKs read, not to be kept by anybody else', async () => {
    const credentials = anHour()
    const bed = await endpointBed({ default: fakeProvider(credentials) })
    const response = await bed.get('/credentials')
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      200,
      expect.objectContaining({ 'content-type': 'application/json', 'cache-control': 'no-store' }),
    ])
    const { Expiration, ...document } = (await response.json()) as Record<string, string>
    expect(document).toEqual({
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      AccountId: credentials.accountId,
      RoleArn: 'arn:aws:iam::123456789012:role/default',
    })
    expect(Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect((await bed.get('/credentials', { authorization: `Bearer ${bed.token}` })).status).toBe(200)
    await bed.endpoint.close()
  })

  it('is told why there are none, when to ask again, and nothing that a foreign error says', async () => {
    const provider = fakeProvider(new KeyferryError('SECRET_NOT_FOUND', 'There is no such secret.'))
    const bed = await endpointBed({ default: provider })
    const refused = await bed.get('/credentials')
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '5',
      { Code: 'SECRET_NOT_FOUND', Message: 'There is no such secret.' },
    ])
    provider.gives = new Error('SecretAccessKey=abc')
    const foreign = await bed.get('/credentials')
    expect([foreign.status, foreign.headers.get('retry-after'), await foreign.text()]).toEqual([
      503,
      '1',
      '{"Code":"INTERNAL","Message":"The credentials could not be loaded."}',
    ])
    await bed.endpoint.close()
  })

  it('is told within a second that there is nothing yet', async () => {
    const bed = await endpointBed({ default: fakeProvider(new Promise(() => undefined)) })
    const response = await bed.get('/credentials')
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '1',
      { Code: 'LOAD_TIMED_OUT', Message: expect.stringContaining('Ask again in a second') as string },
    ])
    await bed.endpoint.close()
  })

  it('finds each target under its name, and one that fails harms no other', async () => {
    const bed = await endpointBed({
      good: fakeProvider(anHour(1)),
      bad: fakeProvider(new KeyferryError('SECRET_DENIED', 'Not allowed.')),
      other: fakeProvider(anHour(2)),
    })
    const statuses = await Promise.all(
      ['good', 'bad', 'other', 'none', '../metrics', ''].map(
        async (name) => (await bed.get(`/credentials/${name}`)).status,
      ),
    )
    // `fetch` resolves the dots itself.
    expect(statuses).toEqual([200, 503, 200, 404, 200, 404])
    expect((await bed.get('/credentials')).status).toBe(404)
    await bed.endpoint.close()
  })

  it('is still answered after the endpoint was told to end; nobody else is let in', async () => {
    let give: (credentials: ReturnType<typeof anHour>) => void = () => undefined
    const provider = fakeProvider(new Promise((resolve) => (give = resolve)))
    const bed = await endpointBed({ default: provider })
    const asked = bed.get('/credentials')
    while (provider.calls.length < 2) await new Promise(setImmediate)
    const closed = bed.endpoint.close()
    await expect(bed.get('/healthz')).rejects.toThrow('fetch failed')
    give(anHour())
    expect((await asked).status).toBe(200)
    await closed
  })
})

describe('probes', () => {
  it('need no token, and are told nothing but whether', async () => {
    const provider = fakeProvider(new KeyferryError('SECRET_DENIED', 'Not allowed.'))
    const bed = await endpointBed({ default: provider })
    const ask = async (path: string): Promise<[number, string]> => {
      const response = await bed.get(path, {})
      return [response.status, await response.text()]
    }
    expect(await ask('/healthz')).toEqual([200, 'ok\n'])
    expect(await ask('/readyz')).toEqual([503, 'unavailable\n'])
    provider.gives = anHour()
    // What clients need to be told first may not be written yet.
    expect(await ask('/readyz')).toEqual([503, 'unavailable\n'])
    bed.endpoint.announce()
    expect(await ask('/readyz')).toEqual([200, 'ok\n'])
    await bed.endpoint.close()
  })
})

describe('who is not meant', () => {
  let bed: EndpointBed
  let host: string
  beforeAll(async () => {
    bed = await endpointBed({ default: fakeProvider(anHour()) })
    host = `127.0.0.1:${bed.endpoint.port}`
  })
  afterAll(() => bed.endpoint.close())

  const attack = (line: string, headers: Record<string, string>): Promise<string> => {
    const all = { host, authorization: bed.token, connection: 'close', ...headers }
    const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]))
    return bed.raw([line, ...lines, '', ''].join('\r\n'))
  }

  it.each<[string, string, string, Record<string, string>]>([
    ['a program without the token', 'token', 'GET /credentials HTTP/1.1', { authorization: '' }],
    ['one that guesses it', 'token', 'GET /credentials HTTP/1.1', { authorization: 'A'.repeat(43) }],
    ['one that looks which paths there are', 'token', 'GET /nowhere HTTP/1.1', { authorization: '' }],
    ['one that reads the metrics', 'token', 'GET /metrics HTTP/1.1', { authorization: '' }],
    ['a page by DNS rebinding', 'host', 'GET /credentials HTTP/1.1', { host: 'attacker.example' }],
    ['a page on a port of its own', 'host', 'GET /credentials HTTP/1.1', { host: '127.0.0.1:80' }],
    ['a page of another origin', 'forwarded', 'GET /healthz HTTP/1.1', { origin: 'http://127.0.0.1' }],
    ['an image in a page', 'forwarded', 'GET /healthz HTTP/1.1', { 'sec-fetch-site': 'cross-site' }],
    ['a proxy', 'forwarded', 'GET /credentials HTTP/1.1', { 'x-forwarded-for': '127.0.0.1' }],
    ['a proxy of the standard', 'forwarded', 'GET /credentials HTTP/1.1', { forwarded: 'for=127.0.0.1' }],
    [
      'a request that was talked into POST',
      'method',
      'POST /credentials HTTP/1.1',
      { 'content-length': '0' },
    ],
    ['one that only wants the headers', 'method', 'HEAD /credentials HTTP/1.1', {}],
    ['one that asks what is allowed', 'method', 'OPTIONS /credentials HTTP/1.1', {}],
    ['a GET with a body', 'body', 'GET /credentials HTTP/1.1', { 'content-length': '5' }],
    ['a GET with a body in chunks', 'body', 'GET /credentials HTTP/1.1', { 'transfer-encoding': 'chunked' }],
  ])('%s is refused with no hint', async (_, reason, line, headers) => {
    const before = await bed.refusals()
    const answer = await attack(line, headers)
    expect(answer).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\nconnection: close\r\ncache-control: no-store\r\ncontent-length: 0\r\nDate: [^\r]+\r\n\r\n$/,
    )
    expect(await bed.refusals()).toEqual({ ...before, [reason]: (before[reason] ?? 0) + 1 })
  })

  it('is refused for a second Host beside the right one', async () => {
    const answer = await bed.raw(
      `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /)
  })

  it('is not let in from another machine, nor from this one by its other address', async () => {
    const gate = { method: 'GET', headersDistinct: { host: [host] } }
    const from = (remoteAddress: string): string | undefined =>
      refusalOf({ ...gate, socket: { remoteAddress } }, bed.endpoint.port)
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(from)).toEqual(Array(4).fill(undefined))
    expect(['10.0.0.1', '169.254.1.1', '::2', '::ffff:10.0.0.1'].map(from)).toEqual(Array(4).fill('peer'))
    // Were it to listen on every address, it would be found under this one, too.
    const socket = connect(bed.endpoint.port, '127.0.0.2')
    await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL/)
  })

  it('may send neither endless headers nor slow ones', async () => {
    const large = await attack('GET /credentials HTTP/1.1', { 'x-large': 'x'.repeat(20_000) })
    expect(large).toMatch(/^HTTP\/1\.1 431 /)
    const slow = connect(bed.endpoint.port, '127.0.0.1')
    slow.write('GET /credentials HTTP/1.1\r\nHost:')
    expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('cannot keep clients out by holding connections for long', async () => {
    const idle = Array.from({ length: 300 }, () => connect(bed.endpoint.port, '127.0.0.1'))
    const ends = idle.map((socket) => once(socket.on('error', () => undefined).resume(), 'close'))
    // The ones above the limit are dropped at once, and the others when they have sent nothing for a while.
    await Promise.all(ends)
    expect((await bed.get('/credentials')).status).toBe(200)
  })

  it('learns nothing from how long it takes to compare a token: what is compared has one length', async () => {
    for (const given of ['', 'x', bed.token.slice(0, -1), `${bed.token}x`, 'é'.repeat(43)]) {
      const status = await new Promise((resolve, reject) => {
        request({
          port: bed.endpoint.port,
          path: '/credentials',
          headers: { authorization: Buffer.from(given).toString('latin1') },
        })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
      expect(status).toBe(403)
    }
  })
})
