/** Verifies Signature Version 4: signs the request again, as the client should have, and compares. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Libraries } from '../libraries.ts'
import type { EmulatorClock } from '../options.ts'
import type { HttpCall } from '../wire/http-api.ts'
import type { Session, Sessions } from './sessions.ts'

/** What is wrong with a signature. Each service has its own code and words for it. */
export type SignatureProblem =
  | 'missing'
  | 'incomplete'
  | 'unknown key'
  | 'wrong token'
  | 'expired'
  | 'other time'
  | 'other body'
  | 'mismatch'

export interface Verdict {
  /** Whose key it was, good or not: for the log. */
  readonly session?: Session
  readonly problem?: SignatureProblem
}

export interface SignatureRules {
  readonly libraries: Libraries
  readonly sessions: Sessions
  readonly clock: EmulatorClock
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

/** The key id that a request names, for the log alone. */
export function sessionNamed({ headers }: HttpCall, sessions: Sessions): Session | undefined {
  return sessions.find(AUTHORIZATION.exec(headers['authorization'] ?? '')?.[1] ?? '')
}

export async function verify(
  call: HttpCall,
  service: 'sts' | 's3',
  { libraries, sessions, clock }: SignatureRules,
): Promise<Verdict> {
  const { headers, body } = call
  if (headers['authorization'] === undefined) return { problem: 'missing' }
  const [, key, day, region, signedFor, names, signature] = AUTHORIZATION.exec(headers['authorization']) ?? []
  const signedAt = instant(headers['x-amz-date'])
  if (!key || !names || !signature || !region || !signedAt || longDate(signedAt).slice(0, 8) !== day)
    return { problem: 'incomplete' }
  const session = sessions.find(key)
  const token = headers['x-amz-security-token']
  if (!session || token === undefined) return { problem: 'unknown key' }
  if (token !== session.sessionToken) return { session, problem: 'wrong token' }
  if (signedFor !== service) return { session, problem: 'mismatch' }
  const expected = await signatureOf(call, names.split(';'), {
    session,
    region,
    service,
    signedAt,
    libraries,
  })
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return { session, problem: 'mismatch' }
  const content = headers['x-amz-content-sha256'] ?? ''
  if (/^[0-9a-f]{64}$/.test(content) && content !== createHash('sha256').update(body).digest('hex'))
    return { session, problem: 'other body' }
  if (sessions.expired(session)) return { session, problem: 'expired' }
  if (!near(signedAt, clock)) return { session, problem: 'other time' }
  return { session }
}

async function signatureOf(
  { method, path, rawQuery, headers, body }: HttpCall,
  names: readonly string[],
  by: { session: Session; region: string; service: string; signedAt: Date; libraries: Libraries },
): Promise<string> {
  const { session, region, service, signedAt, libraries } = by
  const { accessKeyId, secretAccessKey, sessionToken } = session
  const signer = new libraries.signatures.SignatureV4({
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    region,
    service,
    sha256: Sha256,
    // S3 alone signs the path as it is sent.
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  })
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query: queryOf(rawQuery),
      headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
      body: body.length > 0 || service !== 's3' ? body : undefined,
    },
    { signingDate: signedAt, signableHeaders: new Set(names) },
  )
  return /Signature=(\w+)$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? ''
}

class Sha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {}
}

function bytesOf(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret)
}

function queryOf(rawQuery: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const pair of rawQuery.split('&').filter((part) => part !== '')) {
    const [name = '', value = ''] = pair.split('=', 2).map(decodeURIComponent)
    const held = query[name]
    query[name] = held === undefined ? value : [held, value].flat()
  }
  return query
}

// A client signs by its machine's clock, corrected by the `Date` of our answers: either may be what it used.
function near(signedAt: Date, clock: EmulatorClock): boolean {
  const quarterHourMs = 900_000
  const ahead = clock.now()
  return [ahead, Date.now()].some((now) => Math.abs(signedAt.getTime() - now) <= quarterHourMs)
}

function instant(text: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '') ?? []
  return year === undefined ? undefined : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function longDate(at: Date): string {
  return at.toISOString().replace(/[-:]/g, '')
}
