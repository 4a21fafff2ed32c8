/**
 * The secret's payload: a `credential_process` document, so that every AWS tool reads it untouched, with what Keyferry
 * needs to know beside it under `Keyferry`.
 */
import { latestOf } from './clock-skew.ts'
import { KeyferryError } from './errors.ts'
import {
  durationSecondsOf,
  effectiveRole,
  grantOf,
  roleParts,
  sourceOf,
  type ExchangeOptions,
} from './exchange.ts'
import { DURATION_SECONDS, MINUTE_MS, PAYLOAD_BYTES_MAX, ROLE_ARN, SECOND_MS } from './limits.ts'
import type { Clock, SessionCredentials } from './ports.ts'

/** A payload that was read and found plausible. */
export interface StoredCredentials {
  readonly credentials: SessionCredentials
  /** Absent where something else than Keyferry wrote the version: readable, never written over. */
  readonly provenance?: Provenance
}

/** What Keyferry says of the credentials beside them. */
export interface Provenance {
  /** The effective role: the last of a chain. */
  readonly roleArn: string
  /** `Expiration` less the duration asked for: AWS's clock, not the minter's. Newer means later here. */
  readonly issuedAt: Date
  /** From when on a newer version can be expected. Advice to readers; the writer computes its own. */
  readonly refreshAfter: Date
  /** What the credentials may do; see `grantOf`. */
  readonly grant: string
  /** How they were made; see `sourceOf`. */
  readonly source: string
}

export interface EncodeOptions {
  readonly exchange: ExchangeOptions
  /** From when on readers may look for a newer version: a `Date`, or milliseconds since the epoch. */
  readonly refreshAfter: Date | number
}

/** The bytes to store for `credentials` minted by `exchange`. */
export function encodePayload(credentials: Partial<SessionCredentials>, options: EncodeOptions): Uint8Array {
  const { exchange } = options
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
  if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) {
    throw new KeyferryError(
      'SECRET_MALFORMED',
      'Only whole session credentials can be stored: a field is missing.',
    )
  }
  const roleArn = effectiveRole(exchange)
  const document = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: timestamp(expiration),
    AccountId: credentials.accountId ?? roleParts(roleArn).accountId,
    Keyferry: {
      RoleArn: roleArn,
      IssuedAt: timestamp(expiration.getTime() - durationSecondsOf(exchange) * SECOND_MS),
      RefreshAfter: timestamp(options.refreshAfter),
      Grant: grantOf(exchange),
      Source: sourceOf(exchange),
    },
  }
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  if (bytes.length > PAYLOAD_BYTES_MAX) {
    throw new KeyferryError(
      'SECRET_WRITE_FAILED',
      `The payload has ${bytes.length} bytes, Secret Manager takes ${PAYLOAD_BYTES_MAX}.`,
    )
  }
  return bytes
}

/**
 * The credentials in `bytes`. Throws SECRET_MALFORMED, naming the field and never its value, or SECRET_IMPLAUSIBLE.
 * Expired credentials are returned: whether they are still of use is the caller's question.
 */
export function decodePayload(bytes: Uint8Array, clock: Clock = Date): StoredCredentials {
  const document = parse(bytes)
  const field = readerOf(document, '')
  if (document['Version'] !== 1) throw malformed('Version must be 1')
  const credentials: SessionCredentials = {
    accessKeyId: field.text('AccessKeyId'),
    secretAccessKey: field.text('SecretAccessKey'),
    sessionToken: field.text('SessionToken'),
    expiration: field.time('Expiration'),
    accountId: field.text('AccountId', /^\d{12}$/),
  }
  const provenance = 'Keyferry' in document ? provenanceOf(document['Keyferry']) : undefined
  const doubt = implausibility(credentials, provenance, latestOf(clock))
  if (doubt)
    throw new KeyferryError('SECRET_IMPLAUSIBLE', `The stored credentials cannot be what they say: ${doubt}.`)
  return provenance ? { credentials, provenance } : { credentials }
}

function provenanceOf(value: unknown): Provenance {
  if (!isObject(value)) throw malformed('Keyferry must be an object')
  const field = readerOf(value, 'Keyferry.')
  return {
    roleArn: field.text('RoleArn', ROLE_ARN),
    issuedAt: field.time('IssuedAt'),
    refreshAfter: field.time('RefreshAfter'),
    grant: field.text('Grant'),
    source: field.text('Source'),
  }
}

// Every field is the writer's own word. What no honest writer writes would otherwise pin a fleet to it until 2099.
// `now` is the later of two clocks: what was issued in the future by one service's date alone is no forgery.
function implausibility(
  { accessKeyId, accountId, expiration }: SessionCredentials,
  provenance: Provenance | undefined,
  now: number,
): string | undefined {
  const aheadMs = 5 * MINUTE_MS
  const longestMs = DURATION_SECONDS.max * SECOND_MS
  if (accessKeyId.startsWith('AKIA')) return 'AccessKeyId is a long-term key'
  if (!provenance)
    return expiration.getTime() > now + longestMs + aheadMs
      ? 'Expiration is more than 12 hours ahead'
      : undefined
  const [issued, refresh, expires] = [provenance.issuedAt, provenance.refreshAfter, expiration].map((at) =>
    at.getTime(),
  ) as [number, number, number]
  if (expires - issued > longestMs) return 'Expiration is more than 12 hours after IssuedAt'
  if (expires <= issued) return 'Expiration is not after IssuedAt'
  if (issued > now + aheadMs) return 'IssuedAt is more than 5 minutes ahead'
  if (refresh < issued || refresh > expires) return 'RefreshAfter is outside the life of the credentials'
  if (accountId !== roleParts(provenance.roleArn).accountId) return "AccountId is not the role's account"
  return undefined
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // JSON.parse quotes its input in its message: it must not travel on as the cause.
    throw malformed('it is not UTF-8 JSON')
  }
  if (!isObject(document)) throw malformed('it is not a JSON object')
  return document
}

function readerOf(
  object: Record<string, unknown>,
  path: string,
): {
  text(name: string, pattern?: RegExp): string
  time(name: string): Date
} {
  const text = (name: string, pattern = /^.+$/s): string => {
    const value = object[name]
    if (typeof value !== 'string' || !pattern.test(value))
      throw malformed(`${path}${name} is ${value === undefined ? 'missing' : 'not of the right form'}`)
    return value
  }
  // A time without a zone would be read in the reader's own.
  const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/
  const time = (name: string): Date => {
    const at = new Date(text(name, ISO_8601))
    if (Number.isNaN(at.getTime())) throw malformed(`${path}${name} is not a time`)
    return at
  }
  return { text, time }
}

// Whole seconds, as AWS gives them: some tools do not read fractions.
function timestamp(at: Date | number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(problem: string): KeyferryError {
  return new KeyferryError(
    'SECRET_MALFORMED',
    `The secret's payload is not a credential document: ${problem}.`,
  )
}
