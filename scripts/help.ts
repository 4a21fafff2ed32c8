/** The help pages, written from the table of verbs. */
import type { Call } from './command/call.ts'
import { unknown } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import type { Terminal } from './command/terminal.ts'
import { COMMON_FLAGS, isVerb, VERBS, type VerbName } from './verbs.ts'
import type { Flag, Verb } from './verbs/verb.ts'
import { wrap } from './command/wrap.ts'

export async function help(call: Call, terminal: Terminal): Promise<number> {
  const [name] = call.arguments
  if (name === undefined) terminal.print(helpForAll())
  else if (isVerb(name)) terminal.print(helpForVerb(name))
  else throw unknown('verb', name, Object.keys(VERBS))
  return EXIT.ok
}

export function helpForAll(): string {
  const names = Object.keys(VERBS) as VerbName[]
  return [
    'Keyferry lets a Google Cloud workload use AWS without a long-lived key.',
    '',
    'Usage: keyferry VERB [FLAGS]',
    '',
    ...columns(names.map((name) => [name, VERBS[name].summary])),
    '',
    'Run "keyferry help VERB" for its flags and examples. Exit codes: 0 done, 1 failed, 2 usage or configuration.',
  ].join('\n')
}

export function helpForVerb(name: VerbName): string {
  const verb = VERBS[name]
  const flags = Object.entries({ ...verb.flags, ...COMMON_FLAGS })
  return [
    `${verb.summary}.`,
    '',
    `Usage: keyferry ${usageOf(name, verb)}`,
    '',
    ...wrap(verb.details, 100),
    '',
    ...(verb.argument ? columns([[verb.argument.name, verb.argument.description]]) : []),
    ...columns(flags.map(([flag, about]) => [flagUsage(flag, about), about.description])),
    ...(verb.json ? ['', '--json prints:', ...wrap(verb.json, 100).map((line) => `  ${line}`)] : []),
    '',
    'Examples:',
    ...columns(verb.examples.map(({ command, says }) => [command, says])),
  ].join('\n')
}

export function usageOf(name: string, { argument }: Verb): string {
  if (!argument) return `${name} [FLAGS]`
  const words = `${argument.name}${argument.many ? '…' : ''}`
  return argument.rest ? `${name} [FLAGS] -- ${words}` : `${name} [${words}] [FLAGS]`
}

function flagUsage(name: string, { value, many }: Flag): string {
  return `--${name}${value ? ` ${value}` : ''}${many ? ' …' : ''}`
}

/** Of a terminal, as wide as most are at least. */
const COLUMNS = 120

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.flatMap(([left, right]) =>
    wrap(right, Math.max(24, COLUMNS - width - 4)).map(
      (line, i) => `  ${(i === 0 ? left : '').padEnd(width)}  ${line}`,
    ),
  )
}
