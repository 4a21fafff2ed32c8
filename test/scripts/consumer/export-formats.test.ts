/** Variables of any value, through the real shells: what was put in comes out, and nothing of it is ever run. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXPORT_FORMATS, variablesIn } from '../../../scripts/consumer/export-formats.ts'
import { temporaryDirectory } from '../../local/temporary-directory.ts'
import { missing } from '../../consumers/programs.ts'

/** What shells care about, far more often than chance would bring it. */
const awkward = fc.constantFrom(
  ...`'"$\`\\!%^&|;<>()[]{}*?~#= +/-@:,.`,
  '$(exit 3)',
  '\\\\',
  "\\'",
  '‘',
  '’',
  'é',
  '=ls',
)
const value = fc.string({ unit: fc.oneof({ weight: 3, arbitrary: awkward }, fc.string({ maxLength: 4 })) })
const VALUES: readonly string[] = [
  'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  'IQoJb3JpZ2luX2VjE==',
  "'",
  '\\',
  '=cat',
  '~',
  ...fc.sample(value, { numRuns: 150, seed: 7 }).filter((text) => !/[\0\r\n]/.test(text)),
]

const POSIX = (lines: readonly string[]): string =>
  lines.map((line) => `unset V\n${line}\nprintf '%s\\0' "$V"`).join('\n')

/** Everything that a shell printed, between the NULs. */
function printed(command: string, words: readonly string[], input: string): string[] {
  const { stdout, stderr, status } = spawnSync(command, words, { input, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.split('\0').slice(0, -1)
}

describe('each value comes out of a shell as it went in', () => {
  it.each(['sh', 'bash', 'dash', 'zsh'])('%s, by eval', (shell) => {
    if (missing(shell)) return
    const lines = VALUES.map((text) => variablesIn('env', { V: text }))
    expect(printed(shell, [], POSIX(lines))).toEqual(VALUES)
    // And to the programs that it starts, from one evaluation of all.
    const all = variablesIn('env', Object.fromEntries(VALUES.map((text, i) => [`V${i}`, text])))
    const child = `${process.execPath} -e 'for (let i = 0; i < ${VALUES.length}; i++) process.stdout.write(process.env["V" + i] + "\\0")'`
    expect(printed(shell, [], `eval "$(cat <<'NO'\n${all}\nNO\n)"\n${child}`)).toEqual(VALUES)
  })

  it('fish, through source', () => {
    if (missing('fish')) return
    const lines = VALUES.map((text) => `set -e V\n${variablesIn('fish', { V: text })}\nprintf '%s\\0' "$V"`)
    const script = join(temporaryDirectory(), 'script.fish')
    writeFileSync(script, lines.join('\n'))
    expect(printed('fish', ['--no-config', script], '')).toEqual(VALUES)
  })

  it('a file for both `set -a; . FILE` and `node --env-file`, but for what they do not agree on', () => {
    const isHeld = (text: string): boolean => !(text.includes("'") && /["$`\\]/.test(text))
    const held = VALUES.filter(isHeld)
    for (const text of VALUES.filter((each) => !isHeld(each)))
      expect(() => variablesIn('dotenv', { V: text })).toThrow('no environment file can hold it')
    expect(held.length).toBeGreaterThan(40)
    const file = join(temporaryDirectory(), 'env')
    writeFileSync(
      file,
      `${variablesIn('dotenv', Object.fromEntries(held.map((text, i) => [`V${i}`, text])))}\n`,
    )
    const script = `for (let i = 0; i < ${held.length}; i++) process.stdout.write(process.env['V' + i] + '\\0')`
    expect(printed(process.execPath, [`--env-file=${file}`, '-e', script], '')).toEqual(held)
    const set = 'set -a; . "$0"; exec "$1" -e "$2"'
    expect(printed('sh', ['-c', set, file, process.execPath, script], '')).toEqual(held)
  })
})

describe('where no shell is at hand to try', () => {
  it('PowerShell has quotes doubled, typographic ones too, and nothing else has a meaning inside them', () => {
    fc.assert(
      fc.property(value, (text) => {
        const [, quoted = ''] = /^\$Env:V='([\s\S]*)'$/.exec(variablesIn('powershell', { V: text })) ?? []
        expect(quoted.replaceAll(/(['‘’‚‛])\1/g, '$1')).toBe(text)
        expect(quoted.replaceAll(/(['‘’‚‛])\1/g, '')).not.toMatch(/['‘’‚‛]/)
      }),
    )
  })

  it('cmd.exe gets credentials, and is refused what it cannot quote', () => {
    expect(variablesIn('windows-cmd', { V: 'a/b+c==' })).toBe('set "V=a/b+c=="')
    for (const text of ['100%', 'a"b', 'a^b', 'wow!', 'a\nb'])
      expect(() => variablesIn('windows-cmd', { V: text })).toThrow('cmd.exe cannot quote')
  })
})

it('credentials stand bare, so that env takes them without a shell', () => {
  const [secret, token] = VALUES as [string, string]
  expect(variablesIn('env-no-export', { A: secret, B: token })).toBe(`A=${secret}\nB=${token}`)
  expect(EXPORT_FORMATS).toContain('process')
})
