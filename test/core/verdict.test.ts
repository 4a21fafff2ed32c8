import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { decodePayload, type StoredCredentials } from '../../shared/core/payload.ts'
import { dueAt, judge, type Verdict } from '../../shared/core/verdict.ts'
import { HOUR, MINUTE, START, writingBed } from './writing-bed.ts'

const NOW = { now: START }
const { target, publish, clock } = writingBed()
const OTHER = 'arn:aws:iam::123456789012:role/other'

function stored(options: Parameters<typeof publish>[0] = {}): StoredCredentials {
  return decodePayload(publish(options).payload, clock)
}

function errorOf(verdict: Verdict): KeyferryError | undefined {
  return 'error' in verdict ? verdict.error : undefined
}

describe('the verdict', () => {
  it('on what is young enough is that it is fresh, also where no key is known to be rejected', () => {
    expect(judge({ version: 1, stored: stored() }, target, NOW)).toMatchObject({ kind: 'fresh', version: 1 })
  })

  it('on what is due says what readers have until then', () => {
    const due = stored()
    expect(judge({ version: 4, stored: due }, target, { now: START + 30 * MINUTE })).toEqual({
      kind: 'due',
      reason: 'due since 2026-11-23T18:19:00Z',
      current: {
        version: 4,
        expiration: due.credentials.expiration,
        accessKeyId: due.credentials.accessKeyId,
      },
    })
    expect(judge({ version: 4, stored: due }, target, { now: START + HOUR })).not.toHaveProperty('current')
  })

  it('on an operator’s stop names the secret', () => {
    const problem = new KeyferryError('SECRET_DISABLED', 'It is DISABLED.')
    const error = errorOf(judge({ version: 2, problem }, target, NOW))
    expect(error).toMatchObject({ code: 'SECRET_STOPPED', resource: target.secret })
  })

  it('on what is not ours names the secret, and gives the reason why it could not be read', () => {
    const problem = new KeyferryError('SECRET_MALFORMED', 'It is not a credential document.')
    const error = errorOf(judge({ version: 2, problem }, target, NOW))
    expect(error).toMatchObject({ code: 'SECRET_NOT_OURS', resource: target.secret, cause: problem })
    expect(error?.message).toContain(problem.message)
  })

  it('on what is readable but not ours has no cause, and says what is missing', () => {
    const { credentials } = stored()
    const error = errorOf(judge({ version: 2, stored: { credentials } }, target, NOW))
    expect(error).toMatchObject({ code: 'SECRET_NOT_OURS', resource: target.secret })
    expect(error?.cause).toBeUndefined()
    expect(error?.message).toContain('It does not say which role and grant it is of.')
  })

  it('on what another role lives in names the secret, both roles and until when', () => {
    const error = errorOf(judge({ version: 2, stored: stored({ roleArn: OTHER }) }, target, NOW))
    expect(error).toMatchObject({ code: 'SECRET_CONTENDED', resource: target.secret })
    for (const part of [OTHER, target.roleArn, '2026-11-23T19:00:00Z']) expect(error?.message).toContain(part)
  })
})

it('what does not say when it was issued is due by its expiration and the life that is configured', () => {
  const { credentials } = stored({ durationSeconds: 900, refreshAfterSeconds: 300 })
  expect(dueAt({ credentials }, target)).toBe(START + 15 * MINUTE - HOUR + 19 * MINUTE)
})
