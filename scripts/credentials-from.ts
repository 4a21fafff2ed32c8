/** The credentials that a consumer verb hands out: those in the secret, or of the exchange, kept in the directory cache. */
import { KeyferryError } from '../shared/core/errors.ts'
import type { KeyferryEvent } from '../shared/core/events.ts'
import type { KeyferryProvider } from '../shared/core/provider.ts'
import type { Call } from './call.ts'
import { exchangeFrom } from './exchange-from.ts'

export interface CredentialsFromOptions {
  readonly onEvent?: (event: KeyferryEvent) => void
  /** Life that the directory's credentials must have left, in seconds: a program that does not ask again needs more. */
  readonly minimumLifeSeconds?: number
}

/**
 * `--secret` (or KEYFERRY_SECRET) with AWS_ROLE_ARN as the fallback; without a secret AWS_ROLE_ARN alone. Rejects with
 * CONFIG_INVALID where neither is given. What is not used is not loaded.
 */
export async function credentialsFrom(
  call: Call,
  env: NodeJS.ProcessEnv,
  options: CredentialsFromOptions = {},
): Promise<KeyferryProvider> {
  const { minimumLifeSeconds, ...events } = options
  const secret = call.value('secret') ?? env['KEYFERRY_SECRET']
  const exchange = exchangeFrom(env)
  if (secret) {
    const { fromSecretManager } = await import('../shared/from-secret-manager.ts')
    return fromSecretManager({ secret, env, ...(exchange && { exchange }), ...events })
  }
  if (!exchange)
    throw new KeyferryError(
      'CONFIG_INVALID',
      'No credentials are named. Give --secret projects/P/secrets/S (or KEYFERRY_SECRET), or, to ask AWS directly, ' +
        'set AWS_ROLE_ARN and AWS_REGION.',
    )
  const { fromDirectoryCache } = await import('../shared/from-directory-cache.ts')
  return fromDirectoryCache({
    exchange,
    env,
    ...(minimumLifeSeconds !== undefined && { minimumLifeSeconds }),
    ...events,
  })
}
