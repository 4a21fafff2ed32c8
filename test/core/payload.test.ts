import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { grantOf, type ExchangeOptions } from '../../shared/core/exchange.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/core/limits.ts'
import { decodePayload, encodePayload } from '../../shared/core/payload.ts'

const NOW = Date.parse('2026-11-23T18:11:00Z')
const clock = { now: () => NOW }
const exchange: ExchangeOptions = { roleArn: 'arn:aws:iam::123456789012:role/team/app' }
const credentials = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
  secretAccessKey: 'planted-secret-access-key',
  sessionToken: 'planted-session-token',
  expiration: new Date(NOW + HOUR_MS),
  accountId: '123456789012',
}
const encoded = (): Uint8Array =>
  encodePayload(credentials, { exchange, refreshAfter: new Date(NOW + 20 * MINUTE_MS) })
const document = (): Record<string, unknown> => JSON.parse(new TextDecoder().decode(encoded())) as never
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

describe('the payload', () => {
  it('is a credential_process document with what Keyferry knows beside it', () => {
    expect(document()).toEqual({
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLEEXAMPLE01',
      SecretAccessKey: 'planted-secret-access-key',
      SessionToken: 'planted-session-token',
      Expiration: '2026-11-23T19:11:00Z',
      AccountId: '123456789012',
      Keyferry: {
        RoleArn: 'arn:aws:iam::123456789012:role/team/app',
        IssuedAt: '2026-11-23T18:11:00Z',
        RefreshAfter: '2026-11-23T18:31:00Z',
        Grant: grantOf(exchange),
        Source: expect.any(String) as string,
      },
    })
  })

  it('comes back as what was stored', () => {
    const stored = decodePayload(encoded(), clock)
    expect(stored.credentials).toEqual(credentials)
    expect(stored.provenance?.issuedAt).toEqual(new Date(NOW))
    expect(stored.provenance?.refreshAfter).toEqual(new Date(NOW + 20 * MINUTE_MS))
  })

  it("names the role's account where the credentials name none", () => {
    const { accountId: _, ...rest } = credentials
    const stored = decodePayload(encodePayload(rest, { exchange, refreshAfter: NOW + MINUTE_MS }), clock)
    expect(stored.credentials.accountId).toBe('123456789012')
  })

  it('is of the last role of a chain', () => {
    const chain = [{ roleArn: 'arn:aws:iam::999999999999:role/last' }]
    const payload = encodePayload(
      { ...credentials, accountId: '999999999999' },
      { exchange: { ...exchange, chain }, refreshAfter: NOW },
    )
    expect(decodePayload(payload, clock).provenance?.roleArn).toBe('arn:aws:iam::999999999999:role/last')
  })

  it('takes its IssuedAt from AWS: the expiration less the duration asked for', () => {
    const payload = encodePayload(credentials, {
      exchange: { ...exchange, durationSeconds: 900 },
      refreshAfter: NOW + 50 * MINUTE_MS,
    })
    expect(decodePayload(payload, { now: () => NOW + HOUR_MS }).provenance?.issuedAt).toEqual(
      new Date(NOW + 45 * MINUTE_MS),
    )
  })

  it('is refused whole when a field of the credentials is missing', () => {
    expect(() =>
      encodePayload({ ...credentials, sessionToken: '' }, { exchange, refreshAfter: NOW }),
    ).toThrow(expect.objectContaining({ code: 'SECRET_MALFORMED' }))
  })

  it('ignores fields that it does not know', () => {
    expect(decodePayload(bytes({ ...document(), Later: { anything: 1 } }), clock).credentials).toEqual(
      credentials,
    )
  })

  it('may lack Keyferry: another tool wrote it, it can be read', () => {
    const { Keyferry: _, ...plain } = document()
    const stored = decodePayload(bytes(plain), clock)
    expect(stored).toEqual({ credentials })
  })
})

