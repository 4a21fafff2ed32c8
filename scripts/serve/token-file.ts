/** The file that a client finds the token in: read if it is there, written if it is not, and this user's alone. */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { KeyferryError } from '../../shared/core/errors.ts'
import { withoutDetails } from '../../shared/core/redaction.ts'

/** What AWS's SDKs send without change, and nobody guesses: as long as 256 bits are in base64. */
const TOKEN = /^[\w.~+/=-]{43,1024}$/

/** The token in the file; `undefined` without one. Rejects with CONFIG_INVALID where others could read or replace it. */
export async function readToken(
  path: string,
  uid: number | undefined = process.getuid?.(),
): Promise<string | undefined> {
  let file
  try {
    // Opening a pipe would wait for its writer; behind a link may be what others own.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw unusable(path, code === 'ELOOP' ? `it is a link. ${ANOTHER}` : `it cannot be read (${code}).`)
  }
  try {
    // Of the descriptor, not the path: what is verified is what is read.
    const stats = await file.stat()
    if (!stats.isFile()) throw unusable(path, `it is no file. ${ANOTHER}`)
    if (uid !== undefined && stats.uid !== uid)
      throw unusable(path, `it belongs to user ${stats.uid}, and this is user ${uid}. ${ANOTHER}`)
    if ((stats.mode & 0o077) !== 0)
      throw unusable(
        path,
        `its mode is ${(stats.mode & 0o777).toString(8)}, so others may have read it. Run: rm ${path}, ` +
          'and a new one will be written.',
      )
    const token = await file.readFile('utf8')
    if (/\s$/.test(token))
      throw unusable(path, `it ends in a line break, which the SDKs refuse. Write it with: printf %s TOKEN`)
    if (!TOKEN.test(token))
      throw unusable(path, `it must be 43 characters or more of A-Z a-z 0-9 - _ . ~ + / =. ${ANOTHER}`)
    return token
  } finally {
    await file.close()
  }
}

/** Without a line break at its end: what is in it is sent as it is. Whoever waits for the file finds it whole. */
export async function writeToken(path: string, token: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, token, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw unusable(path, `it cannot be written (${withoutDetails(error).message}).`)
  }
}

const ANOTHER = 'Remove it, and a new one will be written; or name another with --token-file.'

function unusable(path: string, why: string): KeyferryError {
  return new KeyferryError('CONFIG_INVALID', `The token in ${path} is not used: ${why}`, { resource: path })
}
