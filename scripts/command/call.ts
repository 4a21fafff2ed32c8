/** One call of a verb: its words checked against the table, with a suggestion for what is not in it. */
import { nearestTo } from '../../shared/core/did-you-mean.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import { COMMON_FLAGS, type VerbName } from '../verbs.ts'
import type { Flag, Verb } from '../verbs/verb.ts'

export interface Call {
  readonly arguments: readonly string[]
  /** Whether the switch was given. */
  has(flag: string): boolean
  /** The value of a flag; the last one if it was given more than once. */
  value(flag: string): string | undefined
  values(flag: string): readonly string[]
}

/** Throws CONFIG_INVALID for anything that the table does not have. */
export function parseCall(name: VerbName, verb: Verb, words: readonly string[]): Call {
  const flags: Readonly<Record<string, Flag>> = { ...verb.flags, ...COMMON_FLAGS }
  // Not imported: with all that an import of it reads, Node loads its worker threads too.
  const { tokens } = process.getBuiltinModule('node:util').parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([flag, { value }]) => [flag, { type: value ? 'string' : 'boolean' }]),
    ),
    // Its own messages know neither our verbs nor what was probably meant.
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (verb.argument?.rest && token.kind !== 'option') {
      positionals.push(...words.slice(token.index + (token.kind === 'option-terminator' ? 1 : 0)))
      break
    }
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const flag = token.name === 'h' ? 'help' : token.name
    if (!Object.hasOwn(flags, flag))
      throw unknown('flag', token.rawName, Object.keys(flags).map(dashed), name)
    given.set(flag, [...(given.get(flag) ?? []), valueOf(flag, flags[flag] as Flag, token.value, name)])
  }
  checkArguments(name, verb, positionals)
  return {
    arguments: positionals,
    has: (flag) => given.has(flag),
    value: (flag) => given.get(flag)?.at(-1),
    values: (flag) => given.get(flag) ?? [],
  }
}

/** The error for a word that the table does not have, naming the nearest that it has. */
export function unknown(
  kind: string,
  word: string,
  known: readonly string[],
  verb?: VerbName,
): KeyferryError {
  const where = verb ? `"keyferry ${verb}" has` : 'There is'
  const nearest = nearestTo(word, known)
  const next = nearest
    ? `Did you mean "${nearest}"?`
    : `Run "keyferry help${verb ? ` ${verb}` : ''}" to see ${verb ? 'its flags' : 'the verbs'}.`
  return new KeyferryError('CONFIG_INVALID', `${where} no ${kind} "${word}". ${next}`)
}

function valueOf(name: string, flag: Flag, value: string | undefined, verb: VerbName): string {
  const usage = flag.value ? `${dashed(name)} ${flag.value}` : dashed(name)
  if (!flag.value && value !== undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `${dashed(name)} takes no value: write "keyferry ${verb} ${usage}".`,
    )
  // A flag where a value should stand is a forgotten value, not a strange one.
  if (flag.value && (value === undefined || value === '' || value.startsWith('--')))
    throw new KeyferryError(
      'CONFIG_INVALID',
      `${dashed(name)} needs a value: write "keyferry ${verb} ${usage}".`,
    )
  return value ?? ''
}

function checkArguments(name: VerbName, { argument }: Verb, given: readonly string[]): void {
  const allowed = argument ? (argument.many ? Infinity : 1) : 0
  if (given.length <= allowed) return
  throw new KeyferryError(
    'CONFIG_INVALID',
    `"keyferry ${name}" does not take "${given[allowed]}". Run "keyferry help ${name}" to see what it takes.`,
  )
}

function dashed(flag: string): string {
  return `--${flag}`
}
