#!/usr/bin/env -S node --
/**
 * The `keyferry` command: finds the verb and loads that verb's file alone. The `--` above keeps Node from taking our
 * `--env-file` for its own (nodejs/node#54232).
 */
import { KeyferryError } from '../shared/core/errors.ts'
import { unknown } from './command/call.ts'
import { describeFailure, EXIT } from './command/failure.ts'
import { watchOutput } from './command/output.ts'
import { runVerb, type RunVerb } from './command/run-verb.ts'
import { isVerb, VERBS, type VerbName } from './verbs.ts'

const LOAD: Readonly<Record<VerbName, () => Promise<RunVerb>>> = {
  refresh: async () => (await import('./refresh.ts')).refresh,
  status: async () => (await import('./status.ts')).status,
  prune: async () => (await import('./prune.ts')).prune,
  'revoke-policy': async () => (await import('./revoke-policy.ts')).revokePolicy,
  whoami: async () => (await import('./whoami.ts')).whoami,
  'trust-policy': async () => (await import('./trust-policy.ts')).trustPolicy,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'credential-process': async () => (await import('./credential-process.ts')).credentialProcess,
  export: async () => (await import('./export.ts')).exportCredentials,
  exec: async () => (await import('./exec.ts')).exec,
  serve: async () => (await import('./serve.ts')).serve,
  emulator: async () => (await import('./emulator.ts')).emulator,
  demo: async () => (await import('./demo.ts')).demo,
  completion: async () => (await import('./completion.ts')).completion,
  help: async () => (await import('./help.ts')).help,
}

const ended = watchOutput()
// A process that others wait for ends now: what a client still looks for behind its answer is for nobody any more.
process.exit(await ended(await main(verbFirst(process.argv.slice(2)))))

async function main([word, ...rest]: string[]): Promise<number> {
  if (word === undefined) {
    const { helpForAll } = await import('./help.ts')
    console.error(helpForAll())
    return EXIT.usage
  }
  if (word === '--version' || word === '-V') {
    const { version } = await import('./command/version.ts')
    console.log(version())
    return EXIT.ok
  }
  if (word === '--help' || word === '-h') return runVerb('help', LOAD.help, rest)
  if (isVerb(word)) return runVerb(word, LOAD[word], rest)
  console.error(
    describeFailure(word.startsWith('-') ? misplaced(word) : unknown('verb', word, Object.keys(VERBS))),
  )
  return EXIT.usage
}

/** Switches that stand before the verb are taken for its own: `keyferry --json status`. */
function verbFirst(words: readonly string[]): string[] {
  const at = words.findIndex((word) => word !== '--json' && word !== '--debug')
  return at > 0 && isVerb(words[at] as string)
    ? [words[at] as string, ...words.slice(0, at), ...words.slice(at + 1)]
    : [...words]
}

function misplaced(flag: string): KeyferryError {
  return new KeyferryError(
    'CONFIG_INVALID',
    `"${flag}" stands where the verb is expected. Write it behind one: keyferry VERB ${flag}. Run "keyferry help" to see the verbs.`,
  )
}
