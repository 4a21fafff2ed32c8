#!/usr/bin/env -S node --
/**
 * The `keyferry` command: finds the verb and loads that verb's file alone. The `--` above keeps Node from taking our
 * `--env-file` for its own (nodejs/node#54232).
 */
import { createRequire } from 'node:module'
import { unknown } from './call.ts'
import { describeFailure, EXIT } from './failure.ts'
import { runVerb, type RunVerb } from './run-verb.ts'
import { isVerb, VERBS, type VerbName } from './verbs.ts'

const LOAD: Readonly<Record<VerbName, () => Promise<RunVerb>>> = {
  refresh: async () => (await import('./refresh.ts')).refresh,
  status: async () => (await import('./status.ts')).status,
  prune: async () => (await import('./prune.ts')).prune,
  'revoke-policy': async () => (await import('./revoke-policy.ts')).revokePolicy,
  whoami: async () => (await import('./whoami.ts')).whoami,
  'credential-process': async () => (await import('./credential-process.ts')).credentialProcess,
  export: async () => (await import('./export.ts')).exportCredentials,
  emulator: async () => (await import('./emulator.ts')).emulator,
  demo: async () => (await import('./demo.ts')).demo,
  help: async () => (await import('./help.ts')).help,
}

// A reader that has seen enough (`keyferry status | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2))

async function main([word, ...rest]: string[]): Promise<number> {
  if (word === undefined) {
    const { helpForAll } = await import('./help.ts')
    console.error(helpForAll())
    return EXIT.usage
  }
  if (word === '--version' || word === '-V') {
    console.log(version())
    return EXIT.ok
  }
  if (word === '--help' || word === '-h') return runVerb('help', LOAD.help, rest)
  if (isVerb(word)) return runVerb(word, LOAD[word], rest)
  console.error(describeFailure(unknown('verb', word, Object.keys(VERBS))))
  return EXIT.usage
}

function version(): string {
  return (createRequire(import.meta.url)('keyferry/package.json') as { version: string }).version
}
