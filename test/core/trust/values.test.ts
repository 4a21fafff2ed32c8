import { describe, expect, it } from 'vitest'
import { isInRange, isRange } from '../../../shared/core/trust/addresses.ts'
import { instantOf } from '../../../shared/core/trust/dates.ts'
import { compareDecimals, isDecimal } from '../../../shared/core/trust/decimals.ts'
import { keysOfAnyRequest, lookUp } from '../../../shared/core/trust/request-context.ts'
import { OPERATOR_NAMES, operatorNamed } from '../../../shared/core/trust/operators.ts'
import { matchesArn, matchesPattern, patternOf, textOf } from '../../../shared/core/trust/pattern.ts'
import { withVariables } from '../../../shared/core/trust/variables.ts'

const LONGEST = '9'.repeat(64)

describe('a range of addresses', () => {
  it.each([
    '10.0.0.0/8',
    '10.0.0.0',
    '0.0.0.0/0',
    '255.255.255.255/32',
    '::/0',
    '::',
    '::1/128',
    '1::',
    'ABCD:ef01::9/64',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '::ffff:10.0.0.1/96',
    '1:2:3:4:5:6:10.0.0.1',
    '1::10.200.30.40',
  ])('may be %s', (range) => {
    expect(isRange(range)).toBe(true)
  })

  it.each([
    '',
    'x',
    'x/10.0.0.0/8',
    '+1.0.0.0',
    '10.0.0.0 ',
    '0010.0.0.0',
    'x\n::10.0.0.1',
    '::10.0.0.1x',
    '/8',
    '10.0.0',
    '10.0.0.0.0',
    '10.0.0.256',
    '10.0.0.1000',
    '10..0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '10.0.0.0/8/8',
    'x10.0.0.0',
    '10.0.0.0x',
    '10.0.0.0/8x',
    '::/129',
    '::/1000',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
    ':::',
    ':1',
    '1:',
    '12345::',
    'x1::',
    '1x::',
    'g::',
    '::10.0.0.256',
    '::10.0.0.1:1',
    '1:2:3:4:5:6:7:10.0.0.1',
    '::10.0.0',
    'x::10.0.0.1',
  ])('is not %j', (range) => {
    expect(isRange(range)).toBe(false)
    expect(isInRange('10.0.0.0', range)).toBeUndefined()
  })

  it.each([
    ['10.255.0.1', '10.0.0.0/8', true],
    ['11.0.0.0', '10.255.255.255/8', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.2', '10.0.0.1', false],
    ['10.0.0.1', '10.0.0.0/31', true],
    ['10.0.0.2', '10.0.0.0/31', false],
    ['255.1.2.3', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['10.0.0.1', '::/0', false],
    ['not an address', '0.0.0.0/0', false],
    ['10.0.0.1/32', '10.0.0.0/8', false],
    ['1:2::', '1:2::/32', true],
    ['1:3::', '1:2::/32', false],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['::0001', '::1', true],
    ['::ffff:1.2.3.4', '::ffff:102:304', true],
    ['1:0:0:2::3:4', '1:0:0:2:0:0:3:4', true],
    ['ABCD::', 'abcd::/128', true],
  ])('with %s in %s: %s', (address, range, within) => {
    expect(isInRange(address, range)).toBe(within)
  })
})

describe('a date', () => {
  it.each([
    ['2026', Date.UTC(2026, 0)],
    ['2026-11', Date.UTC(2026, 10)],
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T12:30Z', Date.UTC(2026, 10, 24, 12, 30)],
    ['2026-11-24T12:30:15Z', Date.UTC(2026, 10, 24, 12, 30, 15)],
    ['2026-11-24T12:30:15.25Z', Date.UTC(2026, 10, 24, 12, 30, 15, 250)],
    ['2026-11-24T12:30:15.123456789Z', Date.UTC(2026, 10, 24, 12, 30, 15, 123)],
    ['2026-11-24T12:30+01:30', Date.UTC(2026, 10, 24, 11)],
    ['2026-11-24T12:30:15-01:30', Date.UTC(2026, 10, 24, 14, 0, 15)],
    ['12345', 12_345_000],
    ['1795176000', 1_795_176_000_000],
    ['123456789012345', 123_456_789_012_345_000],
  ])('may be %s', (text, instant) => {
    expect(instantOf(text)).toBe(instant)
  })

  it.each([
    '',
    'noon',
    '26',
    '2026-1',
    '2026-11-2',
    '2026-11-24T12:30',
    '2026-11-24T12:30:15',
    '2026-11-24T12Z',
    '2026-11-24 12:30Z',
    '2026-11-24T12:30:15.Z',
    '2026-11-24T12:30:15.1234567890Z',
    '2026-11-24T12:30+01',
    '2026-13',
    '2026-02-99',
    '2026-11-24T25:00Z',
    'x2026',
    '2026x',
    'x12345',
    '12345x',
    '-12345',
    '1234567890123456',
    '1795176000.5',
  ])('is not %j', (text) => {
    expect(instantOf(text)).toBeUndefined()
  })
})

describe('a number', () => {
  it.each([
    ['1', '2', -1],
    ['2', '1', 1],
    ['-2', '-1', -1],
    ['-1', '1', -1],
    ['+1', '1', 0],
    ['1.10', '1.1', 0],
    ['1.05', '1.5', -1],
    ['007', '7', 0],
    ['-0', '0', 0],
    ['-1.5', '-1.25', -1],
    ['117890123456789012345', '117890123456789012346', -1],
    [LONGEST, `${LONGEST}.${LONGEST}`, -1],
  ])('%s and %s compare as %d', (one, other, order) => {
    expect(compareDecimals(one, other)).toBe(order)
    expect(compareDecimals(other, one)).toBe(order === 0 ? 0 : -order)
    expect([isDecimal(one), isDecimal(other)]).toEqual([true, true])
  })

  it.each([
    '',
    'x',
    '.5',
    '1.',
    '--1',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    'x1',
    '1x',
    '1.5.5',
    `${LONGEST}9`,
    `1.${LONGEST}9`,
  ])('is not %j', (text) => {
    expect(isDecimal(text)).toBe(false)
    expect(compareDecimals(text, '1')).toBeUndefined()
    expect(compareDecimals('1', text)).toBeUndefined()
  })
})

describe('an operator that compares', () => {
  const holds = (operator: string, had: string, wanted: string): boolean | undefined => {
    const { matches, negated = false } = operatorNamed(operator) ?? {}
    return matches && matches(had, patternOf(wanted)) !== negated
  }
  const ORDERS = [
    ['Equals', false, true, false],
    ['NotEquals', true, false, true],
    ['LessThan', true, false, false],
    ['LessThanEquals', true, true, false],
    ['GreaterThan', false, false, true],
    ['GreaterThanEquals', false, true, true],
  ] as const

  it.each(ORDERS)('%s holds for less: %s, for the same: %s, for more: %s', (name, less, same, more) => {
    const numbers = ['-1.5', '1.0', '7'].map((had) => holds(`Numeric${name}`, had, '1'))
    const dates = ['2026-11-23', '2026-11-24T00:00Z', '1795521600'].map((had) =>
      holds(`Date${name}`, had, '2026-11-24'),
    )
    expect([numbers, dates]).toEqual([
      [less, same, more],
      [less, same, more],
    ])
  })

  it.each(ORDERS)('%s holds for what is no number or no date only where it is negated', (name) => {
    const odd = [
      holds(`Numeric${name}`, 'x', '0'),
      holds(`Numeric${name}`, '0', 'x'),
      holds(`Date${name}`, 'x', '1970'),
      holds(`Date${name}`, '1970', 'x'),
    ]
    expect(odd).toEqual(odd.map(() => name === 'NotEquals'))
  })

  it('reads the values that it can compare, and no others', () => {
    const reads = (operator: string, value: string): boolean | undefined =>
      operatorNamed(operator)?.reads?.(value)
    expect(['1', 'x'].map((value) => reads('NumericLessThan', value))).toEqual([true, false])
    expect(['1970', 'x'].map((value) => reads('DateLessThan', value))).toEqual([true, false])
    expect(['True', 'untrue', 'falsehood'].map((value) => reads('Bool', value))).toEqual([true, false, false])
    expect(['::/0', 'x'].map((value) => reads('NotIpAddress', value))).toEqual([true, false])
    expect(reads('StringEquals', 'x')).toBeUndefined()
  })

  it('knows variables where it compares strings or ARNs, and nowhere else', () => {
    const known = OPERATOR_NAMES.filter((name) => operatorNamed(name)?.variables)
    expect(known).toEqual(OPERATOR_NAMES.filter((name) => /^(?:String|Arn)/.test(name)))
  })
})

describe('a pattern', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'ab', true],
    ['?', '', false],
    ['?', '𝄞', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['*ab', 'aab', true],
    ['a*', 'a', true],
    ['a*?', 'a', false],
    ['a**', 'a', true],
    ['ab', 'a', false],
    ['a', 'ab', false],
    ['*a?', 'aaab', true],
    ['b', 'ab', false],
    ['x*a', 'ya', false],
    ['x*a', 'xaba', true],
  ])('%j with %j: %s', (pattern, value, matches) => {
    expect(matchesPattern(patternOf(pattern), value)).toBe(matches)
    expect(textOf(patternOf(pattern))).toBe(pattern)
  })

  it.each([
    ['arn:aws:iam::1:role/a', 'arn:aws:iam::1:role/a', true],
    ['arn:aws:iam::*:role/*', 'arn:aws:iam::1:role/a:b', true],
    ['arn:aws:iam::1:role:*', 'arn:aws:iam::1:role:b', true],
    ['arn:*:role/a', 'arn:aws:iam::1:role/a', false],
    ['arn:aws:iam::*', 'arn:aws:iam::1', false],
    ['*:*:*:*:*:*', 'arn:aws:iam::1', false],
    ['arn:aws:iam', 'arn:aws:iam::1:role/a', false],
    ['arn:*:b:c:d:*', 'arn:a:x:b:c:d:e', false],
    ['arn:aws:iam::*:role/a', 'arn:aws:iam::1:x:role/a', false],
    [':a:b:c:d:e', ':a:b:c:d:e', true],
    ['*', 'arn:aws:iam::1:role/a', false],
    ['arn:aws:iam::1:role/b', 'arn:aws:iam::1:role/a', false],
    ['arn:aws:sts::1:role/a', 'arn:aws:iam::1:role/a', false],
  ])('of an ARN: %s with %s: %s', (pattern, value, matches) => {
    expect(matchesArn(patternOf(pattern), value)).toBe(matches)
  })
})

