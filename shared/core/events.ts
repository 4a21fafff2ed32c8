/** What a client tells while it works: to `onEvent`, and on a diagnostics channel for whoever did not set it up. */
import { channel } from 'node:diagnostics_channel'
import type { ClockSkew } from './clock-skew.ts'
import { KeyferryError } from './errors.ts'
import type { Clock } from './ports.ts'
import { displayKey, redact } from './redaction.ts'

/** Name of the `node:diagnostics_channel` on which every {@link KeyferryEvent} of the process is published. */
export const EVENT_CHANNEL = 'keyferry:event'

/** Something that happened to the credentials of a client. It never holds a secret; `type` tells the kinds apart. */
export type KeyferryEvent = EventBase & EventBody

interface EventBase {
  /** By the client's clock. */
  readonly at: Date
  /** `error`: someone has to mend something. `warning`: it may pass by itself. */
  readonly level: EventLevel
  /** The secret that the client reads; absent where it reads none. */
  readonly secret?: string
}

export type EventLevel = 'info' | 'warning' | 'error'

/**
 * Where held credentials came from: the secret, this client's own exchange, the provider that was wrapped, or the
 * directory that the processes of a machine share.
 */
export type CredentialOrigin = 'secret' | 'exchange' | 'provider' | 'directory'

/** What an event says beside when and where. */
export type EventBody =
  /** Newer credentials are held from now on. */
  | (AboutKey & { readonly type: 'held'; readonly origin: CredentialOrigin; readonly expiration?: Date })
  /** A load failed as a whole. */
  | (Failure & { readonly type: 'load-failed' })
  /** The secret could not be read; the load went on without it. */
  | (Failure & { readonly type: 'read-failed' })
  /** A version of the secret was read, and not taken. */
  | (Failure & { readonly type: 'version-refused'; readonly version: number })
  /** The newest version is disabled, which is an operator's stop: nobody mints or publishes. */
  | (Failure & { readonly type: 'stopped'; readonly version: number })
  /** The version that was held is disabled itself, and not handed out any more. */
  | (Failure & AboutKey & { readonly type: 'withdrawn' })
  /** The version last seen is gone: the secret was recreated, and its numbers start anew. */
  | { readonly type: 'recreated'; readonly version: number }
  /** This client made the exchange itself. */
  | (AboutKey & { readonly type: 'minted'; readonly tookMs: number })
  /** What it minted is in the secret, for the others. */
  | (AboutKey & { readonly type: 'published'; readonly version: number })
  /** What it minted could not be stored; this client uses it all the same. */
  | (Failure & AboutKey & { readonly type: 'publish-failed' })
  /** Credentials cannot be kept in the directory, so nobody shares them; said once. */
  | (Failure & { readonly type: 'cache-unavailable' })
  /** AWS refused the held key. */
  | (AboutKey & { readonly type: 'suspect' })
  /** Nothing newer was found for a key that AWS refused; it is still handed out. */
  | (AboutKey & { readonly type: 'suspect-kept' })
  /** A load took so long that the process must have been frozen meanwhile. */
  | { readonly type: 'frozen'; readonly tookMs: number }
  /** This machine's clock is wrong, or right again, by what the services say: said where it differs by a minute from before. */
  | (ClockSkew & { readonly type: 'clock-skew' })
  /** Minting takes so long that several instances will do it beside each other; said once. */
  | { readonly type: 'window-short'; readonly meanMs: number; readonly tookMs: number }

interface AboutKey {
  /** The last characters of the access key id. */
  readonly key: string
  /** Of the secret, where the credentials are in it. */
  readonly version?: number
  /** Since they were issued, in milliseconds; absent where that is not known. */
  readonly ageMs?: number
}

interface Failure {
  /** A code of {@link KeyferryError}, or the name of a foreign error. */
  readonly reason: string
  /** What was tried, and what to do; absent for foreign errors, whose words are not ours to repeat. */
  readonly message?: string
}

export type Tell = (level: EventLevel, event: EventBody) => void

const subscribers = channel(EVENT_CHANNEL)

/** Tells `onEvent` and the channel the same objects. A listener that throws or rejects breaks nothing. */
export function teller(options: {
  readonly clock: Clock
  readonly onEvent?: ((event: KeyferryEvent) => unknown) | undefined
  readonly secret?: string
}): Tell {
  const { clock, onEvent, secret } = options
  return (level, body) => {
    if (!onEvent && !subscribers.hasSubscribers) return
    const event = { at: new Date(clock.now()), level, ...(secret && { secret }), ...body } as KeyferryEvent
    subscribers.publish(event)
    if (onEvent) void heard(onEvent, event)
  }
}

/** Runs the listener at once; what it throws, or rejects with later, is its own: no caller of credentials can do anything about it. */
async function heard(onEvent: (event: KeyferryEvent) => unknown, event: KeyferryEvent): Promise<void> {
  try {
    await onEvent(event)
  } catch {
    // Not ours.
  }
}

/** A failure as an event tells it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof KeyferryError) return { reason: error.code, message: redact(error.message) }
  return { reason: error instanceof Error ? error.name : typeof error }
}

/** Credentials as an event tells of them. */
export function aboutKey(
  about: {
    readonly credentials: { readonly accessKeyId: string }
    readonly version?: number | undefined
    readonly provenance?: { readonly issuedAt: Date } | undefined
  },
  now: number,
): AboutKey {
  const { credentials, version, provenance } = about
  return {
    key: displayKey(credentials.accessKeyId),
    ...(version !== undefined && { version }),
    ...(provenance && { ageMs: now - provenance.issuedAt.getTime() }),
  }
}
