/** `keyferry prune`: destroys the versions that nobody needs any more. */
import { createBroker } from '../shared/broker.ts'
import { loadConfig } from '../shared/config.ts'
import type { PruneResult } from '../shared/core/prune.ts'
import { textTable } from '../shared/report/text-table.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import type { Terminal } from './command/terminal.ts'

export async function prune(call: Call, terminal: Terminal): Promise<number> {
  const broker = createBroker(await loadConfig(terminal.env), { env: terminal.env })
  try {
    const results = await broker.prune({ targets: call.arguments, dryRun: call.has('dry-run') })
    if (call.has('json')) terminal.print(JSON.stringify({ results }, null, 2))
    else terminal.report(pruneText(results))
    return results.some(({ error }) => error) ? EXIT.failed : EXIT.ok
  } finally {
    await broker.close()
  }
}

function pruneText(results: readonly PruneResult[]): string {
  const rows = results.map(({ target, destroyed, dryRun, error }) => [
    target,
    destroyed.length === 0 ? 'nothing' : `${dryRun ? 'would be: ' : ''}${destroyed.join(', ')}`,
    error ? `${error.code}: ${error.message}` : '',
  ])
  return textTable(['TARGET', 'DESTROYED', 'PROBLEM'], rows).join('\n')
}