describe('a payload that cannot be read', () => {
  it.each(['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'AccountId'])(
    'is SECRET_MALFORMED when %s is missing or ill-typed, naming the field and never a value',
    (field) => {
      for (const value of [undefined, 7, '', null, ['planted-value']]) {
        const error = failure(bytes({ ...document(), [field]: value }))
        expect(error.code).toBe('SECRET_MALFORMED')
        expect(error.message).toContain(field)
        expect(error.message).not.toMatch(/planted/)
      }
    },
  )

  it.each(['RoleArn', 'IssuedAt', 'RefreshAfter', 'Grant', 'Source'])(
    'is SECRET_MALFORMED when Keyferry.%s is missing or ill-typed',
    (field) => {
      const { Keyferry, ...rest } = document()
      for (const value of [undefined, 7, '']) {
        const error = failure(bytes({ ...rest, Keyferry: { ...(Keyferry as object), [field]: value } }))
        expect(error.code).toBe('SECRET_MALFORMED')
        expect(error.message).toContain(`Keyferry.${field}`)
      }
    },
  )

  it.each([
    ['not JSON', 'planted{'],
    ['not an object', '[1]'],
    ['null', 'null'],
    ['another version', { ...document(), Version: 2 }],
    ['a time without a zone', { ...document(), Expiration: '2026-11-23T19:11:00' }],
    ['a time that does not exist', { ...document(), Expiration: '2026-13-23T19:11:00Z' }],
  ])('is SECRET_MALFORMED: %s', (_, payload) => {
    const error = failure(bytes(payload))
    expect(error.code).toBe('SECRET_MALFORMED')
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/planted/)
  })

  it('is SECRET_MALFORMED when it is not UTF-8', () => {
    expect(failure(Uint8Array.of(0xff, 0xfe, 0x00)).code).toBe('SECRET_MALFORMED')
  })

  it('never throws anything but those two codes, whatever the bytes', () => {
    const keyferry = fc.oneof(fc.jsonValue(), fc.constant(document()['Keyferry']))
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant(undefined))
    const payloads = fc.oneof(
      fc.uint8Array(),
      fc.json().map(bytes),
      fc
        .record({ Expiration: field, AccountId: field, AccessKeyId: field, Keyferry: keyferry })
        .map((some) => bytes({ ...document(), ...some })),
    )
    fc.assert(
      fc.property(payloads, (payload) => {
        try {
          decodePayload(payload, clock)
        } catch (error) {
          expect(error).toBeInstanceOf(KeyferryError)
          expect(['SECRET_MALFORMED', 'SECRET_IMPLAUSIBLE']).toContain((error as KeyferryError).code)
        }
      }),
    )
  })
})

describe('a payload that no honest writer writes', () => {
  const at = (ms: number): string => new Date(NOW + ms).toISOString()
  const changed = (top: object, keyferry: object = {}): Uint8Array => {
    const { Keyferry, ...rest } = document()
    return bytes({ ...rest, ...top, Keyferry: { ...(Keyferry as object), ...keyferry } })
  }

  it.each([
    ['a life over 12 hours', changed({ Expiration: at(12 * HOUR_MS + 1000) })],
    ['an IssuedAt over 5 minutes ahead', changed({}, { IssuedAt: at(5 * MINUTE_MS + 1000) })],
    ['a RefreshAfter before its IssuedAt', changed({}, { RefreshAfter: at(-1000) })],
    ['a RefreshAfter after its Expiration', changed({}, { RefreshAfter: at(HOUR_MS + 1000) })],
    ['an Expiration before its IssuedAt', changed({ Expiration: at(-1000) })],
    ["an account that is not the role's", changed({ AccountId: '999999999999' })],
    ['a long-term key', changed({ AccessKeyId: 'AKIAEXAMPLEEXAMPLE01' })],
    [
      'an Expiration over 12 hours ahead, where nothing says when it was issued',
      bytes({ ...document(), Expiration: at(13 * HOUR_MS), Keyferry: undefined }),
    ],
  ])('is SECRET_IMPLAUSIBLE: %s', (_, payload) => {
    expect(failure(payload).code).toBe('SECRET_IMPLAUSIBLE')
  })

  it('is told from one at the very bounds', () => {
    expect(() => decodePayload(changed({ Expiration: at(12 * HOUR_MS) }), clock)).not.toThrow()
    expect(() =>
      decodePayload(changed({}, { IssuedAt: at(5 * MINUTE_MS), RefreshAfter: at(HOUR_MS) }), clock),
    ).not.toThrow()
  })
})

function failure(payload: Uint8Array): KeyferryError {
  try {
    decodePayload(payload, clock)
  } catch (error) {
    return error as KeyferryError
  }
  throw new Error('the payload was accepted')
}
