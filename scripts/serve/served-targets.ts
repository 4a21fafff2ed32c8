/** Whose credentials the endpoint hands out, and under which paths: one secret or exchange, or the targets of a configuration. */
import { effectiveRole } from '../../shared/core/exchange.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import type { Call } from '../command/call.ts'
import { credentialsFrom } from '../consumer/credentials-from.ts'
import { exchangeFrom } from '../consumer/exchange-from.ts'

export interface ServedTarget {
  readonly name: string
  /** The first one is what clients are told. */
  readonly paths: readonly [string, ...string[]]
  readonly provider: KeyferryProvider
  readonly roleArn?: string | undefined
}

type OnEvent = (target: string) => (event: KeyferryEvent) => void

/** What is called so where nothing gives it a name. */
const ONLY = 'default'

/** The targets of KEYFERRY_CONFIG, unless a secret is named; else one. Rejects with CONFIG_INVALID or TARGET_UNKNOWN. */
export async function servedTargets(
  call: Call,
  env: NodeJS.ProcessEnv,
  onEvent: OnEvent,
): Promise<readonly ServedTarget[]> {
  if (env['KEYFERRY_CONFIG'] && call.value('secret') === undefined) return configured(call, env, onEvent)
  if (call.arguments.length > 0)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `"${call.arguments[0]}" is the name of a target, and there are none: set KEYFERRY_CONFIG, without --secret.`,
    )
  return [await onlyTarget(call, env, onEvent)]
}

/** One secret, or one exchange. */
export async function onlyTarget(
  call: Call,
  env: NodeJS.ProcessEnv,
  onEvent: OnEvent,
): Promise<ServedTarget> {
  const provider = await credentialsFrom(call, env, { onEvent: onEvent(ONLY) })
  const exchange = exchangeFrom(env)
  return { name: ONLY, paths: ['/credentials'], provider, roleArn: exchange && effectiveRole(exchange) }
}

async function configured(
  call: Call,
  env: NodeJS.ProcessEnv,
  onEvent: OnEvent,
): Promise<readonly ServedTarget[]> {
  const [{ loadConfig }, { targetsNamed }, { fromSecretManager }] = await Promise.all([
    import('../../shared/config.ts'),
    import('../../shared/core/target-names.ts'),
    import('../../shared/from-secret-manager.ts'),
  ])
  const targets = targetsNamed((await loadConfig(env)).targets, call.arguments)
  return targets.map((target) => {
    const { name, secret } = target
    return {
      name,
      paths: targets.length === 1 ? ['/credentials', `/credentials/${name}`] : [`/credentials/${name}`],
      provider: fromSecretManager({ secret, exchange: target, env, onEvent: onEvent(name) }),
      roleArn: effectiveRole(target),
    }
  })
}
