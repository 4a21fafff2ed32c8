import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newToken, tokenCheck } from '../../../scripts/serve/bearer-token.ts'
import { refusalOf, type GuardedRequest } from '../../../scripts/serve/request-guard.ts'

const PORT = 4170
const OURS = ['127.0.0.1', 'localhost', 'LocalHost', '[::1]'].map((name) => `${name}:${PORT}`)

const request = (headers: Record<string, string[]>, method = 'GET'): GuardedRequest => ({
  method,
  headersDistinct: { host: [OURS[0] as string], ...headers },
  socket: { remoteAddress: '127.0.0.1' },
})

describe('a request', () => {
  it('under each name of this machine passes', () => {
    for (const host of OURS) expect(refusalOf(request({ host: [host] }), PORT)).toBeUndefined()
    // What the SDKs send besides.
    const usual = { accept: ['application/json'], 'user-agent': ['aws-sdk-js'], 'content-length': ['0'] }
    expect(refusalOf(request(usual), PORT)).toBeUndefined()
  })

  it('under any other name, or none, does not', () => {
    const near = fc
      .constantFrom(...OURS)
      .chain((host) =>
        fc.constantFrom(
          `${host}.attacker.example`,
          `attacker.example:${PORT}#${host}`,
          `user@${host}`,
          `${host}0`,
          host.replace(`:${PORT}`, ''),
          ` ${host}`,
          `0.0.0.0:${PORT}`,
          `127.0.0.2:${PORT}`,
        ),
      )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webAuthority(), near), (host) => {
        fc.pre(!OURS.includes(host))
        expect(refusalOf(request({ host: [host] }), PORT)).toBe('host')
      }),
    )
    for (const host of [[], [OURS[0] as string, OURS[0] as string]])
      expect(refusalOf(request({ host }), PORT)).toBe('host')
  })

  it('with any other method does not', () => {
    for (const method of ['POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'get'])
      expect(refusalOf(request({}, method), PORT)).toBe('method')
  })

  it.each([
    'origin',
    'sec-fetch-site',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-real-ip',
    'via',
  ])('with %s does not, whatever it says, and be it nothing', (name) => {
    for (const value of ['', 'null', '127.0.0.1', `http://127.0.0.1:${PORT}`])
      expect(refusalOf(request({ [name]: [value] }), PORT)).toBe('forwarded')
  })
})

describe('a token', () => {
  it('is the one and no other, with or without "Bearer"', () => {
    const token = newToken()
    const isToken = tokenCheck(token)
    for (const same of [token, `Bearer ${token}`, `bearer ${token}`]) expect(isToken(same)).toBe(true)
    expect(isToken(undefined)).toBe(false)
    const near = fc.constantFrom(
      '',
      token.slice(1),
      `${token} `,
      ` ${token}`,
      `Basic ${token}`,
      token.toLowerCase(),
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (other) => {
        fc.pre(other !== token)
        expect(isToken(other)).toBe(false)
      }),
    )
  })
})
