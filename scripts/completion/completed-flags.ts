/** What can stand behind a verb and behind a flag, for every shell alike. */
import { COMMON_FLAGS } from '../verbs.ts'
import type { Flag, Verb } from '../verbs/verb.ts'

export interface CompletedFlag extends Flag {
  readonly name: string
  /** What its value is completed with: files, some words, or nothing; absent for a switch. */
  readonly values?: 'files' | readonly string[]
}

export function completedFlags({ flags }: Verb): CompletedFlag[] {
  return Object.entries({ ...flags, ...COMMON_FLAGS }).map(([name, flag]) => ({
    ...flag,
    name,
    ...(flag.value && { values: flag.value === 'FILE' ? 'files' : (flag.choices ?? []) }),
  }))
}

/** What its first argument can be: another command, some words, or nothing that is known here. */
export function completedArgument(
  { argument }: Verb,
  verbs: readonly string[],
): 'command' | readonly string[] {
  if (argument?.rest) return 'command'
  return argument?.name === 'VERB' ? verbs : (argument?.choices ?? [])
}
