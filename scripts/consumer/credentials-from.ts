/** The credentials that a consumer verb hands out: those in the secret, or of the exchange, kept in the directory cache. */
import { KeyferryError } from '../../shared/core/errors.ts'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import { DURATION_SECONDS, SECRET_NAME } from '../../shared/core/limits.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import type { Call } from '../command/call.ts'
import { exchangeFrom } from './exchange-from.ts'

export interface CredentialsFromOptions {
  readonly onEvent?: (event: KeyferryEvent) => void
  /**
   * For a process that ends at once: life that its credentials must have left, in seconds, if newer ones can be had; at most
   * half of what the exchange asks for. What it mints it shares with all processes of this user, by the directory cache.
   */
  readonly minimumLifeSeconds?: number
}

/** A directory's lock is waited for, beside all that can be slow on the way: the load as a whole must not end before that. */
const SHARED_LOAD_TIMEOUT_MS = 25_000

/**
 * `--secret` (or KEYFERRY_SECRET) with AWS_ROLE_ARN as the fallback; without a secret AWS_ROLE_ARN alone. Rejects with
 * CONFIG_INVALID where neither is given, or cannot work. What is not used is not loaded.
 */
export async function credentialsFrom(
  call: Call,
  env: NodeJS.ProcessEnv,
  { minimumLifeSeconds, ...events }: CredentialsFromOptions = {},
): Promise<KeyferryProvider> {
  const secret = call.value('secret') ?? env['KEYFERRY_SECRET']
  const exchange = exchangeFrom(env)
  await check(secret, exchange, env)
  const minimumLife = minimumLifeSeconds !== undefined && {
    minimumLifeSeconds: Math.min(minimumLifeSeconds, (exchange?.durationSeconds ?? DURATION_SECONDS.max) / 2),
  }
  const fromDirectory = async (given: ExchangeOptions): Promise<KeyferryProvider> => {
    const { fromDirectoryCache } = await import('../../shared/from-directory-cache.ts')
    return fromDirectoryCache({ exchange: given, env, ...minimumLife, ...events })
  }
  if (!secret) return fromDirectory(exchange as ExchangeOptions)
  const { fromSecretManager } = await import('../../shared/from-secret-manager.ts')
  return fromSecretManager({
    secret,
    env,
    ...(exchange && { exchange }),
    ...minimumLife,
    ...(exchange &&
      minimumLife && {
        mint: async () => (await fromDirectory(exchange))(),
        loadTimeoutMs: SHARED_LOAD_TIMEOUT_MS,
      }),
    ...events,
  })
}

/** What the library would say of its options is said of the flags and variables that users set. */
async function check(
  secret: string | undefined,
  exchange: ExchangeOptions | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (!secret && !exchange)
    throw new KeyferryError(
      'CONFIG_INVALID',
      'No credentials are named. Give --secret projects/P/secrets/S (or KEYFERRY_SECRET), or, to ask AWS directly, ' +
        'set AWS_ROLE_ARN and AWS_REGION.',
    )
  const problems: string[] = []
  if (secret && !SECRET_NAME.test(secret))
    problems.push(
      `--secret (or KEYFERRY_SECRET) must be projects/P/secrets/S or projects/P/locations/L/secrets/S, got "${secret}"`,
    )
  if (exchange) {
    const { exchangingProblems } = await import('../../shared/from-google-identity.ts')
    problems.push(...(await inVariables(exchangingProblems(exchange, { env }))))
  }
  if (problems.length > 0)
    throw new KeyferryError('CONFIG_INVALID', `No credentials can be had: ${problems.join('; ')}.`)
}

async function inVariables(problems: readonly string[]): Promise<string[]> {
  if (problems.length === 0) return []
  const { variableOf } = await import('../../shared/config-source.ts')
  return problems.map((text) => {
    const [field = ''] = /^\w+/.exec(text) ?? []
    const variable = variableOf(field)
    if (!variable) return text
    return `${variable}${text.slice(field.length)}`.replace(`set it, or ${variable};`, 'set it;')
  })
}
