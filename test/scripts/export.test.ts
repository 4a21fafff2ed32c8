/** `keyferry export`, as it is called. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportCredentials } from '../../scripts/export.ts'
import { parseCall } from '../../scripts/command/call.ts'
import { VERBS } from '../../scripts/verbs.ts'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { keyferry } from './child.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
  await keyferry(['refresh'], emulator.env)
})
afterAll(() => emulator.stop())

interface Said {
  readonly status: number
  readonly out: string
  readonly notes: readonly string[]
}

async function exported(words: readonly string[], isScreen: boolean, env: object = {}): Promise<Said> {
  const out: string[] = []
  const notes: string[] = []
  const status = await exportCredentials(parseCall('export', VERBS.export, words), {
    env: { ...emulator.env, ...env },
    decorated: false,
    isScreen,
    print: (text) => void out.push(text),
    report: (text) => void out.push(text),
    note: (text) => void notes.push(text),
  })
  return { status, out: out.join('\n'), notes }
}

describe('keyferry export', () => {
  it('prints a format for each kind of shell, and the process document', async () => {
    const of = async (format: string): Promise<string> => (await exported(['--format', format], false)).out
    expect(await of('env')).toMatch(/^export AWS_ACCESS_KEY_ID=ASIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S+\n/)
    expect(await of('fish')).toMatch(/^set -gx AWS_ACCESS_KEY_ID ASIA\w+;\n/)
    expect(await of('powershell')).toMatch(/^\$Env:AWS_ACCESS_KEY_ID='ASIA\w+'\n/)
    expect(await of('windows-cmd')).toMatch(/^set "AWS_ACCESS_KEY_ID=ASIA\w+"\n/)
    expect(await of('dotenv')).toMatch(/^AWS_ACCESS_KEY_ID=ASIA\w+\n/)
    expect(JSON.parse(await of('process'))).toMatchObject({ Version: 1, AccountId: '123456789012' })
  })

  it('says what is wrong with a format, before it asks anybody', async () => {
    await expect(exported(['--format', 'fsh'], false, { KEYFERRY_SECRET: '' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'There is no format "fsh". Did you mean "fish"?',
    })
    await expect(exported(['--format', 'xyzzy'], false)).rejects.toThrow('There are env, env-no-export, ')
  })

  it('warns where the secrets are on a screen, and where a profile would win', async () => {
    expect((await exported([], false)).notes).toEqual([])
    expect((await exported([], true)).notes).toEqual([expect.stringContaining('eval "$(keyferry export)"')])
    expect((await exported([], false, { AWS_PROFILE: 'dev' })).notes).toEqual([
      expect.stringContaining('unset AWS_PROFILE'),
    ])
    expect((await exported(['--format', 'process'], false, { AWS_PROFILE: 'dev' })).notes).toEqual([])
  })
})
