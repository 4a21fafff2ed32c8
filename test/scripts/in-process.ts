/** A verb as it runs, in this process: its words in, and what it prints, notes and ends with out. */
import { runVerb, type RunVerb } from '../../scripts/command/run-verb.ts'
import type { VerbName } from '../../scripts/verbs.ts'

export interface Said {
  readonly status: number
  /** Of stdout: documents and reports. */
  readonly printed: string
  /** Of stderr. */
  readonly notes: string
}

export async function inProcess(
  name: VerbName,
  verb: RunVerb,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Said> {
  const said = { printed: '', notes: '' }
  const terminal = {
    env,
    decorated: false,
    print: (text: string) => void (said.printed += `${text}\n`),
    report: (text: string) => void (said.printed += `${text}\n`),
    note: (text: string) => void (said.notes += `${text}\n`),
  }
  const status = await runVerb(name, () => verb, words, terminal)
  return { status, ...said }
}
