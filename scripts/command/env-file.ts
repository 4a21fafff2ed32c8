/** Files of `KEY=value` lines, fit for a shell's `set -a; . FILE` and for `node --env-file FILE` alike. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { writePrivateFile } from './private-file.ts'

/** Whoever waits for the file finds it whole, and nobody else can read it. */
export async function writeEnvFile(path: string, variables: Readonly<Record<string, string>>): Promise<void> {
  await writePrivateFile(path, envText(variables))
}

/** One line for each variable, quoted where a shell would read its value as more than one word. */
export function envText(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join('')
}

function quoted(name: string, value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value
  // Single quotes keep everything but themselves, for shells as for Node; what double quotes keep is not the same for both.
  if (!/['\r\n]/.test(value)) return `'${value}'`
  if (!/["$`\\\r\n]/.test(value)) return `"${value}"`
  throw new KeyferryError(
    'CONFIG_INVALID',
    `${name} has a line break, or quotes of both kinds or a dollar sign beside one, in its value: no environment file can hold it.`,
  )
}
