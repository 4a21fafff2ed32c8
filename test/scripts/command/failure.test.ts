import { describe, expect, it } from 'vitest'
import { describeFailure, exitCodeOf } from '../../../scripts/command/failure.ts'
import { KeyferryError } from '../../../shared/core/errors.ts'

describe('what a user sees of an error', () => {
  it('is its code and its message, without a stack', () => {
    const error = new KeyferryError('SECRET_DENIED', 'Cannot read it. Grant the role.')
    expect(describeFailure(error)).toBe('keyferry: SECRET_DENIED: Cannot read it. Grant the role.')
    expect(describeFailure(error, true)).toContain('failure.test.ts')
  })

  it('is never a secret, not even with --debug', () => {
    const key = 'ASIAIOSFODNN7EXAMPLE'
    const error = Object.assign(new Error(`refused ${key}`), {
      request: { headers: { authorization: `Bearer ${key}` } },
    })
    expect(describeFailure(error)).not.toContain(key)
    expect(describeFailure(error, true)).not.toContain(key)
  })

  it('is the package to install where one is missing', () => {
    const node = Object.assign(new Error("Cannot find package 'jose' imported from /x.js"), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    expect(describeFailure(node)).toBe(
      'keyferry: DEPENDENCY_MISSING: This verb needs the package "jose". Install it: npm install jose',
    )
    const emulator = new Error('The emulator needs libraries: npm install x', { cause: node })
    expect(describeFailure(emulator)).toBe(
      'keyferry: DEPENDENCY_MISSING: The emulator needs libraries: npm install x',
    )
  })

  it('tells faults of ours from faults of use by the exit code', () => {
    expect(exitCodeOf(new KeyferryError('CONFIG_INVALID', ''))).toBe(2)
    expect(exitCodeOf(new KeyferryError('TARGET_UNKNOWN', ''))).toBe(2)
    expect(exitCodeOf(new KeyferryError('SECRET_DENIED', ''))).toBe(1)
    expect(exitCodeOf(new TypeError('x'))).toBe(1)
  })
})
