import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/core/limits.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { cacheFileName } from '../../shared/local/cached-document.ts'
import {
  directoryStore,
  type DirectoryStore,
  type DirectoryStoreOptions,
} from '../../shared/local/directory-store.ts'
import { privateDirectory, type PrivateDirectory } from '../../shared/local/private-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const exchange: ExchangeOptions = { roleArn: 'arn:aws:iam::123456789012:role/app' }
const NAME = cacheFileName({ serviceAccount: 'app@p.iam.gserviceaccount.com', exchange })

describe('the directory store', () => {
  it('finds nothing at first, and then what was minted, from another process too', async () => {
    const machine = aMachine()
    expect(await machine.process().find()).toBeUndefined()
    const { credentials } = await machine.process().refresh(machine.mint)
    expect((await machine.process().find())?.credentials).toEqual(credentials)
  })

  it('mints once for all who start together', async () => {
    const machine = aMachine()
    const held = await Promise.all(Array.from({ length: 20 }, () => machine.process().refresh(machine.mint)))
    expect(machine.mints).toBe(1)
    expect(new Set(held.map(keyOf))).toEqual(new Set([keyAt(1)]))
  })

  it('mints once for all who hold the same credentials when these come to their end', async () => {
    const machine = aMachine()
    const held = await machine.process().refresh(machine.mint)
    machine.now += 50 * MINUTE_MS
    expect(await machine.process().find(held)).toBeUndefined()
    const next = await Promise.all(
      Array.from({ length: 20 }, () => machine.process().refresh(machine.mint, held)),
    )
    expect(machine.mints).toBe(2)
    expect(new Set(next.map(keyOf))).toEqual(new Set([keyAt(2)]))
  })

  it('keeps the newer ones of two processes that minted without waiting for each other', async () => {
    const machine = aMachine()
    const late = machine.process()
    const { credentials } = await late.refresh(async () => {
      const slow = await machine.mint()
      machine.now += MINUTE_MS
      machine.overwrite(encoded(await machine.mint()))
      return slow
    })
    expect(credentials.accessKeyId).toBe(keyAt(2))
    expect(keyOf(await machine.process().find())).toBe(keyAt(2))
    expect(machine.leftovers()).toEqual([])
  })

  it('puts newer ones in the place of older', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    machine.now += MINUTE_MS
    await machine.process().refresh(machine.mint, await machine.process().find())
    expect(keyOf(await machine.process().find())).toBe(keyAt(2))
  })

  it.each<[string, (machine: Machine) => Uint8Array | Promise<Uint8Array>]>([
    ['torn', ({ bytes }) => bytes().subarray(0, 100)],
    ['empty', () => Buffer.alloc(0)],
    ['foreign', () => Buffer.from('{"not":"ours"}')],
    ['of another grant', async ({ mint }) => encoded(await mint(), { policy: '{}' })],
  ])('ignores a file that is %s, and replaces it', async (_, spoilt) => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    machine.overwrite(await spoilt(machine))
    expect(await machine.process().find()).toBeUndefined()
    const { credentials } = await machine.process().refresh(machine.mint)
    expect((await machine.process().find())?.credentials).toEqual(credentials)
  })

  it('ignores expired credentials, and replaces them', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    machine.now += HOUR_MS
    expect(await machine.process().find()).toBeUndefined()
    expect(keyOf(await machine.process().refresh(machine.mint))).toBe(keyAt(2))
  })

  it('leaves what is there as it is when the mint fails, and lets the next one try', async () => {
    const machine = aMachine()
    const held = await machine.process().refresh(machine.mint)
    const before = machine.bytes()
    const refused = machine.process().refresh(() => Promise.reject(new Error('STS is down')), held)
    await expect(refused).rejects.toThrow('STS is down')
    expect(machine.bytes()).toEqual(before)
    expect(machine.leftovers()).toEqual([])
  })
})

