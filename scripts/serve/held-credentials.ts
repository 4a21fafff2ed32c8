/** The credentials of one target, as the endpoint has them: always within a time that AWS's SDKs wait for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { KeyferryError } from '../../shared/core/errors.ts'
import { MINUTE_MS } from '../../shared/core/limits.ts'
import type { Clock, SessionCredentials } from '../../shared/core/ports.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { EXPIRY_MARGIN_MS } from '../../shared/core/version-reading.ts'

export interface HeldCredentials {
  /** Within 800 ms: the newest that can be had in that time. Rejects with the reason why there are none. */
  best(): Promise<SessionCredentials>
  /** What the provider has, however long it takes, to be held from now on. */
  renew(): Promise<SessionCredentials>
}

export interface HeldCredentialsOptions {
  readonly clock?: Clock
  readonly pause?: (ms: number) => Promise<unknown>
}

/** The JavaScript SDK gives up after 1 s, botocore after 2 s: there must be time for the answer's way, too. */
const PATIENCE_MS = 800
/** botocore asks anew at every signature below 15 minutes: before it is told less, the source is asked once more. */
const SCARCE_MS = 16 * MINUTE_MS

export function heldCredentials(
  provider: KeyferryProvider,
  { clock = Date, pause = (ms) => sleep(ms, undefined, { ref: false }) }: HeldCredentialsOptions = {},
): HeldCredentials {
  let held: SessionCredentials | undefined
  return { best, renew }

  async function best(): Promise<SessionCredentials> {
    const late = pause(PATIENCE_MS).then(() => undefined)
    const current = (await Promise.race([renew(), late])) ?? valid()
    if (!current) throw pending()
    if (current.expiration.getTime() - clock.now() >= SCARCE_MS) return current
    // A look at the source, which the provider makes at most every ten seconds; it mints nothing.
    const looked = renew({ forceRefresh: true, accessKeyId: current.accessKeyId })
    return (await Promise.race([looked, late]).catch(() => undefined)) ?? current
  }

  async function renew(properties?: Record<string, unknown>): Promise<SessionCredentials> {
    return (held = await provider(properties))
  }

  /** While the provider makes its callers wait, what it gave before; not once it has taken that back. */
  function valid(): SessionCredentials | undefined {
    const { freshness } = provider.state
    if (!held || freshness === 'empty' || freshness === 'expired') return undefined
    return held.expiration.getTime() - EXPIRY_MARGIN_MS > clock.now() ? held : undefined
  }
}

function pending(): KeyferryError {
  return new KeyferryError(
    'LOAD_TIMED_OUT',
    'The first credentials are still being loaded. Ask again in a second; why it takes so long is in what keyferry reports.',
    { retryable: true },
  )
}
