import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { envText, writeEnvFile } from '../../../scripts/command/env-file.ts'

const VALUES = {
  PLAIN: '127.0.0.1:8080',
  SPACED: 'two  words',
  ODD: '$HOME `id` "q" \\ #',
  OWN: "it's",
  EMPTY: '',
}

describe('an environment file', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'keyferry-env-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('means the same to a shell and to node --env-file', async () => {
    const path = join(folder, 'env')
    await writeEnvFile(path, VALUES)
    const print =
      'const { PLAIN, SPACED, ODD, OWN, EMPTY } = process.env; console.log(JSON.stringify({ PLAIN, SPACED, ODD, OWN, EMPTY }))'
    const env = { PATH: process.env['PATH'] }
    const byShell = execFileSync(
      'sh',
      ['-c', 'set -a; . "$0"; "$1" -e "$2"', path, process.execPath, print],
      { env },
    )
    const byNode = execFileSync(process.execPath, [`--env-file=${path}`, '-e', print], { env })
    expect(JSON.parse(String(byShell))).toEqual(VALUES)
    expect(JSON.parse(String(byNode))).toEqual(VALUES)
  })

  it('is its owner’s alone, and leaves no other file behind', async () => {
    await writeEnvFile(join(folder, 'env'), VALUES)
    await writeEnvFile(join(folder, 'env'), VALUES)
    expect(readdirSync(folder)).toEqual(['env'])
    expect(statSync(join(folder, 'env')).mode & 0o777).toBe(0o600)
  })

  it('is refused where it cannot be written, or cannot hold a value', async () => {
    await expect(writeEnvFile(join(folder, 'missing/env'), {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    for (const value of [`it's "so"`, 'a\nb', "'$HOME'"])
      expect(() => envText({ KEY: value })).toThrow('KEY has a line break, or quotes of both kinds')
  })
})
