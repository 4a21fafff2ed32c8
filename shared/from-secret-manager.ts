/** `fromSecretManager`: what services use. Credentials that a schedule keeps fresh in a secret, or, at the last, their own. */
import { datedTransport } from './core/clock-skew.ts'
import type { ExchangeOptions } from './core/exchange.ts'
import type { Fallback, FallbackOptions } from './core/fallback.ts'
import { SECOND_MS, SECRET_NAME } from './core/limits.ts'
import type { SecretStore } from './core/ports.ts'
import type { KeyferryProvider } from './core/provider.ts'
import { refreshAheadOf, type RefreshAheadParts } from './core/refresh-ahead.ts'
import { storeSource } from './core/store-source.ts'
import { expectation } from './core/version-reading.ts'
import { exchanging, exchangingProblems, type ExchangingOptions } from './from-google-identity.ts'
import { clientParts, clientProblems, failOn, pauseOn } from './refresh-ahead.ts'

export interface FromSecretManagerOptions extends ExchangingOptions {
  /** `projects/P/secrets/S`, or `projects/P/locations/L/secrets/S` for a regional one. */
  readonly secret: string
  /**
   * How to get credentials where the secret has none of use, and what those in the secret must be allowed to do, else
   * SECRET_OTHER_GRANT. Without it there is no fallback, and the first role and account seen are pinned.
   */
  readonly exchange?: ExchangeOptions
  /** Whether what a fallback minted is written to the secret, for all the others. @default false */
  readonly publish?: boolean
  /** How often to look for a newer version while everything is fresh, in seconds; 0 is never. @default 900 */
  readonly peekSeconds?: number
  /**
   * Life that the first credentials of this process must have left, in seconds: with less it looks for newer ones before it
   * answers, and with `exchange` mints, at once; it is content with what it has if that fails. For a process that ends at
   * once; one that renews is better off without. @default 0
   */
  readonly minimumLifeSeconds?: number
  /** The secret itself. @default Secret Manager, asked as the workload's own identity, whatever account `exchange` acts as */
  readonly secrets?: SecretStore
}

/**
 * AWS credentials from the secret that `keyferry refresh` keeps. Callers get what is held at once, and newer versions are
 * looked for in the background. Throws CONFIG_INVALID with every problem at once; the provider rejects only where nothing
 * valid is held, with one of the SECRET codes or, with `exchange`, with what that failed with.
 *
 * @example
 * const credentials = fromSecretManager({ secret: 'projects/my-project/secrets/aws-app' })
 * const s3 = new S3Client({ region: 'eu-central-1', credentials })
 */
export function fromSecretManager(options: FromSecretManagerOptions): KeyferryProvider {
  const { secret, exchange, publish = false, peekSeconds = 900, minimumLifeSeconds = 0 } = options
  failOn(problemsOf(options), 'fromSecretManager')
  const parts = clientParts(options, secret)
  const { secrets, reconnect } = connected(options, parts)
  const own = exchange && exchanging(exchange, { ...options, ...parts })
  const source = storeSource({
    ...parts,
    secret,
    secrets,
    expected: expectation(secret, exchange),
    fallback: own && fallbackLoaded({ ...parts, exchange, mint: own.act, publish, secrets }),
    peekMs: peekSeconds * SECOND_MS,
    minimumLifeMs: minimumLifeSeconds * SECOND_MS,
    pause: pauseOn(options.clock ?? Date),
    reconnect() {
      reconnect()
      own?.reconnect()
    },
  })
  return refreshAheadOf(source, parts)
}

// Beside the first read, rather than before it; and not at all where there is no exchange.
async function fallbackLoaded(options: FallbackOptions): Promise<Fallback> {
  const { fallback } = await import('./core/fallback.ts')
  return fallback(options)
}

interface Connected {
  readonly secrets: SecretStore
  readonly reconnect: () => void
}

function connected(options: FromSecretManagerOptions, { clock, random }: RefreshAheadParts): Connected {
  const { secret, secrets: given, env = process.env, timeoutsMs = {} } = options
  if (given) return { secrets: given, reconnect: () => undefined }
  const { metadata = 3_000, secret: timeoutMs = 2_000 } = timeoutsMs
  let store: Promise<SecretStore> | undefined

  return {
    secrets: {
      read: async (version) => (await opened()).read(version),
      add: async (payload) => (await opened()).add(payload),
    },
    reconnect() {
      store = undefined
    },
  }

  // What kept it from being opened, a credential file that is not there yet, need not do so for ever.
  function opened(): Promise<SecretStore> {
    store ??= connect().catch((error: unknown) => {
      store = undefined
      throw error
    })
    return store
  }

  async function connect(): Promise<SecretStore> {
    const [{ leanTransport }, { googleIdentity }, { leanSecretStore }] = await Promise.all([
      import('./transport.ts'),
      import('./google/identity.ts'),
      import('./google/secret-store-lean.ts'),
    ])
    const http = datedTransport(leanTransport(env), clock)
    const tokens = await googleIdentity({ http, clock, env, random, timeoutMs: metadata })
    return leanSecretStore({ secret, http, tokens, env, timeoutMs, random })
  }
}

function problemsOf(options: FromSecretManagerOptions): string[] {
  const { secret, exchange, publish = false, mint, peekSeconds = 0, minimumLifeSeconds = 0 } = options
  const problems: string[] = []
  if (typeof secret !== 'string' || !SECRET_NAME.test(secret)) {
    const wanted = 'projects/P/secrets/S or projects/P/locations/L/secrets/S'
    problems.push(`secret must be ${wanted}, got ${JSON.stringify(secret) ?? 'nothing'}`)
  }
  if (exchange) problems.push(...exchangingProblems(exchange, options).map((text) => `exchange.${text}`))
  if (publish && !exchange) problems.push('publish needs exchange: there is nothing to publish without it')
  if (mint && !exchange) problems.push('mint needs exchange, which says what the credentials may do')
  if (!(Number.isFinite(peekSeconds) && peekSeconds >= 0))
    problems.push(`peekSeconds must be 0 or more, got ${String(peekSeconds)}`)
  if (!(minimumLifeSeconds >= 0))
    problems.push(`minimumLifeSeconds must be 0 or more, got ${String(minimumLifeSeconds)}`)
  return [...problems, ...clientProblems(options)]
}
