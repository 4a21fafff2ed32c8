import { expect, it } from 'vitest'
import { PLANTED } from './faults.ts'
import { leaksIn } from './leaks.ts'

const KEY = {
  accessKeyId: 'ASIA0000000000000001',
  secretAccessKey: 'a-secret-of-no-known-form',
  sessionToken: 'a-token-of-no-known-form',
  expiration: new Date(),
  accountId: '123456789012',
}

it.each([
  ['a message', new Error(`it said ya29.c.${'x'.repeat(20)}`)],
  ['the cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(KEY.sessionToken) }) })],
  [
    'what an error carries',
    Object.assign(new Error('c'), { request: { token: `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0` } }),
  ],
  ['what is not enumerable', Object.defineProperty({}, 'hidden', { value: KEY.secretAccessKey })],
  ['an event', [{ type: 'held', key: PLANTED }]],
])('a secret is found in %s', (_, shown) => {
  expect(leaksIn([shown], [KEY])).toHaveLength(1)
})

it('the end of a key is none', () => {
  expect(leaksIn([{ key: '…0001' }, new Error('Check the clock.')], [KEY])).toEqual([])
})
