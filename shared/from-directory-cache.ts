/** `fromDirectoryCache`: the exchange as a provider, made once for all processes of a machine, by way of a file that they share. */
import type { ExchangeOptions } from './core/exchange.ts'
import { SECOND_MS } from './core/limits.ts'
import type { KeyferryProvider } from './core/provider.ts'
import { refreshAheadOf, type RefreshAheadParts } from './core/refresh-ahead.ts'
import {
  exchanging,
  exchangingProblems,
  type Exchanging,
  type ExchangingOptions,
} from './from-google-identity.ts'
import type { DirectoryLoad } from './local/directory-load.ts'
import { clientParts, clientProblems, failOn, providerSource } from './refresh-ahead.ts'

export interface FromDirectoryCacheOptions extends ExchangingOptions {
  /** What credentials to get, for as long as no process of this user and machine has them. */
  readonly exchange: ExchangeOptions
  /**
   * Where to keep them: made with mode 0700 if it does not exist, else CACHE_UNSAFE unless it is this user's alone.
   * @default `keyferry` in XDG_CACHE_HOME, ~/.cache or, on macOS, ~/Library/Caches
   */
  readonly directory?: string
  /**
   * Life that credentials from the directory must have left for a process that starts, in seconds; with less it makes the
   * exchange, and is content with them if that fails. A process that ends at once wants more than one that renews. @default 60
   */
  readonly minimumLifeSeconds?: number
  /** E-mail of the workload's own service account, which the file is named after. @default as its credential file or the metadata server says */
  readonly identity?: () => Promise<string>
}

/** Another process may be at it: its turn is waited for, beside what a load may take anyway. */
const LOAD_TIMEOUT_MS = 13 * SECOND_MS

/**
 * AWS credentials for the workload's Google identity, as `fromGoogleIdentity` gives, shared by all processes of a user on a
 * machine: one exchange for all that start together, and none for those that come later. Without a directory to write
 * to it works as if alone, and says so in an event. Throws CONFIG_INVALID with every problem at once; the provider rejects as
 * that of `fromGoogleIdentity`, or with CACHE_UNSAFE where others could read or replace the file.
 *
 * @example
 * const credentials = fromDirectoryCache({ exchange: { roleArn: 'arn:aws:iam::123456789012:role/app' } })
 * const s3 = new S3Client({ region: 'eu-central-1', credentials })
 */
export function fromDirectoryCache(options: FromDirectoryCacheOptions): KeyferryProvider {
  failOn(problemsOf(options), 'fromDirectoryCache')
  const parts = clientParts({ loadTimeoutMs: LOAD_TIMEOUT_MS, ...options })
  const own = exchanging(options.exchange, { ...options, ...parts })
  let opening: Promise<DirectoryLoad> | undefined
  const alone = providerSource(async () => (await opened()).mint(), parts)

  return refreshAheadOf(
    {
      ...alone,
      load: async (task) => (await opened()).load(task, alone.load),
      onHeld(held) {
        // Their life began when they were issued, not when this process found them.
        alone.onHeld({ ...held, since: held.provenance?.issuedAt.getTime() ?? held.since })
      },
      onThawed(now) {
        own.reconnect()
        alone.onThawed(now)
      },
    },
    parts,
  )

  function opened(): Promise<DirectoryLoad> {
    opening ??= open(options, parts, own).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
}

async function open(
  options: FromDirectoryCacheOptions,
  parts: RefreshAheadParts,
  { act: mint }: Exchanging,
): Promise<DirectoryLoad> {
  const { exchange, identity, minimumLifeSeconds = 60, env = process.env } = options
  const { openDirectory } = await import('./local/open-directory.ts')
  const serviceAccount = exchange.serviceAccount ?? (await (identity ?? emailOfIdentity)())
  const minimumLifeMs = minimumLifeSeconds * SECOND_MS
  return openDirectory({ ...options, ...parts, env, serviceAccount, mint, minimumLifeMs })

  async function emailOfIdentity(): Promise<string> {
    const [{ leanTransport }, { googleIdentity }] = await Promise.all([
      import('./transport.ts'),
      import('./google/identity.ts'),
    ])
    const { metadata: timeoutMs = 3_000 } = options.timeoutsMs ?? {}
    const { clock, random } = parts
    const own = await googleIdentity({ clock, random, http: leanTransport(env), env, timeoutMs })
    return own.email()
  }
}

function problemsOf(options: FromDirectoryCacheOptions): string[] {
  const { exchange, directory, minimumLifeSeconds = 0 } = options
  const problems = exchange
    ? exchangingProblems(exchange, options).map((text) => `exchange.${text}`)
    : ['exchange is missing']
  if (directory === '') problems.push('directory must not be empty')
  if (!(minimumLifeSeconds >= 0))
    problems.push(`minimumLifeSeconds must be 0 or more, got ${String(minimumLifeSeconds)}`)
  return [...problems, ...clientProblems(options)]
}
