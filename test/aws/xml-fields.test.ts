import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { xmlField } from '../../shared/aws/xml-fields.ts'

// As recorded from AWS, facts A8.
const ANSWER = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>
    <Credentials>
      <SessionToken>
        FwoG/+=
      </SessionToken><Expiration>2021-08-17T20:55:04Z</Expiration><Empty/>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`

describe('a field of an XML answer', () => {
  it('is the text of its element', () => {
    expect(xmlField(ANSWER, 'Arn')).toBe('arn:aws:sts::1:assumed-role/r/s')
    expect(xmlField(ANSWER, 'Expiration')).toBe('2021-08-17T20:55:04Z')
    expect(xmlField(ANSWER, 'SessionToken')).toBe('FwoG/+=')
  })

  it.each(['Empty', 'Missing', 'Credentials', 'arn'])('is not found as %s', (name) => {
    expect(xmlField(ANSWER, name)).toBeUndefined()
  })

  it('has its entities decoded, once', () => {
    expect(
      xmlField('<M>&lt;a&gt; &amp;lt; &quot;&apos;&#x41;&#66;&#x1F600; &nbsp; &#x110000;</M>', 'M'),
    ).toBe('<a> &lt; "\'AB😀 &nbsp; &#x110000;')
  })

  it('brings back every text that was escaped', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab<>&;#x1\'" \nü😀') }), (text) => {
        const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
        expect(xmlField(`<A>x</A><M>${escaped}</M>`, 'M')).toBe(text.trim())
      }),
    ))
})
