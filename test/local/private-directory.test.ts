import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KeyferryError } from '../../shared/core/errors.ts'
import { privateDirectory } from '../../shared/local/private-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const BYTES = new TextEncoder().encode('{"Version":1}')
const UID = process.getuid?.() as number

describe('a private directory', () => {
  it('gives back what was committed to it', async () => {
    const directory = privateDirectory(join(temporaryDirectory(), 'a/b'))
    await directory.create()
    await (await directory.stage('file', BYTES)).commit()
    expect(Buffer.from((await directory.read('file')) ?? [])).toEqual(Buffer.from(BYTES))
  })

  it('and its files are for this user only', async () => {
    const path = join(temporaryDirectory(), 'a/b')
    const directory = privateDirectory(path)
    await directory.create()
    await (await directory.stage('file', BYTES)).commit()
    expect([path, join(path, '..'), join(path, 'file')].map(modeOf)).toEqual(['700', '700', '600'])
  })

  it('has nothing where it does not exist, and does not make itself to say so', async () => {
    const path = join(temporaryDirectory(), 'none')
    expect(await privateDirectory(path).read('file')).toBeUndefined()
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('shows what is staged to nobody, and leaves nothing of it when it is discarded', async () => {
    const path = temporaryDirectory()
    const directory = privateDirectory(path)
    const staged = await directory.stage('file', BYTES)
    expect(await directory.read('file')).toBeUndefined()
    await staged.discard()
    expect(readdirSync(path)).toEqual([])
  })

  it('keeps what was committed when it is discarded afterwards', async () => {
    const directory = privateDirectory(temporaryDirectory())
    const staged = await directory.stage('file', BYTES)
    await staged.commit()
    await staged.discard()
    expect(await directory.read('file')).toBeDefined()
  })

  it('stages for two at once without one writing into the file of the other', async () => {
    const directory = privateDirectory(temporaryDirectory())
    const [one, other] = await Promise.all([directory.stage('file', BYTES), directory.stage('file', BYTES)])
    await Promise.all([one.commit(), other.commit()])
    expect(await directory.read('file')).toHaveLength(BYTES.length)
  })

  it('does not read what is too large to be ours', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'file'), Buffer.alloc(65_537), { mode: 0o600 })
    expect(await privateDirectory(path).read('file')).toBeUndefined()
  })
})

describe('what others could get at is refused', () => {
  it.each([
    ['a directory that others may read', (path: string) => chmodSync(path, 0o750)],
    ['a directory that others may enter', (path: string) => chmodSync(path, 0o701)],
    ['a file that others may read', (path: string) => chmodSync(join(path, 'file'), 0o644)],
    ['a file that others may write', (path: string) => chmodSync(join(path, 'file'), 0o620)],
    ['a file that is a symbolic link', (path: string) => replaceByLink(join(path, 'file'), symlinkSync)],
    ['a file that has another name', (path: string) => replaceByLink(join(path, 'file'), linkSync)],
    [
      'a file that is a pipe',
      (path: string) => execFileSync('sh', ['-c', 'rm "$1"; mkfifo -m 600 "$1"', 'sh', join(path, 'file')]),
    ],
  ])('%s, with the command that mends it', async (_, loosen) => {
    const path = join(temporaryDirectory(), "it's here")
    mkdirSync(path, { mode: 0o700 })
    writeFileSync(join(path, 'file'), BYTES, { mode: 0o600 })
    const directory = privateDirectory(path)
    expect(await directory.read('file')).toBeDefined()

    loosen(path)
    const error = await refusal(directory.read('file'))
    expect(error.code).toBe('CACHE_UNSAFE')
    execFileSync('sh', ['-c', fixIn(error)])
    await directory.read('file')
  })

  it('a directory that is a symbolic link, also before anything is written', async () => {
    const parent = temporaryDirectory()
    mkdirSync(join(parent, 'real'), { mode: 0o700 })
    symlinkSync(join(parent, 'real'), join(parent, 'link'))
    const directory = privateDirectory(join(parent, 'link'))
    expect((await refusal(directory.read('file'))).code).toBe('CACHE_UNSAFE')
    expect((await refusal(directory.create())).code).toBe('CACHE_UNSAFE')
  })

  it('a directory of another user', async () => {
    const path = temporaryDirectory()
    const error = await refusal(privateDirectory(path, UID + 1).read('file'))
    expect(error).toMatchObject({ code: 'CACHE_UNSAFE', resource: path })
    expect(fixIn(error)).toBe(`chown ${UID + 1} ${path}`)
  })

  it.runIf(UID === 0)('a file of another user in a directory of this one', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'file'), BYTES, { mode: 0o600 })
    execFileSync('chown', ['65534', join(path, 'file')])
    const error = await refusal(privateDirectory(path).read('file'))
    expect(fixIn(error)).toBe(`chown 0 ${join(path, 'file')}`)
  })
})

describe('where nothing can be kept', () => {
  it('says so, when the file system does not let us', async () => {
    const path = join(temporaryDirectory(), 'file')
    writeFileSync(path, '')
    const directory = privateDirectory(join(path, 'below'))
    const acts = [() => directory.create(), () => directory.read('x'), () => directory.stage('x', BYTES)]
    for (const act of acts) {
      expect(await refusal(act())).toMatchObject({
        code: 'CACHE_UNAVAILABLE',
        resource: join(path, 'below'),
        message: expect.stringContaining('ENOTDIR') as string,
      })
    }
  })

  it.runIf(process.platform === 'linux')('says so, where a directory has no room for another', async () => {
    // Node's own recursive mkdir goes round and round here.
    const path = '/proc/none/of/it'
    expect(await refusal(privateDirectory(path).create())).toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      resource: path,
    })
  })

  it('makes itself once, whoever else does so meanwhile', async () => {
    const path = join(temporaryDirectory(), 'a/b/c')
    await Promise.all(Array.from({ length: 8 }, () => privateDirectory(path).create()))
    expect(modeOf(path)).toBe('700')
  })

  it('says so, when the platform does not tell who owns a file', async () => {
    const { getuid } = process
    try {
      Reflect.deleteProperty(process, 'getuid')
      const error = await refusal(privateDirectory(temporaryDirectory()).read('file'))
      expect(error.code).toBe('CACHE_UNAVAILABLE')
    } finally {
      Object.assign(process, { getuid })
    }
  })
})

async function refusal(act: Promise<unknown>): Promise<KeyferryError> {
  return act.then(
    () => expect.unreachable('was not refused'),
    (error: KeyferryError) => error,
  )
}

function fixIn(error: KeyferryError): string {
  return /Run: (.*)$/.exec(error.message)?.[1] as string
}

function replaceByLink(file: string, link: (target: string, path: string) => void): void {
  const target = `${file}-elsewhere`
  execFileSync('mv', [file, target])
  link(target, file)
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}
