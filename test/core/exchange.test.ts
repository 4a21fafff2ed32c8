import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkExchange,
  effectiveRole,
  exchangeProblems,
  grantOf,
  roleParts,
  sourceOf,
  type ExchangeOptions,
} from '../../shared/core/exchange.ts'

const exchange: ExchangeOptions = { roleArn: 'arn:aws:iam::123456789012:role/app' }
const other = 'arn:aws:iam::123456789012:role/other'

describe('the grant', () => {
  it.each<[string, Partial<ExchangeOptions>]>([
    ['the role', { roleArn: other }],
    ['the chain', { chain: [{ roleArn: other }] }],
    ['an external id', { chain: [{ roleArn: other, externalId: 'x1' }] }],
    ['the policy', { policy: '{"Statement":[]}' }],
    ['the managed policies', { policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }],
    ['an explicit session name', { sessionName: 'named' }],
  ])('differs by %s', (_, change) => {
    expect(grantOf({ ...exchange, ...change })).not.toBe(grantOf(exchange))
  })

  it.each<[string, Partial<ExchangeOptions>]>([
    ['the region', { region: 'eu-west-1' }],
    ['the service account', { serviceAccount: 'a@p.iam.gserviceaccount.com' }],
    ['the audience', { audience: 'other' }],
    ['the duration', { durationSeconds: 900 }],
  ])('is the same whatever %s', (_, change) => {
    expect(grantOf({ ...exchange, ...change })).toBe(grantOf(exchange))
  })

  it('reads a policy, not its white space, and managed policies in any order', () => {
    const arns = ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B']
    expect(grantOf({ ...exchange, policy: '{ "Statement": [] }', policyArns: arns })).toBe(
      grantOf({ ...exchange, policy: '{"Statement":[]}', policyArns: arns.toReversed() }),
    )
  })

  it('tells a chain through a role from that role alone', () => {
    expect(grantOf({ ...exchange, chain: [{ roleArn: other }] })).not.toBe(grantOf({ roleArn: other }))
  })
})

describe('the source', () => {
  it('differs by service account, audience and duration, with the defaults spelled out or not', () => {
    expect(sourceOf({ ...exchange, durationSeconds: 3600, audience: 'sts.amazonaws.com' })).toBe(
      sourceOf(exchange),
    )
    const others = [{ durationSeconds: 900 }, { audience: 'x' }, { serviceAccount: 'a@b.c' }]
    const sources = others.map((change) => sourceOf({ ...exchange, ...change }))
    expect(new Set([...sources, sourceOf(exchange)]).size).toBe(4)
  })
})

describe('an exchange', () => {
  it('ends in the last role of its chain', () => {
    expect(effectiveRole(exchange)).toBe(exchange.roleArn)
    expect(effectiveRole({ ...exchange, chain: [{ roleArn: other }] })).toBe(other)
  })

  it('compares a role by account and last segment, since STS drops the path', () => {
    expect(roleParts('arn:aws-cn:iam::123456789012:role/team/app')).toEqual({
      partition: 'aws-cn',
      accountId: '123456789012',
      name: 'app',
    })
  })

  it('says every problem at once, with the path to the field', () => {
    const problems = exchangeProblems({
      roleArn: 'app',
      region: 'Frankfurt',
      audience: 'two words',
      durationSeconds: 60,
      sessionName: 'no spaces',
      policy: '[]',
      policyArns: ['nope'],
      chain: [{ roleArn: other, externalId: '' }],
      serviceAccount: 'me',
    })
    const fields = problems.map((problem) => problem.split(' ')[0])
    expect(fields.sort()).toEqual(
      ['audience', 'chain[0].externalId', 'durationSeconds', 'policy', 'policyArns[0]', 'region', 'roleArn', 'serviceAccount', 'sessionName'], // prettier-ignore
    )
    expect(() => checkExchange({ roleArn: '' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })

  it('is told of the one-hour cap of a chain before AWS tells it', () => {
    const chained = { ...exchange, chain: [{ roleArn: other }], durationSeconds: 7200 }
    expect(exchangeProblems(chained).join()).toMatch(/at most 3600 with a chain/)
    expect(exchangeProblems({ ...chained, durationSeconds: 3600 })).toEqual([])
  })

  it('is told of what AWS takes of a session policy', () => {
    const policy = JSON.stringify({ Statement: 'x'.repeat(2048) })
    expect(exchangeProblems({ ...exchange, policy }).join()).toMatch(/2048/)
    const policyArns = Array.from({ length: 11 }, (_, i) => `arn:aws:iam::aws:policy/P${i}`)
    expect(exchangeProblems({ ...exchange, policyArns }).join()).toMatch(/more than 10/)
  })

  it('never throws while it looks for problems, whatever it is given', () => {
    const anything = fc.record(
      { roleArn: fc.anything(), region: fc.anything(), durationSeconds: fc.anything(), policy: fc.anything(), sessionName: fc.anything() }, // prettier-ignore
      { requiredKeys: [] },
    )
    fc.assert(fc.property(anything, (value) => Array.isArray(exchangeProblems(value as never))))
  })
})
