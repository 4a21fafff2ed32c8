import { describe, expect, it } from 'vitest'
import { reportOf } from '../../shared/core/error-report.ts'
import { isKeyferryError, KeyferryError } from '../../shared/core/errors.ts'

describe('an error', () => {
  it('has a code, a cause and a resource where there is one, and may not pass unless it says so', () => {
    const cause = new Error('reset')
    const about = { cause, resource: 'projects/p/secrets/s', retryable: true }
    expect(new KeyferryError('SECRET_UNREADABLE', 'Later.', about)).toMatchObject({
      name: 'KeyferryError',
      code: 'SECRET_UNREADABLE',
      message: 'Later.',
      ...about,
    })
    const bare = new KeyferryError('SECRET_DENIED', 'No.')
    expect(bare.retryable).toBe(false)
    expect(bare).not.toHaveProperty('cause')
    expect(bare).not.toHaveProperty('resource')
  })

  it('is told from others by its class, and by its code where codes are named', () => {
    const denied = new KeyferryError('SECRET_DENIED', 'No.')
    expect(isKeyferryError(denied)).toBe(true)
    expect(isKeyferryError(denied, 'SECRET_NOT_FOUND', 'SECRET_DENIED')).toBe(true)
    expect(isKeyferryError(denied, 'SECRET_NOT_FOUND')).toBe(false)
    expect(isKeyferryError({ ...denied })).toBe(false)
  })
})

describe('the report of an error', () => {
  it('is what it says, and no more', () => {
    const about = { retryable: true, resource: 'r', cause: new Error('PLANTED') }
    expect(reportOf(new KeyferryError('SECRET_UNREADABLE', 'Later.', about))).toEqual({
      code: 'SECRET_UNREADABLE',
      message: 'Later.',
      retryable: true,
    })
  })

  it('that nobody knows is that of a fault of ours, which trying again does not mend', () => {
    expect(reportOf(new TypeError('boom'))).toEqual({
      code: 'INTERNAL',
      message: expect.stringMatching(/please report it: TypeError: boom$/) as string,
      retryable: false,
    })
  })
})
