#!/usr/bin/env node
/** The manual refresh: the scheduled function's act, run by hand. `keyferry refresh`, or this file itself. */
import { createBroker, type Broker } from '../shared/broker.ts'
import { loadConfig } from '../shared/config.ts'
import { refreshText } from '../shared/report/refresh-text.ts'
import { storedKey } from '../shared/report/stored-key.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import { leanStores } from './lean-stores.ts'
import { runVerb } from './command/run-verb.ts'
import type { Terminal } from './command/terminal.ts'

export async function refresh(call: Call, terminal: Terminal): Promise<number> {
  const { env } = terminal
  const broker = createBroker(await loadConfig(env), { env })
  try {
    const results = await broker.refresh({
      targets: call.arguments,
      force: call.has('force'),
      dryRun: call.has('dry-run'),
      reject: call.value('reject'),
    })
    if (call.has('json')) terminal.print(JSON.stringify({ results }, null, 2))
    else terminal.report(refreshText(results, await keysIn(results, broker, env)))
    return exitCodeFor(results)
  } finally {
    await broker.close()
  }
}

type Results = Awaited<ReturnType<Broker['refresh']>>

/** Where nothing but the configuration keeps anything from being done, it is to be mended, and no run will. */
function exitCodeFor(results: Results): number {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  if (failed.length === 0) return EXIT.ok
  return failed.every(({ error }) => error?.code === 'CONFIG_INVALID') ? EXIT.usage : EXIT.failed
}

// A result, like the function's answer, has no part of a key in it. Who looks for it in CloudTrail wants to see its end.
async function keysIn(
  results: Results,
  { targets }: Broker,
  env: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  const storeOf = leanStores(env)
  const keys = await Promise.all(
    results.map(async ({ target: name, version }): Promise<[string, string]> => {
      const target = targets.find((target) => target.name === name)
      const key = target && version !== undefined && (await storedKey(storeOf(target), version))
      return [name, key || '-']
    }),
  )
  return new Map(keys)
}

if (import.meta.main) process.exitCode = await runVerb('refresh', () => refresh, process.argv.slice(2))
