import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateTrust, tightTrustPolicy, type SessionRequest } from '../../../shared/core/trust.ts'
import { AUDIENCE, key, metadata, policy, statement, SUB } from './cases.ts'

const word = fc.stringMatching(/^[a-c*?]{0,6}$/)
const words = fc.array(word, { minLength: 1, maxLength: 4 })
const claim = fc.constantFrom('sub', 'aud', 'oaud', 'email', 'amr')
const name = fc
  .tuple(
    fc.constantFrom('', 'ForAnyValue:', 'ForAllValues:'),
    fc.constantFrom(
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
    ),
    fc.constantFrom('', 'IfExists'),
  )
  .map((parts) => parts.join(''))
const block = fc.array(fc.tuple(name, claim, words), { maxLength: 3 }).map((rows) => {
  const conditions: Record<string, Record<string, unknown>> = {}
  for (const [operator, about, values] of rows)
    conditions[operator] = { ...conditions[operator], [key(about)]: values }
  return conditions
})
const anyStatement = fc
  .tuple(block, fc.constantFrom('Allow', 'Deny'), fc.constantFrom('sts:*', 'sts:AssumeRole', '*'))
  .map(([conditions, effect, action]) => statement(conditions, { Effect: effect, Action: action }))
const token = fc
  .record(
    { sub: word, aud: word, azp: word, email: word, amr: fc.array(word, { maxLength: 3 }) },
    { requiredKeys: ['sub', 'aud'] },
  )
  .map((claims) => ({ iss: metadata.iss, ...claims }))
const lets = (document: unknown, claims: typeof metadata, request?: SessionRequest): boolean =>
  evaluateTrust(document, claims, request).allowed

describe('a trust policy', () => {
  it('means the same in whatever order its statements stand', () => {
    fc.assert(
      fc.property(fc.array(anyStatement, { minLength: 1, maxLength: 4 }), token, (statements, claims) => {
        expect(lets(policy(...statements), claims)).toBe(lets(policy(...statements.toReversed()), claims))
      }),
    )
  })

  it('lets in nobody whom a Deny of it denies', () => {
    fc.assert(
      fc.property(
        fc.array(anyStatement, { maxLength: 3 }),
        block,
        token,
        (statements, conditions, claims) => {
          fc.pre(lets(policy(statement(conditions)), claims))
          const denied = [...statements, statement(conditions, { Effect: 'Deny' })]
          expect(lets(policy(...denied), claims)).toBe(false)
        },
      ),
    )
  })

  it('lets in more with an Allow more, and fewer with a Deny more', () => {
    fc.assert(
      fc.property(
        fc.array(anyStatement, { minLength: 1, maxLength: 3 }),
        anyStatement,
        token,
        (all, more, claims) => {
          const [before, after] = [lets(policy(...all), claims), lets(policy(...all, more), claims)]
          expect(more['Effect'] === 'Allow' ? !before || after : before || !after).toBe(true)
        },
      ),
    )
  })

  it('lets in fewer with a condition more', () => {
    fc.assert(
      fc.property(block, claim, words, token, (conditions, about, values, claims) => {
        const narrower = { ...conditions, StringLike: { ...conditions['StringLike'], [key(about)]: values } }
        fc.pre(conditions['StringLike']?.[key(about)] === undefined)
        expect(
          lets(policy(statement(narrower)), claims) && !lets(policy(statement(conditions)), claims),
        ).toBe(false)
      }),
    )
  })

  it('means the same as text, and with the names of keys and actions in other case', () => {
    fc.assert(
      fc.property(block, token, (conditions, claims) => {
        const shouted = Object.fromEntries(
          Object.entries(conditions).map(([operator, keys]) => [
            operator,
            Object.fromEntries(Object.entries(keys).map(([about, values]) => [about.toUpperCase(), values])),
          ]),
        )
        const verdict = lets(policy(statement(conditions)), claims)
        expect(lets(JSON.stringify(policy(statement(conditions))), claims)).toBe(verdict)
        expect(lets(policy(statement(shouted, { Action: 'STS:ASSUMEROLEWITHWEBIDENTITY' })), claims)).toBe(
          verdict,
        )
      }),
    )
  })

  it('never throws, and lets nobody in by anything that is not a policy', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        for (const document of [value, text, JSON.stringify(value), { Statement: value }])
          expect(lets(document, metadata)).toBe(false)
        expect(evaluateTrust(policy(statement({ StringEquals: value })), metadata).reasons).not.toEqual([])
      }),
    )
  })

  it('is read in time whatever its size and depth', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const long = JSON.stringify(
      policy(statement({ StringLike: { [key('oaud')]: `${'*a'.repeat(1_000)}b` } })),
    )
    const started = process.cpuUsage()
    for (const text of [deep, long, `"${'\\"'.repeat(100_000)}`, '{'.repeat(100_000)])
      expect(lets(text, { ...metadata, aud: 'a'.repeat(1_900) })).toBe(false)
    // What backtracks, or counts each character against each other, takes minutes; the machine's other work does not count.
    expect(process.cpuUsage(started).user / 1_000_000).toBeLessThan(5)
  })
})