describe('a key that AWS refused', () => {
  it('is not taken from the file again, by this or another process, and is replaced', async () => {
    const machine = aMachine()
    const process = machine.process()
    await process.refresh(machine.mint)
    await process.reject(keyAt(1))
    expect(await process.find()).toBeUndefined()
    expect(await machine.process().find()).toBeUndefined()

    const next = await machine.process().refresh(machine.mint)
    expect(keyOf(next)).toBe(keyAt(2))
    expect(keyOf(await process.find())).toBe(keyAt(2))
  })

  it('gives way even to one of the same second', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    await machine.process().reject(keyAt(1))
    await machine.process().refresh(machine.mint)
    expect(keyOf(await machine.process().find())).toBe(keyAt(2))
  })

  it('leaves another key in the file alone', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    const before = machine.bytes()
    await machine.process().reject(keyAt(7))
    expect(machine.bytes()).toEqual(before)
  })

  it('is marked without its name in clear beside it, in a file that stays as private', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    await machine.process().reject(keyAt(1))
    expect(JSON.parse(machine.bytes().toString())).toMatchObject({ Keyferry: { Suspect: true } })
    expect(statSync(machine.file).mode & 0o777).toBe(0o600)
    expect(machine.leftovers()).toEqual([])
  })

  it('is remembered by the process even where the file cannot be written', async () => {
    const machine = aMachine()
    await machine.process().refresh(machine.mint)
    const process = machine.process({ directory: { ...machine.directory, stage: diskFull } })
    await process.reject(keyAt(1))
    expect(await process.find()).toBeUndefined()
    expect(machine.problems).toEqual(['ENOSPC'])
  })
})

describe('without a directory to write to', () => {
  it('hands out what was minted, and says why it was not kept', async () => {
    const machine = aMachine()
    const process = machine.process({ directory: { ...machine.directory, stage: diskFull } })
    expect(keyOf(await process.refresh(machine.mint))).toBe(keyAt(1))
    expect(machine.problems).toEqual(['ENOSPC'])
    expect(machine.leftovers()).toEqual([])
  })

  it('mints without taking turns', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')
    const machine = aMachine(join(file, 'below'))
    const process = machine.process()
    expect(await process.find()).toBeUndefined()
    expect(keyOf(await process.refresh(machine.mint))).toBe(keyAt(1))
    await process.reject(keyAt(1))
    expect(new Set(machine.problems)).toEqual(new Set(['CACHE_UNAVAILABLE']))
  })

  it('refuses one that others can get at before it mints anything', async () => {
    const machine = aMachine()
    chmodSync(machine.directory.path, 0o755)
    await expect(machine.process().find()).rejects.toMatchObject({ code: 'CACHE_UNSAFE' })
    await expect(machine.process().refresh(machine.mint)).rejects.toMatchObject({ code: 'CACHE_UNSAFE' })
    expect(machine.mints).toBe(0)
  })
})

describe('the lock', () => {
  it('of a process that died is taken over once it has been silent for four seconds', async () => {
    const machine = aMachine()
    mkdirSync(machine.lock)
    ago(machine.lock, 4_100)
    await machine.process({ sleep: () => expect.unreachable('waited') }).refresh(machine.mint)
    expect(machine.leftovers()).toEqual([])
  })

  it('of a process that lives is waited for, until what it minted is there', async () => {
    const machine = aMachine()
    mkdirSync(machine.lock)
    let waits = 0
    const sleep = async (): Promise<void> => {
      if (++waits === 3) machine.overwrite(encoded(await machine.mint()))
    }
    expect(keyOf(await machine.process({ sleep }).refresh(machine.mint))).toBe(keyAt(1))
    expect([waits, machine.mints]).toEqual([3, 1])
  })

  it('that cannot be had in time makes nobody wait longer', async () => {
    const machine = aMachine()
    mkdirSync(machine.lock)
    ago(machine.lock, -HOUR_MS)
    await machine
      .process({ lockDeadlineMs: 0, sleep: () => expect.unreachable('waited') })
      .refresh(machine.mint)
    expect(machine.mints).toBe(1)
    expect(keyOf(await machine.process().find())).toBe(keyAt(1))
  })
})

