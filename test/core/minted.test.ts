import { describe, expect, it } from 'vitest'
import { checkMinted } from '../../shared/core/minted.ts'
import type { AssumedRole } from '../../shared/core/ports.ts'

const NOW = Date.UTC(2026, 10, 23, 18)
const HOUR = 3_600_000
const clock = { now: () => NOW }
const exchange = { roleArn: 'arn:aws:iam::123456789012:role/team/app' }

function assumed(
  credentials: Partial<AssumedRole['credentials']> = {},
  assumedRoleArn = 'arn:aws:sts::123456789012:assumed-role/app/session',
): AssumedRole {
  return {
    credentials: {
      accessKeyId: 'ASIAEXAMPLE000000001',
      secretAccessKey: 'planted-secret-key',
      sessionToken: 'planted-session-token',
      expiration: new Date(NOW + HOUR),
      accountId: '123456789012',
      ...credentials,
    },
    assumedRoleArn,
  }
}

describe('what STS answered', () => {
  it('passes when it is what was asked for; the ARN of a session has no path', () => {
    const answer = assumed()
    expect(checkMinted(answer, exchange, clock)).toBe(answer.credentials)
  })

  it('is checked against the last role of a chain', () => {
    const chained = { ...exchange, chain: [{ roleArn: 'arn:aws:iam::210987654321:role/last' }] }
    const answer = assumed({ accountId: '210987654321' }, 'arn:aws:sts::210987654321:assumed-role/last/s')
    expect(checkMinted(answer, chained, clock)).toBe(answer.credentials)
    expect(() => checkMinted(assumed(), chained, clock)).toThrow('it is for account 123456789012')
  })

  it.each([
    [
      'over since just now',
      assumed({ expiration: new Date(NOW - 1) }),
      'it expired at 2026-11-23T17:59:59.999Z',
    ],
    ['over already', assumed({ expiration: new Date(NOW) }), 'it expired at 2026-11-23T18:00:00.000Z'],
    ['without a time', assumed({ expiration: new Date(Number.NaN) }), 'not a time'],
    ['a long-term key', assumed({ accessKeyId: 'AKIAEXAMPLE000000001' }), 'it is a long-term key'],
    ['without a session token', assumed({ sessionToken: '' }), 'it has no session token'],
    ['of another account', assumed({ accountId: '210987654321' }), 'it is for account 210987654321'],
    [
      'of another account, by its ARN',
      assumed({}, 'arn:aws:sts::210987654321:assumed-role/app/s'),
      'it is for account 210987654321',
    ],
    [
      'of another role',
      assumed({}, 'arn:aws:sts::123456789012:assumed-role/application/s'),
      'the role application',
    ],
    ['of no role', assumed({}, 'arn:aws:iam::123456789012:user/app'), 'not one of an assumed role'],
  ])('is refused when it is %s', (_, answer, doubt) => {
    const act = (): unknown => checkMinted(answer, exchange, clock)
    expect(act).toThrow(expect.objectContaining({ code: 'EXCHANGE_IMPLAUSIBLE', resource: exchange.roleArn }))
    expect(act).toThrow(doubt)
    expect(act).not.toThrow('planted')
  })

  it('passes up to the last millisecond of its life', () => {
    const answer = assumed({ expiration: new Date(NOW + 1) })
    expect(checkMinted(answer, exchange, clock)).toBe(answer.credentials)
  })

  it('may come from a clock that is far ahead: it is AWS that says when it ends', () => {
    const answer = assumed({ expiration: new Date(NOW + 2 * HOUR) })
    expect(checkMinted(answer, exchange, clock)).toBe(answer.credentials)
  })
})
