import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveSessionName } from '../../shared/aws/session-name.ts'
import { SESSION_NAME } from '../../shared/core/limits.ts'

const host = (): string => 'app-7d9f-x2x'

describe('the derived name of a session', () => {
  it.each([
    [{ K_SERVICE: 'checkout', K_REVISION: 'checkout-00042' }, 'keyferry-checkout'],
    [{ CLOUD_RUN_JOB: 'nightly' }, 'keyferry-nightly'],
    [{ FUNCTION_NAME: 'old' }, 'keyferry-old'],
    [{ GAE_SERVICE: 'default' }, 'keyferry-default'],
    [{}, 'keyferry-app-7d9f-x2x'],
  ])('with %j is %s', (env, name) => {
    expect(deriveSessionName(env, host)).toBe(name)
  })

  it('is one that AWS takes, and another one for another workload however long their names are', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'aZ0_-/. ü😀'), minLength: 70 }),
        fc.string(),
        (start, end) => {
          const [one, other] = [start, `${start}${end}x`].map((K_SERVICE) =>
            deriveSessionName({ K_SERVICE }, host),
          )
          expect(one).toMatch(SESSION_NAME)
          expect(other).toMatch(SESSION_NAME)
          expect(one).not.toBe(other)
        },
      ),
    ))
})
