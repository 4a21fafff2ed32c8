/** Verifies Signature Version 4: signs the request again, as the client should have, and compares. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Libraries } from '../libraries.ts'
import type { EmulatorClock } from '../options.ts'
import type { HttpCall } from '../wire/http-api.ts'
import type { Session, Sessions } from './sessions.ts'
import { Sha256 } from './sha256.ts'
import { isSigned, signatureClaim, type SignatureClaim } from './signature-claim.ts'

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

export interface SignatureRules {
  readonly libraries: Libraries
  readonly sessions: Sessions
  readonly clock: EmulatorClock
}

/** The session that a request names, whether its signature is good or not: for the log. */
export function sessionNamed(call: HttpCall, sessions: Sessions): Session | undefined {
  return sessions.find(signatureClaim(call)?.accessKeyId ?? '')
}

/** The session that signed a request, or what is wrong. */
export async function verify(
  call: HttpCall,
  service: 'sts' | 's3',
  { libraries, sessions, clock }: SignatureRules,
): Promise<Session | SignatureProblem> {
  if (!isSigned(call)) return 'missing'
  const claim = signatureClaim(call)
  if (!claim) return 'incomplete'
  const session = sessions.find(claim.accessKeyId)
  if (!session || claim.sessionToken === undefined) return 'unknown key'
  if (claim.sessionToken !== session.sessionToken) return 'wrong token'
  const expected = await signatureOf(call, claim, session, libraries)
  if (claim.service !== service || !same(expected, claim.signature)) return 'mismatch'
  const content = call.headers['x-amz-content-sha256'] ?? ''
  if (/^[0-9a-f]{64}$/.test(content) && content !== createHash('sha256').update(call.body).digest('hex'))
    return 'other body'
  if (sessions.expired(session)) return 'expired'
  return timely(claim, clock) ? session : 'other time'
}

async function signatureOf(
  { method, path, rawQuery, headers, body }: HttpCall,
  { region, service, signedHeaders, signedAt, expiresIn }: SignatureClaim,
  { accessKeyId, secretAccessKey, sessionToken }: Session,
  { signatures: { SignatureV4 } }: Libraries,
): Promise<string> {
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    region,
    service,
    sha256: Sha256,
    // S3 alone signs the path as it is sent.
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  })
  const request = {
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    path,
    query: queryOf(rawQuery),
    headers: Object.fromEntries(signedHeaders.map((name) => [name, headers[name] ?? ''])),
  }
  const names = new Set(signedHeaders)
  if (expiresIn === undefined) {
    const signed = await signer.sign({ ...request, body }, { signingDate: signedAt, signableHeaders: names })
    return /Signature=(\w+)$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? ''
  }
  const signed = await signer.presign(
    // A presigned body is not known when it is signed: what is no bytes is signed as that.
    { ...request, body: {} },
    { signingDate: signedAt, expiresIn, signableHeaders: names, unhoistableHeaders: names },
  )
  return String(signed.query?.['X-Amz-Signature'])
}

function queryOf(rawQuery: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const pair of rawQuery.split('&').filter((part) => part !== '')) {
    const [name = '', value = ''] = pair.split('=', 2).map(decodeURIComponent)
    const held = query[name]
    if (name !== 'X-Amz-Signature') query[name] = held === undefined ? value : [held, value].flat()
  }
  return query
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

// A client signs by its machine's clock, corrected by the `Date` of our answers: either may be what it used.
function timely({ signedAt, expiresIn }: SignatureClaim, clock: EmulatorClock): boolean {
  const quarterHourMs = 900_000
  return [clock.now(), Date.now()].some((now) => {
    const ageMs = now - signedAt.getTime()
    return ageMs >= -quarterHourMs && ageMs <= (expiresIn === undefined ? quarterHourMs : expiresIn * 1_000)
  })
}
