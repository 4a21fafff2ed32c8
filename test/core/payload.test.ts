import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKeyferryError, type KeyferryError } from '../../shared/core/errors.ts'
import { grantOf, type ExchangeOptions } from '../../shared/core/exchange.ts'
import { HOUR_MS, MINUTE_MS, PAYLOAD_BYTES_MAX } from '../../shared/core/limits.ts'
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

  it.each(['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'])(
    'is refused whole when %s is missing',
    (field) => {
      expect(() =>
        encodePayload({ ...credentials, [field]: undefined }, { exchange, refreshAfter: NOW }),
      ).toThrow(expect.objectContaining({ code: 'SECRET_MALFORMED' }))
    },
  )

  it('may be as long as Secret Manager takes it, and no longer', () => {
    const room = PAYLOAD_BYTES_MAX - encoded().length
    const sessionToken = `${credentials.sessionToken}${'x'.repeat(room)}`
    const sized = (token: string): Uint8Array =>
      encodePayload({ ...credentials, sessionToken: token }, { exchange, refreshAfter: NOW })
    expect(sized(sessionToken)).toHaveLength(PAYLOAD_BYTES_MAX)
    expect(() => sized(`${sessionToken}x`)).toThrow(expect.objectContaining({ code: 'SECRET_WRITE_FAILED' }))
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
        expect(error.message).toContain(
          `${field} is ${value === undefined ? 'missing' : 'not of the right form'}`,
        )
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

  it.each([
    ['an account of more than twelve digits', { AccountId: '1234567890123' }],
    ['an account of fewer', { AccountId: '12345678901' }],
    ['an account of other characters', { AccountId: '12345678901x' }],
    ['words before a time', { Expiration: 'at 2026-11-23T19:11:00Z' }],
    ['words after a time', { Expiration: '2026-11-23T19:11:00Z or so' }],
    ['a time in another form', { Expiration: 'Mon, 23 Nov 2026 19:11:00 GMT' }],
    ['a date without a time', { Expiration: '2026-11-23' }],
    ['a fraction without digits', { Expiration: '2026-11-23T19:11:00.Z' }],
    ['a zone without minutes', { Expiration: '2026-11-23T19:11:00+01' }],
  ])('is SECRET_MALFORMED: %s', (_, change) => {
    const { code, message } = failure(bytes({ ...document(), ...change }))
    expect(code).toBe('SECRET_MALFORMED')
    expect(message).toContain(`${Object.keys(change).join()} is not of the right form`)
  })

  it.each([
    '2026-11-23T19:11:00.25Z',
    '2026-11-23T20:11:00+01:00',
    '2026-11-23T20:11:00+0100',
    '2026-11-23T13:41:00.000-05:30',
  ])('is none where another tool wrote a time as ISO 8601 allows it: %s', (Expiration) => {
    const { expiration } = decodePayload(bytes({ ...document(), Expiration }), clock).credentials
    expect(Math.floor(expiration.getTime() / 1_000)).toBe((NOW + HOUR_MS) / 1_000)
  })

  it('is SECRET_MALFORMED where Keyferry is there, but no object', () => {
    for (const Keyferry of [null, 'planted', ['planted']]) {
      const { code, message } = failure(bytes({ ...document(), Keyferry }))
      expect({ code, message }).toMatchObject({
        code: 'SECRET_MALFORMED',
        message: expect.stringContaining('Keyferry must be an object'),
      })
    }
  })

  it('is SECRET_MALFORMED when it is not UTF-8', () => {
    const { code, message } = failure(Uint8Array.of(0xff, 0xfe, 0x00))
    expect(code).toBe('SECRET_MALFORMED')
    expect(message).toContain('it is not UTF-8 JSON')
    const torn = encoded()
    torn[torn.indexOf('planted'.charCodeAt(0))] = 0xff
    expect(failure(torn).code).toBe('SECRET_MALFORMED')
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
        expect(['accepted', 'SECRET_MALFORMED', 'SECRET_IMPLAUSIBLE']).toContain(outcome(payload))
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
    expect(() => decodePayload(changed({}, { RefreshAfter: at(0) }), clock)).not.toThrow()
    const undated = (Expiration: string): Uint8Array =>
      bytes({ ...document(), Expiration, Keyferry: undefined })
    expect(() => decodePayload(undated(at(12 * HOUR_MS + 5 * MINUTE_MS)), clock)).not.toThrow()
    expect(failure(undated(at(12 * HOUR_MS + 5 * MINUTE_MS + 1))).code).toBe('SECRET_IMPLAUSIBLE')
    const lifeless = changed({ Expiration: at(0) }, { IssuedAt: at(0), RefreshAfter: at(0) })
    expect(failure(lifeless).code).toBe('SECRET_IMPLAUSIBLE')
  })
})

function outcome(payload: Uint8Array): string {
  try {
    decodePayload(payload, clock)
    return 'accepted'
  } catch (error) {
    return isKeyferryError(error) ? error.code : String(error)
  }
}

function failure(payload: Uint8Array): KeyferryError {
  try {
    decodePayload(payload, clock)
  } catch (error) {
    return error as KeyferryError
  }
  throw new Error('the payload was accepted')
}
