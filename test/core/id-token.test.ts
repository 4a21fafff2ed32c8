import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimsOf } from '../../shared/core/id-token.ts'

const token = (claims: unknown): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

describe('the claims of an ID token', () => {
  it('are read without a look at the signature', () => {
    const claims = {
      sub: '117530498172635541201',
      aud: 'https://aws.example/ä',
      azp: 'x',
      exp: 1_800_000_000,
    }
    expect(claimsOf(token(claims))).toEqual(claims)
  })

  it.each([
    ['an access token', 'ya29.a0Af'],
    ['a page', '<!doctype html><title>Log in</title>'],
    ['a token without an expiration', token({ sub: '1' })],
    ['a token whose expiration is no number', token({ exp: 'tomorrow' })],
    ['a token of null', token(null)],
    ['a token of a number', token(7)],
    ['a token of a text', token('exp')],
    ['a token that is not JSON', 'e30.eA.e30'],
    ['a token behind other words', `x ${token({ exp: 1 })}`],
    ['a token of more parts', `${token({ exp: 1 })}.x`],
    ['a token among other words', `${token({ exp: 1 })} x`],
    ['nothing', ''],
  ])('are not found in %s', (_, text) => {
    expect(claimsOf(text)).toBeUndefined()
  })

  it('are never the reason of a throw', () =>
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(() => claimsOf(parts.join('.'))).not.toThrow()
      }),
    ))
})
