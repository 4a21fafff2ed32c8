/** `keyferry status`: what each secret holds, read through the lean transport, so that it runs without Google's client. */
import { loadConfig } from '../shared/config.ts'
import { targetsNamed } from '../shared/core/target-names.ts'
import { statusText } from '../shared/report/status-text.ts'
import { gatherStatus } from '../shared/report/status.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import { leanStores } from './lean-stores.ts'
import type { Terminal } from './command/terminal.ts'

export async function status(call: Call, terminal: Terminal): Promise<number> {
  const { targets } = await loadConfig(terminal.env)
  const named = targetsNamed(targets, call.arguments)
  const report = await gatherStatus(named, { storeOf: leanStores(terminal.env) })
  if (call.has('json')) terminal.print(JSON.stringify(report, null, 2))
  else terminal.report(statusText(report, terminal))
  return report.ok ? EXIT.ok : EXIT.failed
}
