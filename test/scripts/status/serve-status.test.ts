import { describe, expect, it, onTestFinished } from 'vitest'
import { startStatusServer, type StatusServer } from '../../../scripts/status/serve-status.ts'
import { KeyferryError } from '../../../shared/core/errors.ts'
import type { StatusReport } from '../../../shared/report/status.ts'
import { deferred } from '../../bed/virtual-clock.ts'
import { CHECKED, reportWith } from './reports.ts'

const TOKEN = 'a-token-that-is-long-enough-to-be-believed-in'

describe('a monitoring agent with the token', () => {
  it('gets metrics, of life as it is now', async () => {
    const { get } = await serving({ look: async () => reportWith(), now: CHECKED + 20_000 })
    const response = await get('/metrics')
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      200,
      expect.objectContaining({
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'cache-control': 'no-store',
      }),
    ])
    const page = await response.text()
    for (const line of [
      'keyferry_build_info{version="1.2.3"} 1',
      'keyferry_status_up 1',
      `keyferry_status_checked_timestamp_seconds ${CHECKED / 1_000}`,
      'keyferry_secret_usable{target="app"} 1',
      'keyferry_secret_remaining_seconds{target="app"} 2980',
      'keyferry_status_looks_total{outcome="done"} 1',
      'keyferry_status_looks_total{outcome="failed"} 0',
      'keyferry_requests_refused_total{reason="token"} 0',
    ])
      expect(page).toContain(`\n${line}\n`.replace('\nkeyferry_build', 'keyferry_build'))
  })

  it('gets the document of --json, whether all is well or not', async () => {
    const report = reportWith({ usable: false, state: 'expired' })
    const { get } = await serving({ look: async () => report })
    const response = await get('/status')
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      200,
      'application/json',
      report,
    ])
  })

  it('makes one look, however many ask and for what', async () => {
    let looks = 0
    const { get } = await serving({ look: async () => (looks++, reportWith()) })
    await Promise.all(['/metrics', '/status', '/metrics', '/status'].map((path) => get(path)))
    await get('/metrics')
    expect(looks).toBe(1)
  })

  it('is told of no target where the look failed, but that it did; once, until one succeeds', async () => {
    const outcomes = [new Error('SecretAccessKey=abc'), new Error('again'), reportWith(), new Error('anew')]
    const told: unknown[] = []
    const { get } = await serving({
      look: async () => {
        const outcome = outcomes.shift()
        if (outcome instanceof Error) throw outcome
        return outcome as StatusReport
      },
      maxAgeMs: 0,
      onFailure: (error) => told.push(error),
    })
    const failed = await get('/status')
    expect([failed.status, failed.headers.get('retry-after'), await failed.text()]).toEqual([
      503,
      '1',
      '{"Code":"INTERNAL","Message":"The look at the secrets failed."}',
    ])
    const page = await (await get('/metrics')).text()
    expect(page).toContain('\nkeyferry_status_up 0\n')
    expect(page).toContain('\nkeyferry_status_looks_total{outcome="failed"} 2\n')
    expect(page).not.toMatch(/target=|SecretAccessKey/)
    expect((await get('/status')).status).toBe(200)
    expect((await get('/status')).status).toBe(503)
    expect(told).toEqual([new Error('SecretAccessKey=abc'), new Error('anew')])
  })

  it('is told what it can do where the failure has a name', async () => {
    const error = new KeyferryError('DEPENDENCY_MISSING', 'Install it: npm install x')
    const { get } = await serving({ look: () => Promise.reject(error) })
    expect(await (await get('/status')).json()).toEqual({
      Code: 'DEPENDENCY_MISSING',
      Message: 'Install it: npm install x',
    })
  })

  it('is answered within its patience, while the look goes on', async () => {
    const look = deferred<StatusReport>()
    const { get } = await serving({ look: () => look.promise, patienceMs: 20 })
    const response = await get('/status')
    expect([response.status, await response.json()]).toEqual([
      503,
      { Code: 'LOAD_TIMED_OUT', Message: expect.stringContaining('takes over 20 ms') as string },
    ])
    expect(await (await get('/metrics')).text()).toContain('\nkeyferry_status_up 0\n')
    look.resolve(reportWith())
    expect((await get('/status')).status).toBe(200)
  })
})

describe('everybody else', () => {
  it.each<[string, string, Record<string, string>]>([
    ['has no token', '/metrics', { authorization: '' }],
    ['guesses it', '/status', { authorization: `${TOKEN}x` }],
    ['looks which paths there are', '/nowhere', { authorization: '' }],
    ['comes from a page', '/metrics', { origin: 'http://127.0.0.1' }],
    ['comes by way of a proxy', '/status', { 'x-forwarded-for': '127.0.0.1' }],
  ])('who %s is refused, and no look is made for them', async (_, path, headers) => {
    const { get } = await serving({ look: nothing })
    const response = await get(path, headers)
    expect([response.status, await response.text()]).toEqual([403, ''])
  })

  it('is told by probes whether it listens, and whether its clients know', async () => {
    const { get, server } = await serving({ look: nothing })
    const ask = async (path: string): Promise<number> => (await get(path, { authorization: '' })).status
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 503])
    server.announce()
    expect(await ask('/readyz')).toBe(200)
    expect((await get('/credentials')).status).toBe(404)
  })
})

it('answers who asked before it was stopped, and lets nobody else in', async () => {
  const look = deferred<StatusReport>()
  const looking = deferred<void>()
  const { get, server } = await serving({
    look: () => {
      looking.resolve()
      return look.promise
    },
  })
  const asked = get('/status')
  await looking.promise
  const closed = server.close()
  await expect(get('/healthz')).rejects.toThrow('fetch failed')
  look.resolve(reportWith())
  expect((await asked).status).toBe(200)
  await closed
})

interface Given {
  readonly look: () => Promise<StatusReport>
  readonly maxAgeMs?: number
  readonly now?: number
  readonly patienceMs?: number
  readonly onFailure?: (error: unknown) => void
}

async function serving({ now = CHECKED, maxAgeMs = 30_000, ...given }: Given): Promise<{
  server: StatusServer
  get: (path: string, headers?: Record<string, string>) => Promise<Response>
}> {
  const clock = { now: () => now }
  const server = await startStatusServer({ ...given, maxAgeMs, token: TOKEN, version: '1.2.3', clock })
  onTestFinished(() => server.close())
  return {
    server,
    get: (path, headers = {}) =>
      fetch(`http://127.0.0.1:${server.port}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      }),
  }
}

function nothing(): Promise<StatusReport> {
  throw new Error('It looked.')
}
