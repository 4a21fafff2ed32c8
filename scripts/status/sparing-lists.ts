/** Lists of versions, asked for seldom: Secret Manager allows few of them, and the writer needs some. */
import { MINUTE_MS } from '../../shared/core/limits.ts'
import type { Clock, SecretVersions, VersionRecord } from '../../shared/core/ports.ts'
import type { Target } from '../../shared/core/target.ts'

export type StatusStore = Pick<SecretVersions, 'read' | 'list'>

/** All targets together ask for two lists a second at most, of the ten that a project may. */
const EVERY_MS_A_TARGET = 500

/**
 * Each target's store, once opened and kept. A list is kept for a minute, or longer where there are many targets, but for a
 * version that is newer than any in it. Reading is as it was.
 * @param count how many targets there are
 */
export function sparingLists(
  storeOf: (target: Target) => StatusStore,
  { count, clock = performance }: { readonly count: number; readonly clock?: Clock },
): (target: Target) => StatusStore {
  const keepMs = Math.max(MINUTE_MS, count * EVERY_MS_A_TARGET)
  const stores = new Map<string, StatusStore>()
  return (target) => {
    const store = stores.get(target.name) ?? sparing(storeOf(target), keepMs, clock)
    stores.set(target.name, store)
    return store
  }
}

function sparing(store: StatusStore, keepMs: number, clock: Clock): StatusStore {
  let kept: { readonly at: number; readonly listed: Promise<readonly VersionRecord[]> } | undefined
  let highest = 0
  return {
    async read(version) {
      const found = await store.read(version)
      // Once for each: the list may lag behind, and who may not list will not be let to by asking again.
      if (found.version > highest) kept = undefined
      highest = Math.max(highest, found.version)
      return found
    },
    async list() {
      if (!kept || clock.now() - kept.at >= keepMs) kept = { at: clock.now(), listed: store.list() }
      const listed = await kept.listed
      highest = Math.max(highest, listed[0]?.version ?? 0)
      return listed
    },
  }
}
