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
  })
})
