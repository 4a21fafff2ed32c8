import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../shared/report/doctor/check.ts'
import { clock } from '../../../shared/report/doctor/clock-check.ts'
import { endpoint, region } from '../../../shared/report/doctor/endpoint-checks.ts'
import type { MachineFacts } from '../../../shared/report/doctor/facts.ts'
import {
  awsVariables,
  configuration,
  debugVariables,
  networkVariables,
  nodeVersion,
} from '../../../shared/report/doctor/machine-checks.ts'
import type { Subject } from '../../../shared/report/doctor/subject.ts'

const machine = (facts: Partial<MachineFacts>): MachineFacts => ({
  as: 'writer',
  env: {},
  nodeVersion: 'v24.0.0',
  hasPackage: () => true,
  problems: [],
  targets: 1,
  dates: [],
  ...facts,
})
const subject = (roleArn = 'arn:aws:iam::123456789012:role/app', more: object = {}): Subject => ({
  name: 'app',
  secret: 'projects/p/secrets/s',
  exchange: { roleArn, ...more },
})

describe('the version of Node', () => {
  it.each([
    ['v22.20.0', 'fail'],
    ['v22.21.0', 'ok'],
    ['v23.0.0', 'ok'],
    ['v18.20.8', 'fail'],
  ])('%s is %s', (version, level) => {
    expect(nodeVersion(machine({ nodeVersion: version })).level).toBe(level)
  })
})

describe('the region', () => {
  const found = (env: NodeJS.ProcessEnv, of: Subject = subject()): Finding =>
    region({ subject: of, env, exchange: { skipped: '' } })

  it.each<[string, NodeJS.ProcessEnv, Subject, Finding['level']]>([
    [
      'of the target goes before the variable',
      { AWS_REGION: 'nowhere' },
      subject(undefined, { region: 'eu-west-1' }),
      'ok',
    ],
    ['must be the name of one', { AWS_REGION: 'Frankfurt' }, subject(), 'fail'],
    [
      'in China goes with a role in China',
      { AWS_REGION: 'cn-north-1' },
      subject('arn:aws-cn:iam::123456789012:role/app'),
      'warn',
    ],
    [
      'in the European cloud goes with a role there',
      { AWS_REGION: 'eusc-de-east-1' },
      subject('arn:aws-eusc:iam::123456789012:role/app'),
      'warn',
    ],
    ['in China does not know other roles', { AWS_REGION: 'cn-north-1' }, subject(), 'fail'],
    [
      'is nobody’s concern without an exchange',
      {},
      { name: 'app', secret: 'projects/p/secrets/s' },
      'skipped',
    ],
  ])('%s', (_, env, of, level) => {
    expect(found(env, of).level).toBe(level)
  })
})

describe('the endpoints', () => {
  it.each<[string, NodeJS.ProcessEnv, Finding['level']]>([
    ['are the services themselves', {}, 'ok'],
    [
      'are all of an emulator',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', SECRET_MANAGER_EMULATOR_HOST: '127.0.0.1:2' },
      'ok',
    ],
    [
      'may be STS’s in a VPC',
      { AWS_ENDPOINT_URL_STS: 'https://vpce-1.sts.eu-central-1.vpce.amazonaws.com' },
      'ok',
    ],
    [
      'of all of AWS cannot be STS’s alone',
      { AWS_ENDPOINT_URL: 'https://vpce-1.sts.eu-central-1.vpce.amazonaws.com' },
      'warn',
    ],
    ['must be URLs', { AWS_ENDPOINT_URL: 'sts.amazonaws.com' }, 'fail'],
    ['are not those of whoever calls himself so', { AWS_ENDPOINT_URL: 'https://notamazonaws.com' }, 'fail'],
    [
      'are not those of a name that begins right',
      { AWS_ENDPOINT_URL: 'https://sts.amazonaws.com.example.com' },
      'fail',
    ],
  ])('%s', (_, env, level) => {
    expect(endpoint({ subject: subject(), env }).level).toBe(level)
  })

  it('of AWS do not matter to a reader without an exchange', () => {
    const reader = { name: 'app', secret: 'projects/p/secrets/s' }
    expect(endpoint({ subject: reader, env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } }).level).toBe('ok')
  })
})

describe('the variables', () => {
  it.each<[string, NodeJS.ProcessEnv, Finding['level'], RegExp]>([
    ['of no proxy', {}, 'ok', /no proxy/],
    [
      'of a proxy, without its password',
      { HTTPS_PROXY: 'http://user:hunter2@proxy.example:3128' },
      'ok',
      /^requests go by way of proxy\.example:3128$/,
    ],
    ['of two proxies', { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1' }, 'warn', /differ/],
    [
      'of certificates that Node does not read',
      { AWS_CA_BUNDLE: '/ca.pem' },
      'warn',
      /NODE_EXTRA_CA_CERTS is not/,
    ],
    [
      'of certificates that it does',
      { AWS_CA_BUNDLE: '/ca.pem', NODE_EXTRA_CA_CERTS: '/ca.pem' },
      'ok',
      /no proxy/,
    ],
  ])('%s', (_, env, level, says) => {
    const finding = networkVariables(machine({ env }))
    expect([finding.level, finding.says]).toEqual([level, expect.stringMatching(says)])
    expect(JSON.stringify(finding)).not.toContain('hunter2')
  })

  it('of AWS that are its own, or agree, are in nobody’s way', () => {
    expect(awsVariables(machine({ env: { AWS_REGION: 'a', AWS_DEFAULT_REGION: 'a' } })).level).toBe('ok')
    expect(awsVariables(machine({ env: { AWS_PROFILE: 'keyferry' } })).level).toBe('ok')
  })

  it('that make libraries talk are all named', () => {
    const { fix } = debugVariables(machine({ env: { DEBUG_AUTH: '1', NODE_DEBUG: 'http' } }))
    expect(fix).toBe('unset NODE_DEBUG DEBUG_AUTH')
  })

  it('of a file and of a target are one too many', () => {
    expect(configuration(machine({ env: { KEYFERRY_CONFIG: 'a', KEYFERRY_SECRET: 'b' } })).level).toBe('warn')
  })
})

describe('the clock', () => {
  const off = (...aheadMs: number[]): Finding =>
    clock(
      machine({
        dates: aheadMs.map((each, i) => ({ service: i === 0 ? 'Secret Manager' : 'STS', aheadMs: each })),
      }),
    )

  it.each<[string, number[], Finding['level']]>([
    ['that nobody could tell is skipped', [], 'skipped'],
    ['that is half a minute off is right', [30_000, 29_000], 'ok'],
    ['that is four minutes off is not', [240_000, 241_000], 'warn'],
    ['that is five minutes behind fails', [-300_000, -301_000], 'fail'],
    ['is judged by one service, where the other is silent', [600_000], 'fail'],
    ['of one service may be what is off', [0, -400_000], 'fail'],
  ])('%s', (_, aheadMs, level) => {
    expect(off(...aheadMs).level).toBe(level)
  })

  it('that is off is the service’s whose date is further from ours', () => {
    expect(off(0, -400_000).says).toBe('STS dates its answers 6 min ahead')
    expect(off(-400_000, 0).says).toBe('Secret Manager dates its answers 6 min ahead')
    expect(off(0, 400_000).says).toBe('STS dates its answers 6 min behind')
  })
})
