/** Variables as each kind of shell reads them; no value can get out of its quotes. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { envText } from '../command/env-file.ts'

/** The names are those of `aws configure export-credentials --format`; `dotenv` is ours. */
export const EXPORT_FORMATS = [
  'env',
  'env-no-export',
  'fish',
  'powershell',
  'windows-cmd',
  'dotenv',
  'process',
] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export function isExportFormat(name: string): name is ExportFormat {
  return (EXPORT_FORMATS as readonly string[]).includes(name)
}

type VariableFormat = Exclude<ExportFormat, 'process'>

/** One line for each variable. Throws CONFIG_INVALID for a value that the format cannot hold. */
export function variablesIn(format: VariableFormat, variables: Readonly<Record<string, string>>): string {
  if (format === 'dotenv') return envText(variables).trimEnd()
  return Object.entries(variables)
    .map(([name, value]) => LINE[format](name, value))
    .join('\n')
}

const LINE: Readonly<Record<Exclude<VariableFormat, 'dotenv'>, (name: string, value: string) => string>> = {
  env: (name, value) => `export ${name}=${inShell(value)}`,
  'env-no-export': (name, value) => `${name}=${inShell(value)}`,
  fish: (name, value) => `set -gx ${name} ${inFish(value)};`,
  powershell: (name, value) => `$Env:${name}=${inPowerShell(value)}`,
  'windows-cmd': (name, value) => `set "${name}=${inCmd(name, value)}"`,
}

// What has no meaning in any shell stays bare, so that `env $(keyferry export --format env-no-export) CMD` works too.
const PLAIN = /^[A-Za-z0-9/+][\w@%+=:,./-]*$/

function inShell(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

function inFish(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}

// PowerShell takes typographic quotes for quotes.
function inPowerShell(value: string): string {
  return `'${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`
}

function inCmd(name: string, value: string): string {
  // At its prompt a percent sign cannot be quoted at all, and an exclamation mark not always.
  if (/["%!^\r\n]/.test(value))
    throw new KeyferryError(
      'CONFIG_INVALID',
      `${name} has a character in its value that cmd.exe cannot quote. Use --format powershell.`,
    )
  return value
}