describe('of what killed processes leave behind, the next exchange', () => {
  const OTHER = cacheFileName({ serviceAccount: 'other@p.iam.gserviceaccount.com', exchange })
  const STAGED = `${OTHER}.01234567-89ab-cdef-0123-456789abcdef.tmp`

  it.each([
    ['a file that was staged over a minute ago', STAGED, 61_000],
    ['credentials older than any live', OTHER, 13.1 * HOUR_MS],
    ['a lock that nobody came back to', `${OTHER}.lock`, 13.1 * HOUR_MS],
  ])('clears away %s', async (_, name, ageMs) => {
    expect(await isKept(name, ageMs)).toBe(false)
  })

  it.each([
    ['a file that was staged within the last minute', STAGED, 59_000],
    ['credentials that may be valid', OTHER, 12.9 * HOUR_MS],
    ['a lock that someone may hold', `${OTHER}.lock`, 12.9 * HOUR_MS],
    ['whatever has a name that is not ours', 'notes.json', 100 * HOUR_MS],
  ])('leaves %s', async (_, name, ageMs) => {
    expect(await isKept(name, ageMs)).toBe(true)
  })

  async function isKept(name: string, ageMs: number): Promise<boolean> {
    const machine = aMachine()
    const path = join(machine.directory.path, name)
    if (name.endsWith('.lock')) mkdirSync(path)
    else writeFileSync(path, '', { mode: 0o600 })
    ago(path, ageMs)
    await machine.process().refresh(machine.mint)
    return readdirSync(machine.directory.path).includes(name)
  }
})

interface Machine {
  now: number
  mints: number
  readonly problems: unknown[]
  readonly directory: PrivateDirectory
  readonly file: string
  readonly lock: string
  process(options?: Partial<DirectoryStoreOptions>): DirectoryStore
  readonly mint: () => Promise<SessionCredentials>
  bytes(): Buffer
  overwrite(bytes: Uint8Array): void
  leftovers(): string[]
}

function aMachine(path: string = temporaryDirectory()): Machine {
  const directory = privateDirectory(path)
  const file = join(path, NAME)
  const machine: Machine = {
    now: Date.parse('2026-11-23T18:00:00Z'),
    mints: 0,
    problems: [],
    directory,
    file,
    lock: `${file}.lock`,
    process: (options = {}) =>
      directoryStore({
        directory,
        name: NAME,
        exchange,
        clock: { now: () => machine.now },
        onProblem: (error) => machine.problems.push((error as { code: unknown }).code),
        ...options,
      }),
    mint: async () => ({
      accessKeyId: keyAt(++machine.mints),
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(machine.now + HOUR_MS),
      accountId: '123456789012',
    }),
    bytes: () => readFileSync(file),
    overwrite: (bytes) => writeFileSync(file, bytes, { mode: 0o600 }),
    leftovers: () => readdirSync(path).filter((name) => name !== NAME),
  }
  return machine
}

function encoded(credentials: SessionCredentials, other: Partial<ExchangeOptions> = {}): Uint8Array {
  const { expiration } = credentials
  return encodePayload(credentials, { exchange: { ...exchange, ...other }, refreshAfter: expiration })
}

function keyAt(mint: number): string {
  return `ASIAEXAMPLE${String(mint).padStart(9, '0')}`
}

function keyOf(stored: { credentials: SessionCredentials } | undefined): string | undefined {
  return stored?.credentials.accessKeyId
}

function ago(path: string, ms: number): void {
  const at = new Date(Date.now() - ms)
  utimesSync(path, at, at)
}

async function diskFull(): Promise<never> {
  throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
}
