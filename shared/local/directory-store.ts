/**
 * Credentials of one identity and grant, shared by the processes of a machine through one file. Correctness rests on the
 * rename, which shows a file whole or not at all, and on "newer wins"; taking turns only saves exchanges.
 */
import { join } from 'node:path'
import { isKeyferryError } from '../core/errors.ts'
import { durationSecondsOf, type ExchangeOptions } from '../core/exchange.ts'
import { advisoryWindowMs, type Dated, isNewer } from '../core/instants.ts'
import { SECOND_MS } from '../core/limits.ts'
import { decodePayload, encodePayload, type StoredCredentials } from '../core/payload.ts'
import type { Clock, Random, SessionCredentials, Sleep } from '../core/ports.ts'
import { asSuspect, readCached, type CachedCredentials } from './cached-document.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { PrivateDirectory } from './private-directory.ts'
import { sweep } from './sweep.ts'

export interface DirectoryStoreOptions {
  readonly directory: PrivateDirectory
  /** Of the file; see `cacheFileName`. */
  readonly name: string
  readonly exchange: ExchangeOptions
  readonly clock: Clock
  /** Told why credentials could not be read or kept; they are handed out all the same. */
  readonly onProblem: (error: unknown) => void
  /** How long to wait for another process's exchange, in milliseconds. @default 5000 */
  readonly lockDeadlineMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

export interface DirectoryStore {
  /** What another process left: valid, not refused by AWS, and newer than `held`. Rejects with CACHE_UNSAFE. */
  find(held?: Dated): Promise<StoredCredentials | undefined>
  /** What another process mints meanwhile, or what `mint` gives, kept. Rejects with CACHE_UNSAFE, or as `mint` does. */
  refresh(mint: () => Promise<SessionCredentials>, held?: Dated): Promise<StoredCredentials>
  /** AWS refused the key: neither this nor another process takes it from the file again. Never rejects. */
  reject(accessKeyId: string): Promise<void>
}

export function directoryStore(options: DirectoryStoreOptions): DirectoryStore {
  const { directory, name, exchange, clock, onProblem } = options
  // The file may be out of reach when a key is refused.
  const refused = new Set<string>()

  return { find, refresh, reject }

  async function find(held?: Dated): Promise<StoredCredentials | undefined> {
    try {
      const { there } = await read()
      return there && isWelcome(there) && (!held || isNewer(there, held)) ? there : undefined
    } catch (error) {
      if (!isKeyferryError(error, 'CACHE_UNAVAILABLE')) throw error
      onProblem(error)
      return undefined
    }
  }

  async function refresh(mint: () => Promise<SessionCredentials>, held?: Dated): Promise<StoredCredentials> {
    try {
      await directory.create()
    } catch (error) {
      if (!isKeyferryError(error, 'CACHE_UNAVAILABLE')) throw error
      onProblem(error)
      return { credentials: await mint() }
    }
    return oneAtATime(join(directory.path, name), async () => keep(await mint()), {
      ...options,
      done: () => find(held),
    })
  }

  // What was minted is never lost to a disk that is full.
  async function keep(credentials: SessionCredentials): Promise<StoredCredentials> {
    try {
      const refreshAfter =
        Number(credentials.expiration) - advisoryWindowMs(durationSecondsOf(exchange) * SECOND_MS)
      const bytes = encodePayload(credentials, { exchange, refreshAfter })
      const minted = decodePayload(bytes, clock)
      const newer = await replace(bytes, (there) => isWelcome(there) && isNewer(there, minted))
      await sweep(directory.path)
      return newer ?? minted
    } catch (error) {
      onProblem(error)
      return { credentials }
    }
  }

  async function reject(accessKeyId: string): Promise<void> {
    refused.add(accessKeyId)
    const isAnother = ({ credentials }: CachedCredentials): boolean => credentials.accessKeyId !== accessKeyId
    try {
      const { bytes, there } = await read()
      if (there && !isAnother(there) && !there.suspect) await replace(asSuspect(bytes), isAnother)
    } catch (error) {
      onProblem(error)
    }
  }

  /** Writes `bytes`, unless what is there by then `stays`: that is returned. */
  async function replace(
    bytes: Uint8Array,
    stays: (there: CachedCredentials) => boolean,
  ): Promise<CachedCredentials | undefined> {
    const staged = await directory.stage(name, bytes)
    try {
      // Looked at last, so that only the rename stands between this and the next one to look.
      const { there } = await read()
      if (there && stays(there)) return there
      await staged.commit()
      return undefined
    } finally {
      await staged.discard()
    }
  }

  async function read(): Promise<
    { bytes: Uint8Array; there: CachedCredentials | undefined } | { bytes?: never; there?: never }
  > {
    const bytes = await directory.read(name)
    return bytes ? { bytes, there: readCached(bytes, exchange, clock) } : {}
  }

  function isWelcome({ suspect, credentials }: CachedCredentials): boolean {
    return !suspect && !refused.has(credentials.accessKeyId)
  }
}
