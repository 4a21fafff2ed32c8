/** `keyferry completion`, by what each shell itself makes of it. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCall } from '../../scripts/command/call.ts'
import { completion } from '../../scripts/completion.ts'
import { EXPORT_FORMATS } from '../../scripts/consumer/export-formats.ts'
import { COMMON_FLAGS, VERBS } from '../../scripts/verbs.ts'
import { missing } from '../consumers/programs.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'

async function scriptFor(...words: string[]): Promise<string> {
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const terminal = { env: {}, decorated: false, print, report: print, note: print }
  await completion(parseCall('completion', VERBS.completion, words), terminal)
  return printed.join('\n')
}

const flagsOf = (verb: keyof typeof VERBS): string[] =>
  Object.keys({ ...VERBS[verb].flags, ...COMMON_FLAGS }).map((flag) => `--${flag}`)

/** What stands there, and all that can come; files are those of a folder with `a file` and `another`. */
const CASES: readonly (readonly [line: string, wanted: readonly string[]])[] = [
  ['keyferry sta', ['status']],
  ['keyferry refresh --', flagsOf('refresh')],
  ['keyferry refresh --debug --for', ['--force']],
  ['keyferry refresh --reject ', []],
  ['keyferry --debug refresh --for', ['--force']],
  ['keyferry export --format ', EXPORT_FORMATS],
  ['keyferry export --format=wi', ['windows-cmd']],
  ['keyferry emulator --env-file a', ['a file', 'another']],
  ['keyferry help cred', ['credential-process']],
  ['keyferry completion ', ['bash', 'zsh', 'fish']],
  ['keyferry exec -- bas', ['bash', 'basename']],
]

describe('completion', () => {
  it.skipIf(missing('bash'))('is what bash finds', async () => {
    const folder = withFiles()
    writeFileSync(join(folder, '.bash'), await scriptFor('bash'))
    // As bash splits a line, at "=" too.
    const lines = CASES.map(([line]) => {
      const words = line.split(/ |(=)/).filter((word) => word !== undefined)
      return `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _keyferry
printf '%s\\n' "\${COMPREPLY[@]}"; printf '\\0'`
    })
    const { stdout, stderr } = spawnSync('bash', ['--norc'], {
      cwd: folder,
      input: ['. ./.bash', 'complete -p keyferry >/dev/null', ...lines].join('\n'),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expectAll(stdout)
  })

  it.skipIf(missing('fish'))('is what fish finds', async () => {
    const folder = withFiles()
    writeFileSync(join(folder, '.fish'), await scriptFor('fish'))
    const script = ['source ./.fish', ...CASES.map(([line]) => `complete -C '${line}'; printf '\\0'`)].join(
      '\n',
    )
    writeFileSync(join(folder, '.cases'), script)
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '.cases'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    // fish adds what each is for, and repeats the flag of a "--flag=value".
    expectAll(
      stdout
        .replaceAll(/\t.*$/gm, '')
        .replaceAll(/(^|\0)--format=/g, '$1')
        .replaceAll('\\ ', ' '),
    )
  })

  it.skipIf(missing('zsh'))('is what zsh loads, and knows the command by', async () => {
    const folder = temporaryDirectory()
    const script = await scriptFor('zsh')
    writeFileSync(join(folder, '_keyferry'), script)
    const lines = [
      `fpath=(${folder} $fpath)`,
      `autoload -Uz compinit && compinit -u -d ${folder}/.dump`,
      'print $_comps[keyferry]',
      // And by `source`, where no file is found by its name.
      'unset "_comps[keyferry]"',
      `source ${folder}/_keyferry && print $_comps[keyferry]`,
      'print $+functions[_keyferry]',
    ]
    const { stdout, stderr } = spawnSync('zsh', ['-f'], { input: lines.join('\n'), encoding: 'utf8' })
    expect([stderr, stdout]).toEqual(['', '_keyferry\n_keyferry\n1\n'])
    for (const verb of Object.keys(VERBS)) expect(script).toContain(`  ${verb}) `)
  })

  it.skipIf(missing('zsh'))('is what zsh makes of a tab', { timeout: 60_000 }, async () => {
    const folder = withFiles()
    writeFileSync(join(folder, 'completion'), await scriptFor('zsh'))
    const typed = [
      'ref',
      'refresh --fo',
      'export --format win',
      'help creden',
      'completion zs',
      'emulator --env-file ano',
      'exec mkfif',
      'exec -- mkfif',
    ]
    // A terminal of its own, typed into; each line is over when the command that it calls has printed its words.
    const lines = [
      'zmodload zsh/zpty; zpty z zsh -f -i',
      String.raw`zpty -w z 'autoload -Uz compinit; compinit -u -D; . ./completion; function keyferry { print -r -- "GO""T:$*:" }'`,
      ...typed.map(
        (words) => `zpty -n -w z $'keyferry ${words}\t\n'; zpty -r -m z out '*GOT:*:*'; print -r -- "$out"`,
      ),
      'zpty -d z',
    ]
    const { stdout } = spawnSync('zsh', ['-f'], { cwd: folder, input: lines.join('\n'), encoding: 'utf8' })
    expect([...stdout.matchAll(/GOT:(.*?):/g)].map(([, words]) => words)).toEqual([
      'refresh',
      'refresh --force',
      'export --format windows-cmd',
      'help credential-process',
      'completion zsh',
      'emulator --env-file another',
      'exec mkfifo',
      'exec -- mkfifo',
    ])
  })

  it('is not for a shell that it does not know', async () => {
    await expect(scriptFor('tcsh')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(scriptFor()).rejects.toThrow('Which shell? Write "keyferry completion bash"')
  })
})

it('offers the formats that there are', () => {
  expect(VERBS.export.flags['format']?.choices).toEqual(EXPORT_FORMATS)
})

function withFiles(): string {
  const folder = temporaryDirectory()
  for (const name of ['a file', 'another', 'other']) writeFileSync(join(folder, name), '')
  return folder
}

function expectAll(stdout: string): void {
  const found = stdout.split('\0').slice(0, -1)
  const sorted = (words: readonly string[]): string[] =>
    [...new Set(words)].filter((word) => word !== '').toSorted()
  expect(
    CASES.map(([line, wanted], i) => {
      const words = sorted((found[i] ?? '').split('\n'))
      // A command can be any that this machine has.
      return [line, line.includes('exec') ? words.filter((word) => wanted.includes(word)) : words]
    }),
  ).toEqual(CASES.map(([line, wanted]) => [line, sorted(wanted)]))
}