describe('an operator', () => {
  const on = (operator: string, about: string, values: unknown): object =>
    policy(statement({ [operator]: { [about]: values } }))

  it.each([
    ['StringEquals', 'StringNotEquals'],
    ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    ['StringLike', 'StringNotLike'],
    ['ArnLike', 'ArnNotLike'],
    ['ArnEquals', 'ArnNotEquals'],
  ])('%s and %s are never of one mind where the key is present', (one, other) => {
    fc.assert(
      fc.property(words, word, (values, had) => {
        const request = { keys: { 'aws:SourceArn': `arn:aws:sns:${had}::topic:${had}` } }
        const wanted = values.map((value) => `arn:aws:sns:${value}::topic:${value}`)
        expect(lets(on(one, 'aws:SourceArn', wanted), metadata, request)).toBe(
          !lets(on(other, 'aws:SourceArn', wanted), metadata, request),
        )
      }),
    )
  })

  const integer = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })

  it('compares numbers exactly, however long', () => {
    fc.assert(
      fc.property(integer, integer, (wanted, had) => {
        const request = { keys: { 'aws:Number': String(had) } }
        const holds = (operator: string): boolean =>
          lets(on(operator, 'aws:Number', String(wanted)), metadata, request)
        expect(holds('NumericEquals')).toBe(had === wanted)
        expect(holds('NumericNotEquals')).toBe(had !== wanted)
        expect(holds('NumericLessThan')).toBe(had < wanted)
        expect(holds('NumericLessThanEquals')).toBe(had <= wanted)
        expect(holds('NumericGreaterThan')).toBe(had > wanted)
        expect(holds('NumericGreaterThanEquals')).toBe(had >= wanted)
      }),
    )
  })

  it('compares dates, whether written as text or as seconds', () => {
    const second = fc.integer({ min: 100_000_000, max: 4_000_000_000 })
    const text = (seconds: number): string => new Date(seconds * 1_000).toISOString()
    fc.assert(
      fc.property(second, second, (wanted, had) => {
        const request = { keys: { 'aws:CurrentTime': text(had), 'aws:EpochTime': String(had) } }
        for (const about of ['aws:CurrentTime', 'aws:EpochTime']) {
          for (const value of [text(wanted), String(wanted)]) {
            expect(lets(on('DateLessThan', about, value), metadata, request)).toBe(had < wanted)
            expect(lets(on('DateEquals', about, value), metadata, request)).toBe(had === wanted)
          }
        }
      }),
    )
  })

  it('knows of every address whether it is in a range', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const address = fc.tuple(byte, byte, byte, byte)
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (one, other, prefix) => {
        const bits = (bytes: readonly number[]): string =>
          bytes.map((part) => part.toString(2).padStart(8, '0')).join('')
        const within = bits(one).slice(0, prefix) === bits(other).slice(0, prefix)
        const mapped = `::ffff:${other.join('.')}`
        const check = (range: string, had: string): boolean =>
          lets(on('IpAddress', 'aws:SourceIp', range), metadata, { keys: { 'aws:SourceIp': had } })
        expect(check(`${one.join('.')}/${prefix}`, other.join('.'))).toBe(within)
        expect(check(`::ffff:${one.join('.')}/${96 + prefix}`, mapped)).toBe(within)
        expect(check(`${one.join('.')}/${prefix}`, mapped)).toBe(false)
      }),
    )
  })

  it('holds wherever it holds without IfExists', () => {
    fc.assert(
      fc.property(name, claim, words, token, (operator, about, values, claims) => {
        fc.pre(!operator.endsWith('IfExists'))
        const strict = lets(on(operator, key(about), values), claims)
        const lenient = lets(on(`${operator}IfExists`, key(about), values), claims)
        expect(strict && !lenient).toBe(false)
      }),
    )
  })

  it('with ForAllValues holds for each value alone, with ForAnyValue for one of them', () => {
    const operators = fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals')
    const amr = fc.array(fc.stringMatching(/^[a-c*?]{1,6}$/), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(operators, words, amr, (operator, values, had) => {
        const single = (value: string): boolean =>
          lets(on(operator, key('amr'), values), { ...metadata, amr: [value] })
        const claims = { ...metadata, amr: had }
        expect(lets(on(`ForAllValues:${operator}`, key('amr'), values), claims)).toBe(had.every(single))
        expect(lets(on(`ForAnyValue:${operator}`, key('amr'), values), claims)).toBe(had.some(single))
      }),
    )
  })

  it('takes an audience for itself in the tight policy, whatever characters it has', () => {
    const odd = fc.array(fc.constantFrom('$', '{', '}', '*', '?', "'", ',', ' ', 'a', '"', '\\'), {
      minLength: 1,
    })
    fc.assert(
      fc.property(
        odd.map((parts) => parts.join('')),
        word,
        (audience, other) => {
          const tight = tightTrustPolicy({ uniqueId: SUB }, { audience })
          expect(lets(tight, { ...metadata, aud: audience })).toBe(true)
          expect(lets(tight, { ...metadata, aud: other })).toBe(other === audience)
          expect(
            lets(tightTrustPolicy({ uniqueId: SUB }, { audience: AUDIENCE }), { ...metadata, aud: audience }),
          ).toBe(false)
        },
      ),
    )
  })
})
