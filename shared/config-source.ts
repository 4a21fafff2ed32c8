/** Where the writing side's configuration comes from: a JSON document, a file with one, or the variables of a single target. */
import { readFile } from 'node:fs/promises'
import { KeyferryError } from './core/errors.ts'

export interface ConfigSource {
  readonly document: unknown
  /** What a problem is said of: a file, or the environment. */
  readonly where: string
  /** What users call the field that the document has at `path`. */
  readonly nameOf: (path: string) => string
}

const VARIABLES = {
  secret: 'KEYFERRY_SECRET',
  roleArn: 'AWS_ROLE_ARN',
  region: 'AWS_REGION',
  audience: 'KEYFERRY_AUDIENCE',
  durationSeconds: 'KEYFERRY_DURATION_SECONDS',
  everySeconds: 'KEYFERRY_EVERY_SECONDS',
  refreshAfterSeconds: 'KEYFERRY_REFRESH_AFTER_SECONDS',
  serviceAccount: 'KEYFERRY_SERVICE_ACCOUNT',
} as const

/** Rejects with CONFIG_INVALID where there is no configuration at all, or none that can be read as JSON. */
export async function configSource(env: NodeJS.ProcessEnv): Promise<ConfigSource> {
  // Which takes a byte order mark with it.
  const config = env['KEYFERRY_CONFIG']?.trim()
  if (!config) return fromVariables(env)
  const isInline = /^[{["]/.test(config)
  const where = isInline ? 'KEYFERRY_CONFIG' : config
  return {
    document: parse(isInline ? config : await contentOf(config), where),
    where,
    nameOf: (path) => path,
  }
}

/** The variable that says, without a document, what `field` of a target says. */
export function variableOf(field: string): string | undefined {
  return (VARIABLES as Readonly<Record<string, string>>)[field]
}

function fromVariables(env: NodeJS.ProcessEnv): ConfigSource {
  const target: Record<string, unknown> = {}
  for (const [field, variable] of Object.entries(VARIABLES)) {
    const value = env[variable]?.trim()
    // Empty counts as absent: not every way of setting a variable can leave it out.
    if (value) target[field] = field.endsWith('Seconds') ? numberIn(value) : value
  }
  const { secret } = target
  if (typeof secret !== 'string') {
    throw new KeyferryError(
      'CONFIG_INVALID',
      'There is no target: set KEYFERRY_CONFIG to JSON or to the path of a JSON file or, for a single target, KEYFERRY_SECRET, AWS_ROLE_ARN and AWS_REGION.',
    )
  }
  const name = secret.slice(secret.lastIndexOf('/') + 1).slice(0, 63)
  return {
    document: { targets: [{ name, ...target }] },
    where: 'The environment',
    nameOf: (path) => {
      const field = path.replace(/^targets\[0\]\./, '')
      return variableOf(field) ?? field
    },
  }
}

// What is no number stays as it is, so that the problem can show it.
function numberIn(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

async function contentOf(path: string): Promise<string> {
  try {
    // Editors on Windows begin a file with a byte order mark.
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
  } catch (cause) {
    const { code = 'unreadable' } = cause as NodeJS.ErrnoException
    const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
    throw new KeyferryError(
      'CONFIG_INVALID',
      `KEYFERRY_CONFIG is neither JSON, which begins with a brace, nor a file that can be read: ${shown} (${code}).`,
    )
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new KeyferryError(
      'CONFIG_INVALID',
      `${where} is not valid JSON: ${mistakeIn(text, String(error))}.`,
    )
  }
}

// All of V8's message but the place may quote the document.
function mistakeIn(text: string, said: string): string {
  if (/Unexpected end/.test(said)) return 'it ends too early'
  const place = /line (\d+) column (\d+)/.exec(said)
  const [line, column] = place ? place.slice(1) : firstBeyondRepair(text)
  return `see line ${line}, column ${column}`
}

// For an unexpected character V8 tells no place: it is the last one of the shortest beginning that has it.
function firstBeyondRepair(text: string): [line: number, column: number] {
  let [low, high] = [1, text.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (hasUnexpected(text.slice(0, middle))) high = middle
    else low = middle + 1
  }
  const lines = text.slice(0, low).split('\n')
  return [lines.length, (lines.at(-1) as string).length]
}

function hasUnexpected(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return /Unexpected token/.test(String(error))
  }
}
