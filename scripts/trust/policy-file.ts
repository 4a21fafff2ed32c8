/** The text of a trust policy that the user names: a file, or standard input. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { KeyferryError } from '../../shared/core/errors.ts'

/** Rejects with CONFIG_INVALID where it cannot be read. */
export async function policyText(file: string): Promise<string> {
  try {
    return await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'))
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException
    throw new KeyferryError(
      'CONFIG_INVALID',
      `Cannot read the trust policy in ${file} (${code}). Name a JSON file, or "-" for standard input.`,
    )
  }
}
