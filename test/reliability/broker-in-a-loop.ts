/**
 * A process that refreshes the targets of its first argument for ever, by a clock that is ahead by its second, and says how
 * the first run went: made to be killed.
 */
import { flushCompileCache } from 'node:module'
import { createBroker } from '../../shared/broker.ts'
import { parseConfig } from '../../shared/config.ts'

const [config, aheadMs] = process.argv.slice(2) as [string, string]

const broker = createBroker(parseConfig(JSON.parse(config)), {
  clock: { now: () => Date.now() + Number(aheadMs) },
  // Quotas are another matter, and waiting for them no act to be killed in.
  sleep: async () => undefined,
  // Whose machine is busy is killed all the same, and is not to fail before.
  timeoutsMs: { metadata: 60_000, secret: 60_000, sts: 60_000 },
})

for (let runs = 0; ; runs++) {
  const results = await broker.refresh()
  if (runs > 0) continue
  // Its successors are to start faster.
  flushCompileCache()
  process.stdout.write(`${JSON.stringify(results)}\n`)
}
