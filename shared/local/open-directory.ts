/** The parts of the directory store put together, for one identity and exchange. */
import type { ExchangeOptions } from '../core/exchange.ts'
import { failureOf, type Tell } from '../core/events.ts'
import type { Clock, Random, SessionCredentials } from '../core/ports.ts'
import { cacheDirectory } from './cache-directory.ts'
import { cacheFileName } from './cached-document.ts'
import { directoryLoad, type DirectoryLoad } from './directory-load.ts'
import { directoryStore } from './directory-store.ts'
import { noDirectory, privateDirectory } from './private-directory.ts'

export interface OpenDirectoryOptions {
  /** @default the user's, by `env` */
  readonly directory?: string
  readonly env: NodeJS.ProcessEnv
  /** E-mail of the service account that the exchange is made as. */
  readonly serviceAccount: string
  readonly exchange: ExchangeOptions
  readonly mint: () => Promise<SessionCredentials>
  readonly minimumLifeMs: number
  readonly clock: Clock
  readonly random: Random
  readonly tell: Tell
}

export function openDirectory(options: OpenDirectoryOptions): DirectoryLoad {
  const { env, serviceAccount, exchange, clock, random, tell } = options
  const path = options.directory ?? cacheDirectory(env)
  const endpoint = env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL']
  const store = directoryStore({
    directory: path === undefined ? noDirectory() : privateDirectory(path),
    name: cacheFileName({ serviceAccount, exchange, endpoint }),
    exchange,
    clock,
    random,
    onProblem: once((error) => tell('warning', { type: 'cache-unavailable', ...failureOf(error) })),
  })
  return directoryLoad({ ...options, store })
}

// It would be the same words with every load, and there is nothing that a caller could do.
function once(report: (error: unknown) => void): (error: unknown) => void {
  let isReported = false
  return (error) => {
    if (!isReported) report(error)
    isReported = true
  }
}
