import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultSeed } from '../../../emulator/index.ts'
import { readSeed } from '../../../scripts/emulator/seed.ts'

describe('the file that an emulator starts from', () => {
  let path: string
  beforeEach(() => (path = join(mkdtempSync(join(tmpdir(), 'keyferry-seed-')), 'seed.json')))
  afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }))

  it('may hold all that the default one holds', async () => {
    writeFileSync(path, JSON.stringify(defaultSeed()))
    expect(await readSeed(path)).toEqual(defaultSeed())
  })

  it('has every problem told at once, with the path to its field', async () => {
    writeFileSync(
      path,
      JSON.stringify({
        serviceAccounts: [{ email: 'app', uniqueId: 117, projectId: 'p' }],
        roles: [{ arn: 'role/app', trustPolicy: {} }],
        bucket: [],
      }),
    )
    const error = (await readSeed(path).catch((thrown: unknown) => thrown)) as {
      code: string
      message: string
    }
    expect(error.code).toBe('CONFIG_INVALID')
    for (const part of [
      path,
      'serviceAccounts[0].email',
      'serviceAccounts[0].uniqueId',
      'roles[0].arn',
      '"bucket"',
    ])
      expect(error.message).toContain(part)
  })

  it('must be there and be JSON', async () => {
    await expect(readSeed(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    writeFileSync(path, '{')
    await expect(readSeed(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
