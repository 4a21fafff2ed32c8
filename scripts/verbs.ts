/** The one table of verbs and flags: parsing, help, completion and the command's reference page all come from it. */
import { CONSUMING } from './verbs/consuming.ts'
import { KEEPING } from './verbs/keeping.ts'
import { TRUSTING } from './verbs/trusting.ts'
import { TRYING } from './verbs/trying.ts'
import type { Flag, Verb } from './verbs/verb.ts'

export type VerbName =
  | 'refresh'
  | 'status'
  | 'prune'
  | 'revoke-policy'
  | 'whoami'
  | 'trust-policy'
  | 'doctor'
  | 'credential-process'
  | 'export'
  | 'exec'
  | 'serve'
  | 'emulator'
  | 'demo'
  | 'completion'
  | 'help'

/** Flags that every verb takes. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  help: { description: 'Show what this verb does, with examples' },
  debug: { description: 'On a failure, print the whole error, with its causes' },
}

export const VERBS: Readonly<Record<VerbName, Verb>> = {
  ...KEEPING,
  ...TRUSTING,
  ...CONSUMING,
  ...TRYING,
  completion: {
    summary: 'Print what bash, zsh or fish need to complete verbs, flags and their values',
    details: 'To be loaded where the shell starts. It knows the names of verbs and flags, not of targets.',
    argument: {
      name: 'SHELL',
      many: false,
      choices: ['bash', 'zsh', 'fish'],
      description: 'bash, from version 4 on, zsh or fish',
    },
    flags: {},
    examples: [
      { command: 'keyferry completion bash', says: 'in ~/.bashrc: source <(keyferry completion bash)' },
      {
        command: 'keyferry completion zsh',
        says: 'in ~/.zshrc, after compinit: source <(keyferry completion zsh)',
      },
      { command: 'keyferry completion fish', says: 'to ~/.config/fish/completions/keyferry.fish' },
    ],
  },
  help: {
    summary: 'Show the verbs, or what one of them does',
    details: 'The same as "keyferry VERB --help".',
    argument: { name: 'VERB', many: false, description: 'The verb to explain' },
    flags: {},
    examples: [{ command: 'keyferry help refresh', says: 'flags and examples of one verb' }],
  },
}

export function isVerb(name: string): name is VerbName {
  return Object.hasOwn(VERBS, name)
}
