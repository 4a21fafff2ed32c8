import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assumedRoleParts,
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

  it('counts a managed policy that is named twice once, and no chain like an empty one', () => {
    const arn = 'arn:aws:iam::aws:policy/A'
    expect(grantOf({ ...exchange, policyArns: [arn, arn] })).toBe(grantOf({ ...exchange, policyArns: [arn] }))
    expect(grantOf({ ...exchange, chain: [] })).toBe(grantOf(exchange))
  })

  it('tells policies apart that are no JSON, and leaves the complaint to others', () => {
    expect(grantOf({ ...exchange, policy: '{' })).not.toBe(grantOf({ ...exchange, policy: '[' }))
  })

  it('is the same in every release: what one has stored, others compare', () => {
    expect(grantOf(exchange)).toBe('b33CmCzgueGin6aSVeKidImiKXZR8q3FPOwgHwV6hKY')
    expect(
      grantOf({
        roleArn: exchange.roleArn,
        chain: [{ roleArn: other, externalId: 'x1' }, { roleArn: exchange.roleArn }],
        policy: '{"Statement":[]}',
        policyArns: ['arn:aws:iam::aws:policy/B', 'arn:aws:iam::aws:policy/A'],
        sessionName: 'named',
      }),
    ).toBe('PgDNjxiEx8IO4ItciNDHlLysJle-ncHMwYaZby2hWkw')
    expect(sourceOf({ ...exchange, delegates: [] })).toBe(sourceOf(exchange))
    expect(sourceOf(exchange)).toBe('H62Uglqso6Y6AxvZbtB3g3ucsTjH4ar2sKTAw6J35Ww')
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
    const serviceAccount = 'a@b.c'
    const others = [
      { durationSeconds: 900 },
      { audience: 'x' },
      { serviceAccount },
      { serviceAccount, delegates: [serviceAccount] },
    ]
    const sources = others.map((change) => sourceOf({ ...exchange, ...change }))
    expect(new Set([...sources, sourceOf(exchange)]).size).toBe(5)
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

  it('is not for what is no role', () => {
    expect(() => roleParts('arn:aws:iam::123456789012:user/app')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  it('is recognised by the ARN of its session, whatever the partition', () => {
    expect(assumedRoleParts('arn:aws-us-gov:sts::123456789012:assumed-role/app/s/1')).toEqual({
      accountId: '123456789012',
      name: 'app',
    })
    const others = [
      'see arn:aws:sts::123456789012:assumed-role/app/s',
      'arn:aws:sts::1234567890123:assumed-role/app/s',
      'arn:aws:sts::12345678901:assumed-role/app/s',
      'arn:aws:sts::123456789012:assumed-role/app',
      'arn:aws:sts::123456789012:assumed-role//s',
      'arn:aws/x:sts::123456789012:assumed-role/app/s',
    ]
    expect(others.filter((arn) => assumedRoleParts(arn) !== undefined)).toEqual([])
  })

  it('that can work has no problems, and says nothing', () => {
    const full: ExchangeOptions = {
      roleArn: exchange.roleArn,
      region: 'eu-central-1',
      audience: 'sts.amazonaws.com',
      durationSeconds: 3600,
      sessionName: 'named',
      policy: '{}',
      policyArns: ['arn:aws:iam::aws:policy/A'],
      chain: [{ roleArn: other, externalId: 'x1' }, { roleArn: other }],
      serviceAccount: 'a@p.iam.gserviceaccount.com',
    }
    expect(exchangeProblems(full)).toEqual([])
    expect(() => checkExchange(full)).not.toThrow()
  })

  it('says what it got, and takes nothing for a text that only looks like one once it is printed', () => {
    expect(exchangeProblems({} as ExchangeOptions).join()).toMatch(/^roleArn must be .*, got nothing$/)
    expect(exchangeProblems({ ...exchange, region: ['eu-central-1'] as never }).join()).toMatch(
      /^region must be .*, got \["eu-central-1"\]$/,
    )
    expect(exchangeProblems({ ...exchange, chain: [{ roleArn: other }, { roleArn: 'app' }] }).join()).toMatch(
      /^chain\[1\]\.roleArn must be a role ARN, got "app"$/,
    )
    expect(() => checkExchange({ roleArn: 'app', region: 'Frankfurt' })).toThrow(/"app"; region must/)
  })

  it.each([
    ['aws', 'eu-central-1', true],
    ['aws', 'il-central-1', true],
    ['aws-cn', 'cn-north-1', true],
    ['aws-us-gov', 'us-gov-west-1', true],
    ['aws-eusc', 'eusc-de-east-1', true],
    ['aws-later', 'eu-central-1', true],
    ['aws-cn', 'eu-central-1', false],
    ['aws', 'cn-north-1', false],
    ['aws', 'us-gov-west-1', false],
    ['aws-us-gov', 'us-east-1', false],
  ])('for a role of %s asks the STS of %s: %s', (partition, region, works) => {
    const problems = exchangeProblems({ roleArn: `arn:${partition}:iam::123456789012:role/app`, region })
    expect(problems).toHaveLength(works ? 0 : 1)
    expect(problems.join()).toMatch(
      works ? /^$/ : new RegExp(`^region ${region} is in .* roleArn in ${partition}: `),
    )
  })

  it('lives as long as AWS lets it, in whole seconds', () => {
    const problems = (durationSeconds: number, chain: ExchangeOptions['chain'] = []): number =>
      exchangeProblems({ ...exchange, durationSeconds, chain }).length
    expect([900, 43_200].map((seconds) => problems(seconds))).toEqual([0, 0])
    expect([899, 43_201, 900.5, Number.NaN].map((seconds) => problems(seconds))).toEqual([1, 1, 1, 1])
    expect([3600, 3601].map((seconds) => problems(seconds, [{ roleArn: other }]))).toEqual([0, 1])
  })

  it.each(['null', '[]', '"x"', '7', '{'])('takes no session policy that is no object: %s', (policy) => {
    expect(exchangeProblems({ ...exchange, policy })).toEqual(['policy must be a JSON object in a string'])
  })

  it('counts the policy and the ARNs beside it together, to the very character', () => {
    const policyArns = ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/B']
    const room = 2_048 - policyArns.join('').length - '{"S":""}'.length
    const policy = (length: number): string => JSON.stringify({ S: 'x'.repeat(length) })
    expect(exchangeProblems({ ...exchange, policyArns, policy: policy(room) })).toEqual([])
    expect(exchangeProblems({ ...exchange, policyArns, policy: policy(room + 1) }).join()).toMatch(
      /have 2049 characters/,
    )
    const alone = policy(2_048 - '{"S":""}'.length)
    expect(exchangeProblems({ ...exchange, policy: alone })).toEqual([])
    const ten = Array.from({ length: 10 }, (_, i) => `arn:aws:iam::aws:policy/P${i}`)
    expect(exchangeProblems({ ...exchange, policyArns: ten })).toEqual([])
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
    fc.assert(
      fc.property(anything, (value) => {
        expect(exchangeProblems(value as never)).toBeInstanceOf(Array)
      }),
    )
  })
})
