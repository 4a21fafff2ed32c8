import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import { HOUR_MS } from '../../shared/core/limits.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import {
  asSuspect,
  cacheFileName,
  readCached,
  type CacheIdentity,
} from '../../shared/local/cached-document.ts'

const NOW = Date.parse('2026-11-23T18:00:00Z')
const clock = { now: () => NOW }
const exchange: ExchangeOptions = { roleArn: 'arn:aws:iam::123456789012:role/app' }
const credentials = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiration: new Date(NOW + HOUR_MS),
}
const BYTES = encodePayload(credentials, { exchange, refreshAfter: NOW + HOUR_MS / 2 })

describe('the name of a file', () => {
  const identity: CacheIdentity = { serviceAccount: 'app@p.iam.gserviceaccount.com', exchange }

  it.each<[string, CacheIdentity]>([
    ['service account', { ...identity, serviceAccount: 'other@p.iam.gserviceaccount.com' }],
    ['role', { ...identity, exchange: { roleArn: 'arn:aws:iam::123456789012:role/other' } }],
    ['audience', { ...identity, exchange: { ...exchange, audience: 'other' } }],
    ['duration', { ...identity, exchange: { ...exchange, durationSeconds: 900 } }],
    ['session name', { ...identity, exchange: { ...exchange, sessionName: 'other' } }],
    ['policy', { ...identity, exchange: { ...exchange, policy: '{}' } }],
    [
      'managed policies',
      { ...identity, exchange: { ...exchange, policyArns: ['arn:aws:iam::aws:policy/X'] } },
    ],
    ['chain', { ...identity, exchange: { ...exchange, chain: [exchange] } }],
    ['impersonation', { ...identity, exchange: { ...exchange, serviceAccount: identity.serviceAccount } }],
    ['STS', { ...identity, endpoint: 'http://127.0.0.1:4566' }],
  ])('is another one for another %s', (_, other) => {
    expect(cacheFileName(other)).not.toBe(cacheFileName(identity))
  })

  it('is the same for another region, where the same credentials can be had', () => {
    const elsewhere = { ...identity, exchange: { ...exchange, region: 'eu-central-1' } }
    expect(cacheFileName(elsewhere)).toBe(cacheFileName(identity))
  })

  it('says nothing of the identity, and is as good on a disk that ignores case', () => {
    expect(cacheFileName(identity)).toMatch(/^[0-9a-f]{64}\.json$/)
  })
})

describe('a cached document', () => {
  it('gives the credentials', () => {
    expect(readCached(BYTES, exchange, clock)).toMatchObject({ credentials, suspect: false })
  })

  it('says after a refusal that its key is suspect, and stays a credential_process document', () => {
    const marked = asSuspect(BYTES)
    expect(readCached(marked, exchange, clock)).toMatchObject({ credentials, suspect: true })
    expect(JSON.parse(Buffer.from(marked).toString())).toMatchObject({
      Version: 1,
      AccessKeyId: credentials.accessKeyId,
      Expiration: '2026-11-23T19:00:00Z',
    })
  })

  it('is nothing until it is whole', () => {
    fc.assert(
      fc.property(fc.nat(BYTES.length - 1), fc.boolean(), (length, padded) => {
        const torn = new Uint8Array(padded ? BYTES.length : length)
        torn.set(BYTES.subarray(0, length))
        expect(readCached(torn, exchange, clock)).toBeUndefined()
      }),
    )
  })

  it('is nothing, whatever else the file holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(readCached(bytes, exchange, clock)).toBeUndefined()
        },
      ),
    )
  })

  it.each<[string, Uint8Array]>([
    ['of another grant', of({ exchange: { ...exchange, policy: '{}' } })],
    ['made in another way', of({ exchange: { ...exchange, durationSeconds: 1800 } })],
    ['of another role', of({ exchange: { roleArn: 'arn:aws:iam::123456789012:role/other' } })],
    ['that something else wrote', withoutProvenance()],
    ['that have expired', of({ expiration: new Date(NOW - 1_000) })],
    ['in their last five seconds', of({ expiration: new Date(NOW + 5_000) })],
    ['that claim to be from the future', of({ expiration: new Date(NOW + 2 * HOUR_MS) })],
    ['that are a long-term key', of({ accessKeyId: 'AKIAEXAMPLEEXAMPLE01' })],
  ])('is nothing with credentials %s', (_, bytes) => {
    expect(readCached(bytes, exchange, clock)).toBeUndefined()
  })

  it('is of use until then', () => {
    expect(readCached(of({ expiration: new Date(NOW + 6_000) }), exchange, clock)).toBeDefined()
  })
})

function of(other: Partial<typeof credentials> & { exchange?: ExchangeOptions }): Uint8Array {
  const { expiration } = { ...credentials, ...other }
  return encodePayload({ ...credentials, ...other }, { exchange, refreshAfter: expiration, ...other })
}

function withoutProvenance(): Uint8Array {
  const { Keyferry: _, ...document } = JSON.parse(Buffer.from(BYTES).toString()) as { Keyferry: unknown }
  return Buffer.from(JSON.stringify(document))
}
