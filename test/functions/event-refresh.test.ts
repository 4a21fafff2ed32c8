import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { APP, functionBed, targetOf } from './function-bed.ts'

const targets = [APP, targetOf('billing', 'projects/demo/secrets/aws-billing')]
const ROTATE = { eventType: 'SECRET_ROTATE', dataFormat: 'JSON_API_V1' }

describe('the event function', () => {
  it('refreshes all targets for a Pub/Sub message', async () => {
    await using bed = await functionBed({ targets })
    const response = await bed.deliver()
    expect(response.status).toBe(204)
    expect(bed.asked).toEqual([undefined])
    await bed.deliver({ anything: 'else' })
    expect(bed.asked).toHaveLength(2)
  })

  it('refreshes the target of a secret that is to be rotated', async () => {
    await using bed = await functionBed({ targets })
    await bed.deliver({ ...ROTATE, secretId: 'projects/402718365519/secrets/aws-billing' })
    expect(bed.asked).toEqual([['billing']])
  })

  it('says so, and refreshes nothing, where no target has that secret', async () => {
    await using bed = await functionBed({ targets })
    expect((await bed.deliver({ ...ROTATE, secretId: 'projects/1/secrets/other' })).status).toBe(204)
    await bed.deliver(ROTATE)
    expect(bed.asked).toEqual([])
    expect(bed.lines).toMatchObject([
      {
        severity: 'WARNING',
        message: 'SECRET_ROTATE of projects/1/secrets/other: no target has that secret',
      },
      { severity: 'WARNING' },
    ])
  })

  it.each(['SECRET_VERSION_ADD', 'SECRET_VERSION_DESTROY', 'TOPIC_CONFIGURED', 'OBJECT_FINALIZE'])(
    'ignores %s: an answer to its own writing would go round for ever',
    async (eventType) => {
      await using bed = await functionBed({ targets })
      const response = await bed.deliver({ eventType, secretId: 'projects/1/secrets/aws-app' })
      expect(response.status).toBe(204)
      expect(bed.asked).toEqual([])
      expect(bed.lines).toMatchObject([
        { severity: 'INFO', message: `Ignored: ${eventType} refreshes nothing` },
      ])
    },
  )

  it('ignores events of another type', async () => {
    await using bed = await functionBed({ targets })
    expect((await bed.deliver({}, 'google.cloud.audit.log.v1.written')).status).toBe(204)
    expect(bed.asked).toEqual([])
    expect(bed.lines).toMatchObject([{ severity: 'INFO', type: 'google.cloud.audit.log.v1.written' }])
  })

  it.each([
    ['a target', {}],
    ['the configuration', { failure: new KeyferryError('CONFIG_INVALID', 'targets is missing.') }],
    ['something that nobody thought of', { failure: new TypeError('boom') }],
  ])(
    'takes the event although %s fails, and logs it: delivering it again would mend nothing',
    async (_, options) => {
      const error = { code: 'EXCHANGE_FAILED', message: 'Time out.', retryable: true } as const
      await using bed = await functionBed({
        results: [{ target: 'app', outcome: 'failed', error }],
        ...options,
      })
      expect((await bed.deliver()).status).toBe(204)
      expect(bed.lines[0]).toMatchObject({ severity: 'ERROR' })
    },
  )
})
