/** A load by way of the directory: what another process minted is as good as one's own, and costs nothing. */
import { latestOf } from '../core/clock-skew.ts'
import type { CredentialSource, Loaded, LoadTask } from '../core/credential-source.ts'
import { failureOf, type Tell } from '../core/events.ts'
import type { Dated } from '../core/instants.ts'
import type { StoredCredentials } from '../core/payload.ts'
import type { Clock, SessionCredentials } from '../core/ports.ts'
import { EXPIRY_MARGIN_MS } from '../core/version-reading.ts'
import type { DirectoryStore } from './directory-store.ts'

export interface DirectoryLoadOptions {
  readonly store: DirectoryStore
  readonly mint: () => Promise<SessionCredentials>
  /** Life, in milliseconds, that credentials must have left for a start to be content with them. */
  readonly minimumLifeMs: number
  readonly clock: Clock
  readonly tell: Tell
}

export interface DirectoryLoad {
  /** Looks into the directory, and makes the `exchange` if there is nothing newer; that comes back to `mint`. */
  load(
    task: LoadTask<SessionCredentials>,
    exchange: CredentialSource<SessionCredentials>['load'],
  ): Promise<Loaded<SessionCredentials> | undefined>
  /** One exchange for all processes that want one now. */
  mint(): Promise<SessionCredentials>
}

export function directoryLoad(options: DirectoryLoadOptions): DirectoryLoad {
  const { store, mint, minimumLifeMs, clock, tell } = options
  // What is held or was found: only something newer spares the exchange.
  let known: Dated | undefined
  let minted: StoredCredentials | undefined

  return {
    async load(task, exchange) {
      const { held } = task
      if (held?.suspect) await store.reject(held.credentials.accessKeyId)
      const found = await store.find(held)
      if (found && (held || lifeOf(found) >= minimumLifeMs)) return loadedFrom(found)
      // The SDK wants to be sure of what it has, and looking has told.
      if (task.purpose === 'forced') return undefined
      known = held ?? found
      try {
        const loaded = await exchange(task)
        return loaded && { ...loaded, ...minted }
      } catch (error) {
        if (!found || lifeOf(found) <= EXPIRY_MARGIN_MS) throw error
        tell('warning', { type: 'load-failed', ...failureOf(error) })
        return loadedFrom(found)
      }
    },
    async mint() {
      minted = await store.refresh(mint, known)
      return minted.credentials
    },
  }

  function lifeOf({ credentials }: StoredCredentials): number {
    return credentials.expiration.getTime() - latestOf(clock)
  }
}

function loadedFrom(found: StoredCredentials): Loaded<SessionCredentials> {
  return { ...found, origin: 'directory' }
}
