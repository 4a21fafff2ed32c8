import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { refresh } from '../../scripts/refresh.ts'
import { revokePolicy } from '../../scripts/revoke-policy.ts'
import type { RunVerb } from '../../scripts/command/run-verb.ts'
import type { VerbName } from '../../scripts/verbs.ts'
import { inProcess, type Said } from './in-process.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

describe('keyferry revoke-policy', () => {
  it('says that there is nothing to go by in an empty secret', async () => {
    const { status, notes } = await run('revoke-policy', revokePolicy)
    expect(status).toBe(1)
    expect(notes).toMatch(/SECRET_NOT_FOUND: .*keyferry refresh/)
  })

  it('prints the policy that spares the newest version, and says how to apply it', async () => {
    await run('refresh', refresh, '--force')
    await run('refresh', refresh, '--force')
    const { status, printed, notes } = await run('revoke-policy', revokePolicy)
    expect(status).toBe(0)
    const { Statement } = JSON.parse(printed) as { Statement: [{ Condition: object }] }
    expect(Statement[0]).toMatchObject({ Effect: 'Deny', Action: '*', Resource: '*' })
    const issued = Date.parse(/"aws:TokenIssueTime": "(.+)"/.exec(printed)?.[1] ?? '')
    expect(Date.now() - issued).toBeGreaterThan(0)
    expect(Date.now() - issued).toBeLessThan(60_000)
    expect(notes).toContain('before version 2')
    expect(notes).toContain('aws iam put-role-policy --role-name keyferry-demo')
  })

  it('takes another version by its number', async () => {
    const { notes } = await run('revoke-policy', revokePolicy, '--version', '1')
    expect(notes).toContain('before version 1')
  })

  it.each([
    ['--version', '9', 1, 'has no version 9'],
    ['--version', 'latest', 2, '--version takes the number of a version'],
  ])('refuses %s %s with what to do', async (flag, value, status, words) => {
    const result = await run('revoke-policy', revokePolicy, flag, value)
    expect([result.status, result.printed]).toEqual([status, ''])
    expect(result.notes).toContain(words)
  })

  it('wants one target, since each has a role of its own', async () => {
    const { KEYFERRY_SECRET: secret = '', AWS_ROLE_ARN: roleArn = '' } = emulator.env
    const targets = ['one', 'two'].map((name, i) => ({ name, secret: `${secret}${i}`, roleArn }))
    const config = { KEYFERRY_CONFIG: JSON.stringify({ targets }) }
    const { status, notes } = await run('revoke-policy', revokePolicy, config)
    expect(status).toBe(2)
    expect(notes).toContain('name one of one, two')
  })
})

function run(name: VerbName, verb: RunVerb, ...words: (string | Record<string, string>)[]): Promise<Said> {
  const variables = words.filter((word) => typeof word === 'object')
  const named = words.filter((word) => typeof word === 'string')
  return inProcess(name, verb, named, Object.assign({}, emulator.env, ...variables) as NodeJS.ProcessEnv)
}
