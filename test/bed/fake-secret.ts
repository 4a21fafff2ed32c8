/** A secret in memory that does to its readers what Secret Manager may do: lag, lose, stop, forget and fail. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { durationSecondsOf, type ExchangeOptions } from '../../shared/core/exchange.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { Clock, SecretStore, SessionCredentials } from '../../shared/core/ports.ts'
import { credentialsOf, EXCHANGE } from './credentials.ts'

type Content = Uint8Array | 'SECRET_DISABLED' | 'SECRET_DESTROYED' | 'SECRET_CORRUPT'

export interface FakeSecret extends SecretStore {
  /** Everything that was read, in order. */
  readonly reads: ('latest' | number)[]
  readonly added: number[]
  /** The highest number. */
  readonly count: number
  /** Writes a version as the scheduled function does; resolves to its number. */
  refresh(options?: { exchange?: ExchangeOptions; refreshAfterMs?: number }): number
  /** Puts anything at the next number. */
  put(content: Content): number
  /** Changes what a number holds; `undefined` leaves a gap. */
  change(version: number, content: Content | undefined): void
  /** What `latest` points to; `undefined` for the newest. */
  lagAt: number | undefined
  /** Deleted and made anew: numbers start from 1. */
  recreate(): void
  /** What every read, or every add, does instead of working. */
  readFault: ((version: 'latest' | number) => unknown) | undefined
  addFault: (() => unknown) | undefined
  /** Credentials of the version, as they were written. */
  credentials(version: number): SessionCredentials
}

export function fakeSecret(clock: Clock, firstSerial = 1): FakeSecret {
  let serial = firstSerial
  let contents: (Content | undefined)[] = []
  const written = new Map<number, SessionCredentials>()
  const secret: FakeSecret = {
    reads: [],
    added: [],
    get count() {
      return contents.length
    },
    lagAt: undefined,
    readFault: undefined,
    addFault: undefined,
    async read(wanted) {
      secret.reads.push(wanted)
      if (secret.readFault) await secret.readFault(wanted)
      const version = wanted === 'latest' ? (secret.lagAt ?? contents.length) : wanted
      const content = contents[version - 1]
      if (content === undefined)
        throw new KeyferryError('SECRET_NOT_FOUND', `version ${version} is not there`)
      if (typeof content === 'string') throw new KeyferryError(content, `version ${version} cannot be read`)
      return { version, payload: content }
    },
    async add(payload) {
      if (secret.addFault) await secret.addFault()
      secret.added.push(contents.push(payload))
      return contents.length
    },
    refresh({ exchange = EXCHANGE, refreshAfterMs } = {}) {
      const lifeMs = durationSecondsOf(exchange) * 1_000
      const credentials = credentialsOf(serial++, clock.now() + lifeMs)
      const refreshAfter = clock.now() + (refreshAfterMs ?? lifeMs / 3)
      written.set(contents.push(encodePayload(credentials, { exchange, refreshAfter })), credentials)
      return contents.length
    },
    put: (content) => contents.push(content),
    change(version, content) {
      contents[version - 1] = content
    },
    recreate() {
      contents = []
    },
    credentials: (version) => written.get(version) as SessionCredentials,
  }
  return secret
}

export function unreadable(): never {
  throw new KeyferryError('SECRET_UNREADABLE', 'Secret Manager does not answer', { retryable: true })
}

/** As both adapters say it. */
export function quotaUsedUp(): never {
  const cause = Object.assign(new Error(), { name: 'RESOURCE_EXHAUSTED' })
  throw new KeyferryError('SECRET_UNREADABLE', 'a quota is used up', { retryable: true, cause })
}

export function denied(): never {
  throw new KeyferryError('SECRET_DENIED', 'no permission to read')
}

/** Bytes that are no credential document. */
export const GARBAGE: Uint8Array = new TextEncoder().encode('{"Version":1,"AccessKeyId":"ASIA')
