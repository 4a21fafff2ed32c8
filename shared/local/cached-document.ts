/**
 * What a file of the directory store holds: the secret's payload, so that it is a `credential_process` document as well,
 * and in `Keyferry.Suspect` whether AWS has refused the key since.
 */
import { createHash } from 'node:crypto'
import { grantOf, sourceOf, type ExchangeOptions } from '../core/exchange.ts'
import { decodePayload, type StoredCredentials } from '../core/payload.ts'
import type { Clock } from '../core/ports.ts'
import { EXPIRY_MARGIN_MS } from '../core/version-reading.ts'

export interface CachedCredentials extends StoredCredentials {
  /** AWS refused the key: nobody may take it from here. */
  readonly suspect: boolean
}

/** What makes credentials interchangeable between processes. */
export interface CacheIdentity {
  /** E-mail of the service account, resolved: never "default", which is another one for every user of a disk. */
  readonly serviceAccount: string
  readonly exchange: ExchangeOptions
  /** Where STS is, if not at AWS: an emulator's credentials are worth nothing elsewhere. */
  readonly endpoint?: string | undefined
}

/** One file per identity and grant. Everything that tells credentials apart is in its name, as a hash. */
export function cacheFileName({ serviceAccount, exchange, endpoint = '' }: CacheIdentity): string {
  const facts = JSON.stringify([serviceAccount, grantOf(exchange), sourceOf(exchange), endpoint])
  return `${createHash('sha256').update(facts).digest('hex')}.json`
}

/** The credentials in `bytes`; `undefined` where they are torn, foreign, implausible, expired, or of another grant. */
export function readCached(
  bytes: Uint8Array,
  exchange: ExchangeOptions,
  clock: Clock,
): CachedCredentials | undefined {
  const stored = decoded(bytes, clock)
  if (stored?.provenance?.grant !== grantOf(exchange) || stored.provenance.source !== sourceOf(exchange))
    return undefined
  if (stored.credentials.expiration.getTime() - EXPIRY_MARGIN_MS <= clock.now()) return undefined
  return { ...stored, suspect: documentIn(bytes).Keyferry.Suspect === true }
}

/** The same document, saying that AWS refuses the key. */
export function asSuspect(bytes: Uint8Array): Uint8Array {
  const document = documentIn(bytes)
  return new TextEncoder().encode(
    JSON.stringify({ ...document, Keyferry: { ...document.Keyferry, Suspect: true } }),
  )
}

function decoded(bytes: Uint8Array, clock: Clock): StoredCredentials | undefined {
  try {
    return decodePayload(bytes, clock)
  } catch {
    return undefined
  }
}

// Only for bytes that were read as ours.
function documentIn(bytes: Uint8Array): { readonly Keyferry: { readonly Suspect?: unknown } } {
  return JSON.parse(new TextDecoder().decode(bytes)) as { Keyferry: object }
}
