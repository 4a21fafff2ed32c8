/** `keyferry completion`: what a shell needs to complete verbs, flags and their values, from the table of verbs. */
import { KeyferryError } from '../shared/core/errors.ts'
import type { Call } from './command/call.ts'
import { unknown } from './command/call.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { zshCompletion } from './completion/zsh.ts'
import { EXIT } from './command/failure.ts'
import type { Terminal } from './command/terminal.ts'
import { VERBS } from './verbs.ts'

const SCRIPTS: Readonly<Record<string, (verbs: typeof VERBS) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

export async function completion(call: Call, terminal: Terminal): Promise<number> {
  const [shell] = call.arguments
  if (shell === undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `Which shell? Write "keyferry completion bash", or one of ${Object.keys(SCRIPTS).join(', ')}.`,
    )
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (!script) throw unknown('shell', shell, Object.keys(SCRIPTS), 'completion')
  terminal.print(script(VERBS))
  return EXIT.ok
}
