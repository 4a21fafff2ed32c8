/** A server's token, and the file where its clients find it: the one that is named, or a temporary one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { newToken } from './bearer-token.ts'
import { readToken, writeToken } from './token-file.ts'

export interface TokenPlace {
  readonly token: string
  /** To be called when clients may come. Resolves to the path of the file, in which the token is from now on. */
  write(): Promise<string>
  /** Removes the file if it is a temporary one. */
  remove(): Promise<void>
}

/** The token is that of the file which is named, if it is there. Rejects with CONFIG_INVALID where it cannot be used. */
export async function tokenPlace(named: string | undefined): Promise<TokenPlace> {
  const given = named === undefined ? undefined : await readToken(named)
  const token = given ?? newToken()
  let temporary: string | undefined
  return {
    token,
    async write() {
      const path =
        named === undefined
          ? join((temporary = await mkdtemp(join(tmpdir(), 'keyferry-'))), 'token')
          : resolve(named)
      if (given === undefined) await writeToken(path, token)
      return path
    },
    async remove() {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
    },
  }
}
