/** `keyferry whoami`: which Google identity this workload has, and who it is at AWS with each target's credentials. */
import { webIdentityMint } from '../shared/aws/mint.ts'
import { officialSts } from '../shared/aws/sts-official.ts'
import { loadConfig } from '../shared/config.ts'
import type { ExchangeOptions } from '../shared/core/exchange.ts'
import { actingAs, googleIdentity } from '../shared/google/identity.ts'
import { gatherWhoami, type WhoamiTarget } from '../shared/report/whoami.ts'
import { whoamiText } from '../shared/report/whoami-text.ts'
import { leanTransport } from '../shared/transport.ts'
import type { Call } from './command/call.ts'
import { exchangeFrom } from './consumer/exchange-from.ts'
import { EXIT } from './command/failure.ts'
import { leanStores } from './lean-stores.ts'
import type { Terminal } from './command/terminal.ts'

export async function whoami(call: Call, terminal: Terminal): Promise<number> {
  const { env } = terminal
  const http = leanTransport(env)
  const google = await googleIdentity({ http, env })
  const storeOf = leanStores(env, google)
  const exchanges = await exchangesIn(env)
  const targets = exchanges.map(async ({ name, secret, ...exchange }): Promise<WhoamiTarget> => {
    const sts = await officialSts({ ...(exchange.region && { region: exchange.region }), env })
    const identity = await actingAs(google, exchange, { http, env })
    return {
      name,
      ...(secret && { secrets: storeOf({ secret }) }),
      mint: webIdentityMint({ exchange, identity, sts }),
      sts,
    }
  })
  const audience = exchanges[0]?.audience
  const report = await gatherWhoami({
    identity: await actingAs(google, exchanges[0] ?? {}, { http, env }),
    ...(audience && { audience }),
    targets: await Promise.all(targets),
  })
  if (call.has('json')) terminal.print(JSON.stringify(report, null, 2))
  else terminal.report(whoamiText(report))
  return report.ok ? EXIT.ok : EXIT.failed
}

// A role is enough to ask AWS with; a secret is not needed for it, as it is where something is written.
async function exchangesIn(
  env: NodeJS.ProcessEnv,
): Promise<readonly (ExchangeOptions & { readonly name: string; readonly secret?: string })[]> {
  if (env['KEYFERRY_CONFIG'] || env['KEYFERRY_SECRET']) return (await loadConfig(env)).targets
  const exchange = exchangeFrom(env)
  return exchange ? [{ name: 'AWS_ROLE_ARN', ...exchange }] : []
}
