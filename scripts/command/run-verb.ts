/** Runs one verb: words in, exit code out, and no error without a code. */
import { parseCall, type Call } from './call.ts'
import { describeFailure, exitCodeOf, EXIT } from './failure.ts'
import { terminalOf, type Terminal } from './terminal.ts'
import { VERBS, type VerbName } from '../verbs.ts'

/** What each verb's file exports: does the act, and resolves to the exit code. */
export type RunVerb = (call: Call, terminal: Terminal) => Promise<number>

export async function runVerb(
  name: VerbName,
  load: () => Promise<RunVerb> | RunVerb,
  words: readonly string[],
  terminal: Terminal = terminalOf(),
): Promise<number> {
  let call: Call | undefined
  try {
    call = parseCall(name, VERBS[name], words)
    if (call.has('help')) {
      const { helpForVerb } = await import('../help.ts')
      terminal.print(helpForVerb(name))
      return EXIT.ok
    }
    const run = await load()
    return await run(call, terminal)
  } catch (error) {
    terminal.note(describeFailure(error, call?.has('debug') ?? words.includes('--debug')))
    return exitCodeOf(error)
  }
}
