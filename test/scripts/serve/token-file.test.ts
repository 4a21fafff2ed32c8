import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newToken } from '../../../scripts/serve/bearer-token.ts'
import { readToken, writeToken } from '../../../scripts/serve/token-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyferry-token-'))
  path = join(folder, 'token')
})
afterEach(() => rm(folder, { recursive: true }))

describe('the token', () => {
  it('has 256 bits at least, and is another each time', () => {
    const tokens = Array.from({ length: 100 }, newToken)
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
    expect(new Set(tokens).size).toBe(100)
  })

  it('is written for this user alone, whole, and without a line break', async () => {
    const token = newToken()
    expect(await readToken(path)).toBeUndefined()
    await writeToken(path, token)
    expect(await readFile(path, 'utf8')).toBe(token)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readToken(path)).toBe(token)
    expect(await readdir(folder)).toEqual(['token'])
  })

  it('that cannot be written is a configuration error, and leaves nothing behind', async () => {
    await expect(writeToken(join(folder, 'none', 'token'), newToken())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/none\/token is not used: it cannot be written/) as string,
    })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a file that somebody else could have read or written', () => {
  const refusal = (message: RegExp): object => ({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(message) as string,
  })

  it('is refused with what to do', async () => {
    await writeFile(path, newToken(), { mode: 0o600 })
    await chmod(path, 0o640)
    await expect(readToken(path)).rejects.toMatchObject(refusal(/its mode is 640, .* Run: rm /))
    await chmod(path, 0o600)
    await expect(readToken(path, 4242)).rejects.toMatchObject(
      refusal(/it belongs to user \d+, and this is user 4242/),
    )
  })

  it('is refused behind a link, and as anything but a file', async () => {
    await writeFile(join(folder, 'real'), newToken(), { mode: 0o600 })
    await symlink(join(folder, 'real'), path)
    await expect(readToken(path)).rejects.toMatchObject(refusal(/it is a link/))
    path = folder
    await expect(readToken(path)).rejects.toMatchObject(refusal(/it is no file/))
  })

  it('is refused with a line break, which the SDKs would refuse, and where it is easily guessed', async () => {
    await writeFile(path, `${newToken()}\n`, { mode: 0o600 })
    await expect(readToken(path)).rejects.toMatchObject(refusal(/it ends in a line break/))
    await writeFile(path, 'secret', { mode: 0o600 })
    await expect(readToken(path)).rejects.toMatchObject(refusal(/43 characters or more/))
  })

  it('never has what is in it in a message', async () => {
    await writeFile(path, 'hunter2-hunter2\n', { mode: 0o600 })
    const { message } = await readToken(path).then(
      () => ({ message: 'accepted' }),
      (error: Error) => error,
    )
    expect(message).toContain('is not used')
    expect(message).not.toContain('hunter2')
  })
})
