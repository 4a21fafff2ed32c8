/** A directory that is this user's alone: what is read from it can be trusted, what is written appears whole or not at all. */
import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { KeyferryError } from '../core/errors.ts'
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts'
import { withoutDetails } from '../core/redaction.ts'

/**
 * Everything here rejects with CACHE_UNSAFE, and the command that mends it, where someone else could read or replace the
 * files; with CACHE_UNAVAILABLE where the file system does not let us.
 */
export interface PrivateDirectory {
  readonly path: string
  /** The whole file; `undefined` where there is none, or one too large to be ours. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Makes the directory unless it exists. */
  create(): Promise<void>
  /** Writes a file beside `name` and syncs it; nobody sees it as `name` before it is committed. */
  stage(name: string, bytes: Uint8Array): Promise<StagedFile>
}

export interface StagedFile {
  /** In one step, also for who is reading the old file. */
  commit(): Promise<void>
  /** Removes what was staged; nothing after a commit. Never rejects. */
  discard(): Promise<void>
}

/** @param uid the user that the files must belong to; without one, as on Windows, nothing can be verified or kept */
export function privateDirectory(
  path: string,
  uid: number | undefined = process.getuid?.(),
): PrivateDirectory {
  return {
    path,
    read: (name) => translated(path, () => readPrivate(name)),
    create: () => translated(path, create),
    stage: (name, bytes) => translated(path, () => stage(name, bytes)),
  }

  async function readPrivate(name: string): Promise<Uint8Array | undefined> {
    if (!(await isThere())) return undefined
    const file = join(path, name)
    const handle = await openUnlinked(file)
    if (!handle) return undefined
    try {
      // Of the descriptor, not the path: what is verified is what is read.
      const stats = await handle.stat()
      verify(file, stats, stats.isFile() && stats.nlink <= 1, 0o600)
      return stats.size > PAYLOAD_BYTES_MAX ? undefined : await handle.readFile()
    } finally {
      await handle.close()
    }
  }

  async function create(): Promise<void> {
    await make(path)
    await isThere()
  }

  async function stage(name: string, bytes: Uint8Array): Promise<StagedFile> {
    // Process ids repeat across the containers that share a volume: a name made of one would be written by two.
    const temporary = join(path, `${name}.${randomUUID()}.tmp`)
    const discard = (): Promise<void> => rm(temporary, { force: true }).catch(() => {})
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      // Without it a crash of the machine can leave the new name with none of the new bytes.
      await handle.sync()
    } catch (error) {
      await discard()
      throw error
    } finally {
      await handle.close()
    }
    return { commit: () => translated(path, () => rename(temporary, join(path, name))), discard }
  }

  async function isThere(): Promise<boolean> {
    const stats = await lstat(path).catch(absent)
    if (stats) verify(path, stats, stats.isDirectory(), 0o700)
    return stats !== undefined
  }

  function verify(what: string, stats: Stats, isPlain: boolean, mode: number): void {
    if (uid === undefined) throw unavailable(path, new Error('this platform does not tell who owns a file'))
    if (!isPlain) throw unsafe(what, LINKED, `rm ${quoted(what)}`)
    if (stats.uid !== uid) {
      const owners = `it belongs to user ${stats.uid}, and this process runs as user ${uid}`
      throw unsafe(what, owners, `chown ${uid} ${quoted(what)}`)
    }
    if ((stats.mode & 0o077) !== 0) {
      const loose = `its mode is ${(stats.mode & 0o777).toString(8)}, so that others can get at it`
      throw unsafe(what, loose, `chmod ${mode.toString(8)} ${quoted(what)}`)
    }
  }
}

// By itself: Node's `recursive` never comes back where a directory exists but has no room for another, as in /proc.
async function make(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await make(dirname(path))
    await mkdir(path, 0o700).catch(unlessThere)
  }
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}

/** Stands in where there is no place for one. */
export function noDirectory(): PrivateDirectory {
  const refuse = async (): Promise<never> => {
    throw new KeyferryError(
      'CACHE_UNAVAILABLE',
      `There is no HOME to keep credentials in, so every process makes its own exchange. ${NAME_ONE}`,
    )
  }
  return { path: '', read: refuse, create: refuse, stage: refuse }
}

const NAME_ONE = 'Name a directory that this user may write to: { directory }, or XDG_CACHE_HOME.'
const LINKED = 'it is a link, or something else than it should be, and may lead to what others own'

async function openUnlinked(file: string): Promise<FileHandle | undefined> {
  // Opening a pipe would wait for its writer.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    return await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    // ELOOP: the last part of the path is a symbolic link.
    if (codeOf(error) === 'ELOOP') throw unsafe(file, LINKED, `rm ${quoted(file)}`)
    return absent(error)
  }
}

async function translated<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof KeyferryError ? error : unavailable(path, error)
  }
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
  return undefined
}

function unavailable(path: string, error: unknown): KeyferryError {
  const cause = withoutDetails(error)
  return new KeyferryError(
    'CACHE_UNAVAILABLE',
    `Credentials cannot be kept in ${path} (${codeOf(error) ?? cause.message}), so every process makes its own exchange. ` +
      NAME_ONE,
    { cause, resource: path },
  )
}

function unsafe(path: string, what: string, fix: string): KeyferryError {
  return new KeyferryError(
    'CACHE_UNSAFE',
    `Credentials are neither read from ${path} nor kept there: ${what}. Run: ${fix}`,
    { resource: path },
  )
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
