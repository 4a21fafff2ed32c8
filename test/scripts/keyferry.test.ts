/** The command as its users run it: built, in a process of its own, against the emulator. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { keyferry } from './child.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

describe('keyferry', () => {
  it('shows its verbs where none is named, and calls it a usage error', async () => {
    const { status, stdout, stderr } = await keyferry([])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: keyferry VERB')
  })

  it('explains itself, and each verb', async () => {
    const [all, one] = await Promise.all([keyferry(['--help']), keyferry(['refresh', '--help'])])
    expect([all.status, one.status, all.stderr + one.stderr]).toEqual([0, 0, ''])
    expect(one.stdout).toContain('Usage: keyferry refresh [TARGET…] [FLAGS]')
  })

  it('suggests the verb that was meant', async () => {
    const { status, stderr } = await keyferry(['statsu'])
    expect([status, stderr]).toEqual([
      2,
      'keyferry: CONFIG_INVALID: There is no verb "statsu". Did you mean "status"?\n',
    ])
  })

  it('tells a missing configuration from a failure by the exit code', async () => {
    const { status, stdout, stderr } = await keyferry(['status'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^keyferry: CONFIG_INVALID: .+\n$/)
  })
})

describe('a day with the command', () => {
  it('refreshes, finds fresh what is fresh, and replaces it by force', async () => {
    const first = await keyferry(['refresh'], emulator.env)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toMatch(
      /^TARGET +OUTCOME +VERSION +KEY +EXPIRES IN +WHY\naws-app +refreshed +1 +….{4} +(?:59 min|1 h)/,
    )

    const again = await keyferry(['refresh', 'aws-app', '--json'], emulator.env)
    expect(JSON.parse(again.stdout)).toMatchObject({
      results: [{ target: 'aws-app', outcome: 'fresh', version: 1 }],
    })

    const dry = await keyferry(['refresh', '--force', '--dry-run'], emulator.env)
    expect(dry.stdout).toContain('would be refreshed')
    const forced = await keyferry(['refresh', '--force', '--json'], emulator.env)
    expect(JSON.parse(forced.stdout)).toMatchObject({ results: [{ outcome: 'refreshed', version: 2 }] })
  })

  it('shows the status, plainly where nobody watches', async () => {
    const [plain, json] = await Promise.all([
      keyferry(['status'], emulator.env),
      keyferry(['status', '--json'], emulator.env),
    ])
    expect(plain).toMatchObject({ status: 0, stderr: '' })
    expect(plain.stdout).toMatch(
      /\naws-app +fresh +2 +….{4} +\d+ s +(?:59 min|1 h) of 1 h +2 +\$0\.12 a month\n$/,
    )
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: true,
      targets: [{ target: 'aws-app', state: 'fresh', usable: true, version: 2, activeVersions: 2 }],
    })
  })

  it('says who this workload is, and prints no token', async () => {
    const { status, stdout } = await keyferry(['whoami', '--json'], emulator.env)
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      google: {
        email: 'broker@keyferry-demo.iam.gserviceaccount.com',
        uniqueId: expect.stringMatching(/^\d{21}$/) as string,
        audience: 'sts.amazonaws.com',
      },
      aws: [{ target: 'aws-app', accountId: '123456789012', from: 'secret' }],
    })
    expect(stdout).not.toMatch(/eyJ|ASIA/)
  })

  it('prints a credential_process document, and loads no package for it', async () => {
    const recorded = { NODE_OPTIONS: `--import=${import.meta.dirname}/packages-loaded.mjs` }
    const { status, stdout, stderr } = await keyferry(['credential-process'], {
      ...emulator.env,
      ...recorded,
    })
    expect([status, stderr]).toEqual([0, ''])
    const document = JSON.parse(stdout) as Record<string, string | number>
    expect(Object.keys(document)).toEqual([
      'Version',
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
      'AccountId',
    ])
    expect(document).toMatchObject({ Version: 1, AccountId: '123456789012' })
    expect(document['Expiration']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('prunes nothing that is of use', async () => {
    const { status, stdout } = await keyferry(['prune', '--dry-run', '--json'], emulator.env)
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      { results: [{ target: 'aws-app', destroyed: [], dryRun: true }] },
    ])
  })
})

describe('a failure', () => {
  it('of a target is exit 1, with what AWS does not like and what to do', async () => {
    emulator.sts.fault({
      operation: 'AssumeRoleWithWebIdentity',
      kind: 'status',
      code: 'AccessDenied',
      times: 1,
    })
    const { status, stdout, stderr } = await keyferry(['refresh', '--force'], emulator.env)
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(/\naws-app: EXCHANGE_REFUSED: /)
  })

  it('of nothing but the configuration is exit 2, whichever way it comes out', async () => {
    const env = { ...emulator.env, AWS_REGION: '' }
    const { status, stdout } = await keyferry(['refresh', '--force', '--json'], env)
    expect([status, JSON.parse(stdout)]).toEqual([
      2,
      {
        results: [
          expect.objectContaining({
            outcome: 'failed',
            error: expect.objectContaining({ code: 'CONFIG_INVALID' }),
          }),
        ],
      },
    ])
  })

  it('of a name is exit 2', async () => {
    for (const verb of ['refresh', 'status', 'prune']) {
      const { status, stderr } = await keyferry([verb, 'aws-ap'], emulator.env)
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^keyferry: TARGET_UNKNOWN: .*aws-app/)])
    }
  })

  it('of a consumer is a reason on stderr, nothing on stdout, and no stack', async () => {
    const none = await keyferry(['credential-process'])
    expect(none).toMatchObject({ status: 2, stdout: '' })
    const env = { ...emulator.env, KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/none', AWS_ROLE_ARN: '' }
    const { status, stdout, stderr } = await keyferry(['credential-process'], env)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^keyferry: SECRET_(?:NOT_FOUND|DENIED): .*\n$/)
  })
})
