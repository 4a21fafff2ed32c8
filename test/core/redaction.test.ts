import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { displayKey, redact, withoutDetails } from '../../shared/core/redaction.ts'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base64 = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...BASE64), minLength: length, maxLength: length })

describe('redaction', () => {
  it('shows the tail of a key only', () => {
    expect(displayKey('ASIAEXAMPLEEXAMPLE01')).toBe('…LE01')
  })

  it('takes tokens, keys and secrets out of a message', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${'a1B'.repeat(30)}.${'c3D'.repeat(30)}`
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    const text = `Value '${jwt}' with ASIAIOSFODNN7EXAMPLE ${secret} ya29.a0Af-x Bearer opaque "-----BEGIN PRIVATE KEY-----\nMIIE`
    const clean = redact(text)
    for (const planted of [jwt, 'eyJ', 'ASIAIOSF', secret, 'ya29', 'opaque', 'MIIE']) {
      expect(clean).not.toContain(planted)
    }
    expect(clean).toContain('…MPLE')
  })

  const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM'
  it.each([
    [
      'a key',
      'a -----BEGIN RSA PRIVATE KEY-----\nab cd\n-----END RSA PRIVATE KEY----- b',
      'a [private key] b',
    ],
    ['a key that was cut', 'a -----BEGIN PRIVATE KEY-----\nab cd\nef', 'a [private key]'],
    ['two keys', '-----BEGIN X-----1-----END X-----, -----BEGIN Y-----2', '[private key], [private key]'],
    ['a signed token', 'a ey12345678.a_-9.b_-9 b', 'a [token] b'],
    ['a token without its signature', 'a eyJhbGciOiJ9-_.ab. b', 'a [token] b'],
    ['a token that was cut', 'a eyJhbGciOi.ab b', 'a [token] b'],
    ['an access token', 'a ya29.a0Af_x-y.z, b', 'a [access token], b'],
    ['whatever a header bears', 'a bearer \t x/y=, "Bearer z" b', 'a Bearer [token], "Bearer [token]" b'],
    ['access keys, but for their tails', 'a ASIA12345678WXYZ,AKIA123456789WXYZ b', 'a …WXYZ,…WXYZ b'],
    ['a secret key', `a ${LETTERS}1 b`, 'a [secret] b'],
    ['a secret key that has a sign in it', `a +${LETTERS} "/${LETTERS}"`, 'a [secret] "[secret]"'],
    ['a secret key with a single capital', `a ${'a1'.repeat(19)}aB b`, 'a [secret] b'],
  ])('takes %s out of a message, and nothing else', (_, message, clean) => {
    expect(redact(message)).toBe(clean)
  })

  it.each([
    ['of a host', 'see keys.example.com and eyes.only, heyabcdefghi.jk, ey1234567.ab'],
    ['that ends like a token', 'the file maya29.txt'],
    ['that contains a header’s', 'the forbearer came'],
    ['too short for an access key', 'AKIA1234567WXYZ'],
    ['that only contains an access key’s', 'XASIA12345678WXYZ ASIA12345678WXYZa'],
    ['too short for a secret', `${LETTERS.slice(1)}1`],
    ['without a digit', `${LETTERS}N`],
    ['without a capital', 'a1'.repeat(20)],
    ['without a small letter', 'A1'.repeat(20)],
    ['that goes on with other signs', `${LETTERS}1_`],
    ['that begins with other signs', `.${LETTERS}1 -${LETTERS}1 :${LETTERS}1 _${LETTERS}1`],
    ['of a resource', `projects/${LETTERS}/1`],
  ])('leaves a word %s', (_, message) => {
    expect(redact(message)).toBe(message)
  })

  it('leaves what a person needs to read', () => {
    const message =
      'Cannot read projects/my-project/secrets/aws-broker-with-quite-a-long-name/versions/latest for ' +
      'arn:aws:iam::123456789012:role/team/application at https://sts.eu-central-1.amazonaws.com: run gcloud'
    expect(redact(message)).toBe(message)
  })

  it('takes out what is known to be secret, whatever it looks like', () => {
    expect(redact('The value "plain-word" is refused; plain-word!', ['', 'plain-word'])).toBe(
      'The value "[secret]" is refused; [secret]!',
    )
  })

  it('leaves the name of a resource, however long', () => {
    const name = 'projects/myProject1/secrets/TheSecretOfTheApplicationInProduction2'
    expect(redact(`Cannot read ${name}: permission denied`)).toContain(name)
  })

  it('takes session tokens of any length out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 600 }).chain(base64), (token) => {
        fc.pre(/[a-z]/.test(token) && /[A-Z]/.test(token) && /[\d+/]/.test(token))
        expect(redact(`token ${token} end`)).toBe('token [secret] end')
      }),
    )
  })

  it('keeps of a foreign error its name, code and message, nothing else', () => {
    const error = Object.assign(new TypeError('sent Bearer planted'), {
      code: 'E_X',
      config: { headers: { authorization: 'planted' } },
    })
    const clean = withoutDetails(error)
    expect(inspect(clean, { depth: 10 })).not.toContain('planted')
    expect(clean).toMatchObject({ name: 'TypeError', code: 'E_X', message: 'sent Bearer [token]' })
    expect(Object.hasOwn(clean, 'stack')).toBe(false)
  })

  it('keeps a code that is a number, and none that is something else', () => {
    expect(withoutDetails(Object.assign(new Error('x'), { code: 7 }))).toMatchObject({ code: 7 })
    expect(withoutDetails(Object.assign(new Error('x'), { code: { planted: 1 } }))).not.toHaveProperty('code')
    expect(withoutDetails(new Error('x'))).not.toHaveProperty('code')
  })

  it('makes an error of what was thrown and is none', () => {
    expect(withoutDetails('sent Bearer planted')).toStrictEqual(new Error('sent Bearer [token]'))
  })
})
