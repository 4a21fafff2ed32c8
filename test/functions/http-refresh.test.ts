import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { TargetResult } from '../../shared/core/refresh-run.ts'
import { APP, functionBed, targetOf } from './function-bed.ts'

const REFRESHED: TargetResult = {
  target: 'app',
  outcome: 'refreshed',
  version: 7,
  expiration: '2026-11-23T19:00:00.000Z',
  key: '…0001',
  reason: 'due since 2026-11-23T18:19:00Z',
  pruned: [3],
}
const FAILED: TargetResult = {
  target: 'billing',
  outcome: 'failed',
  error: { code: 'EXCHANGE_REFUSED', message: 'Not this role.', retryable: false },
}

describe('the refresh function', () => {
  it('answers 200 with what became of each target, and nothing that the contract does not name', async () => {
    await using bed = await functionBed({ results: [REFRESHED] })
    const response = await bed.call()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      results: [{ target: 'app', outcome: 'refreshed', version: 7, expiration: '2026-11-23T19:00:00.000Z' }],
    })
    expect(bed.asked).toEqual([[]])
  })

  it('answers 500 where any target failed, so that the schedule retries', async () => {
    await using bed = await functionBed({ results: [REFRESHED, FAILED] })
    const response = await bed.call()
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ results: [{ outcome: 'refreshed' }, FAILED] })
  })

  it('answers 200 where an operator stopped a target', async () => {
    const error = { code: 'SECRET_STOPPED', message: 'Stopped.', retryable: false } as const
    await using bed = await functionBed({
      results: [{ target: 'app', outcome: 'stopped', version: 2, error }],
    })
    const response = await bed.call()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      results: [{ target: 'app', outcome: 'stopped', version: 2, error }],
    })
  })

  it('refreshes the targets that are named, one or more of them', async () => {
    await using bed = await functionBed({ targets: [APP, targetOf('billing', 'projects/demo/secrets/b')] })
    await bed.call('/?target=billing')
    await bed.call('/?target=app&target=billing')
    expect(bed.asked).toEqual([['billing'], ['app', 'billing']])
  })

  it.each(['/?target=ap', '/?target=app&target=ap', '/?target='])(
    'answers 400 for a target that does not exist: %s',
    async (path) => {
      await using bed = await functionBed()
      const response = await bed.call(path)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'TARGET_UNKNOWN', retryable: false } })
    },
  )

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('answers 405 to %s, and does nothing', async (method) => {
    await using bed = await functionBed()
    const response = await bed.call('/', { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect(bed.asked).toEqual([])
  })

  it('answers every request with 500 and what is wrong while the configuration is', async () => {
    await using bed = await functionBed({
      failure: new KeyferryError('CONFIG_INVALID', 'targets is missing.'),
    })
    for (let i = 0; i < 2; i++) {
      const response = await bed.call()
      expect(response.status).toBe(500)
      expect(await response.json()).toEqual({
        error: { code: 'CONFIG_INVALID', message: 'targets is missing.', retryable: false },
      })
    }
    expect(bed.lines).toMatchObject([{ severity: 'ERROR', code: 'CONFIG_INVALID' }, { severity: 'ERROR' }])
  })

  it('answers 500 without details where something fails that nobody thought of', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY'
    await using bed = await functionBed({ failure: new TypeError(`cannot read ${secret}`) })
    const response = await bed.call()
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'INTERNAL' } })
    expect(text + JSON.stringify(bed.lines)).not.toContain(secret)
  })

  it('logs what changed, what failed, and one line for the run with the job that asked for it', async () => {
    await using bed = await functionBed({
      results: [REFRESHED, { target: 'idle', outcome: 'fresh' }, FAILED],
    })
    await bed.call('/', {
      method: 'POST',
      headers: {
        'X-CloudScheduler-JobName': 'keyferry-refresh',
        'X-CloudScheduler-ScheduleTime': '2026-11-23T18:20:00Z',
      },
    })
    expect(bed.lines).toMatchObject([
      {
        severity: 'INFO',
        message: 'app: version 7, until 2026-11-23T19:00:00.000Z (due since 2026-11-23T18:19:00Z)',
        target: 'app',
        outcome: 'refreshed',
        version: 7,
        key: '…0001',
        pruned: [3],
      },
      {
        severity: 'ERROR',
        message: 'billing: EXCHANGE_REFUSED: Not this role.',
        target: 'billing',
        code: 'EXCHANGE_REFUSED',
      },
      {
        severity: 'INFO',
        message: 'Looked at 3 targets: 1 refreshed, 1 fresh, 0 stopped, 1 failed',
        job: 'keyferry-refresh',
        scheduled: '2026-11-23T18:20:00Z',
        failed: 1,
      },
    ])
  })
})
