/** The profile that `keyferry credential-process --print-config` prints. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCall } from '../../../scripts/command/call.ts'
import { processProfile } from '../../../scripts/consumer/process-profile.ts'
import { VERBS } from '../../../scripts/verbs.ts'
import { missing, PYTHON } from '../../consumers/programs.ts'

const SECRET = 'projects/p/secrets/s'
const ROLE = 'arn:aws:iam::123456789012:role/app'
const SHLEX = `import shlex, sys
for line in sys.stdin.read().split('\\0'): print('\\0'.join(shlex.split(line)), end='\\0')`

function profile(env: NodeJS.ProcessEnv, ...words: string[]): Promise<string> {
  const call = parseCall('credential-process', VERBS['credential-process'], ['--print-config', ...words])
  return processProfile(call, env, call.arguments[0])
}

async function command(env: NodeJS.ProcessEnv): Promise<string> {
  return /^credential_process = (.*)$/m.exec(await profile(env))?.[1] ?? ''
}

describe('the profile', () => {
  it('names the secret and nothing else where that is all there is', async () => {
    expect(await profile({ KEYFERRY_SECRET: SECRET })).toMatch(
      /^\[default\]\ncredential_process = \/\S+ -- \/\S+\/scripts\/keyferry\.[jt]s credential-process --secret projects\/p\/secrets\/s$/,
    )
    const region = await profile({ KEYFERRY_SECRET: SECRET, AWS_REGION: 'eu-central-1' })
    expect(region).toMatch(/\nregion = eu-central-1$/)
    expect(region).not.toContain('env AWS_REGION')
  })

  it('has what decides which credentials come, and the name that it is given', async () => {
    const env = {
      AWS_ROLE_ARN: ROLE,
      AWS_REGION: 'eu-central-1',
      KEYFERRY_AUDIENCE: 'aws',
      HTTPS_PROXY: 'http://user:password@proxy',
    }
    const text = await profile(env, 'app', '--secret', SECRET)
    expect(text).toMatch(/^\[profile app\]\n/)
    expect(text).toContain(
      `= /usr/bin/env AWS_ROLE_ARN=${ROLE} AWS_REGION=eu-central-1 KEYFERRY_AUDIENCE=aws /`,
    )
    expect(text).not.toContain('password')
  })

  it('is not printed for what could not work, or what such a file cannot hold', async () => {
    await expect(profile({})).rejects.toThrow('No credentials are named')
    await expect(profile({ AWS_ROLE_ARN: ROLE })).rejects.toThrow('AWS_REGION is missing: set it')
    await expect(profile({ KEYFERRY_SECRET: SECRET }, 'my app')).rejects.toThrow('cannot be named "my app"')
    for (const path of ['/a\nb', '/a #b', '/a ;b'])
      await expect(
        profile({ KEYFERRY_SECRET: SECRET, GOOGLE_APPLICATION_CREDENTIALS: path }),
      ).rejects.toThrow('cannot stand in an AWS configuration file')
  })
})

it.skipIf(missing(PYTHON))('means the same to a shell and to shlex, whatever is in it', async () => {
  const path = fc.string({
    unit: fc.constantFrom(...`'"$\`\\!%^&|;<>()[]{}*?~#= aZ9`, '\\\\', '$(exit 3)', 'é'),
    minLength: 1,
    maxLength: 12,
  })
  const paths = fc
    .sample(path, { numRuns: 120, seed: 11 })
    .map((text) => `/${text}`)
    .filter((text) => !/\s[#;]/.test(text))
  const commands = await Promise.all(
    paths.map((text) => command({ KEYFERRY_SECRET: SECRET, GOOGLE_APPLICATION_CREDENTIALS: text })),
  )
  const words = (stdout: string): string[] =>
    stdout.split('\0').filter((word) => word.startsWith('GOOGLE_APPLICATION_CREDENTIALS='))
  // As `resolve` leaves them: dots and doubled slashes are not among the characters above.
  const wanted = paths.map((text) => `GOOGLE_APPLICATION_CREDENTIALS=${text}`)
  const byShell = spawnSync('sh', [], {
    input: commands.map((line) => `printf '%s\\0' ${line}`).join('\n'),
    encoding: 'utf8',
  })
  expect([byShell.stderr, words(byShell.stdout)]).toEqual(['', wanted])
  const byPython = spawnSync(PYTHON, ['-c', SHLEX], { input: commands.join('\0'), encoding: 'utf8' })
  expect([byPython.stderr, words(byPython.stdout)]).toEqual(['', wanted])
})