describe('a variable', () => {
  const context = {
    'aws:PrincipalArn': { values: ['a*b'] },
    'aws:TagKeys': { values: ['one', 'two'] },
    'aws:Nothing': { values: [] },
  }
  const matches = (text: string, value: string): boolean | undefined => {
    const pattern = withVariables(text, context)
    return pattern && matchesPattern(pattern, value)
  }

  it.each([
    ['${aws:PrincipalArn}', 'a*b', true],
    ['x${aws:principalarn}y${aws:PrincipalArn}*', 'xa*bya*b and more', true],
    ['${aws:PrincipalArn}', 'axb', false],
    ['${*}${?}${$}', '*?$', true],
    ['${*}', 'x', false],
    ["${aws:Missing, 'a, b'}", 'a, b', true],
    ["${aws:Missing, 'a\nb'}", 'a\nb', true],
    ["${aws:Missing, ''}", '', true],
    ["${aws:TagKeys, 'none'}", 'none', true],
    ["${aws:Nothing, 'none'}", 'none', true],
    ["${aws:PrincipalArn, 'none'}", 'a*b', true],
    ["${aws:Missing,'none'}", 'none', undefined],
    ["${aws:Missing, 'none' }", 'none', undefined],
    ["${x,aws:PrincipalArn, 'none'}", 'a*b', undefined],
    ['${aws:TagKeys}', 'one', undefined],
    ['${aws:Missing}', '', undefined],
    ['$aws:PrincipalArn', '$aws:PrincipalArn', true],
    ['${aws:PrincipalArn', '${aws:PrincipalArn', true],
  ])('in %j, with %j: %s', (text, value, expected) => {
    expect(matches(text, value)).toBe(expected)
  })
})

describe('what every request has', () => {
  it('is the time to the second, in both forms, and that it came by TLS', () => {
    expect(keysOfAnyRequest(Date.UTC(2026, 10, 24, 12) + 999)).toEqual({
      'aws:CurrentTime': '2026-11-24T12:00:00Z',
      'aws:EpochTime': '1795521600',
      'aws:SecureTransport': 'true',
    })
  })

  it('is found whatever the case of its name, and nothing else is', () => {
    const entry = { values: ['x'] }
    expect(lookUp({ 'AWS:A': { values: [] }, 'aws:SourceIp': entry }, 'AWS:sourceip')).toBe(entry)
    expect(lookUp({ 'aws:SourceIp': entry }, 'aws:SourceIpv6')).toBeUndefined()
  })
})
