/** A file that a user named, written so that it is there whole or not at all, and for nobody else to read. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { KeyferryError } from '../../shared/core/errors.ts'
import { withoutDetails } from '../../shared/core/redaction.ts'

/** Written under another name first. Rejects with CONFIG_INVALID where it cannot be. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new KeyferryError(
      'CONFIG_INVALID',
      `Cannot write ${path}: ${withoutDetails(error).message}. Name a file in a folder that you can write to.`,
      { cause: withoutDetails(error), resource: path },
    )
  }
}
