/** What stands in for the exchange is trusted no more than the exchange itself. */
import type { AwsCredentialIdentity } from '@smithy/types'
import { describe, expect, it } from 'vitest'
import { fromGoogleIdentity } from '../shared/from-google-identity.ts'
import { fromSecretManager } from '../shared/from-secret-manager.ts'
import { ACCOUNT, credentialsOf, EXCHANGE } from './bed/credentials.ts'
import { fakeSecret } from './bed/fake-secret.ts'
import { HOUR, virtualClock } from './bed/virtual-clock.ts'

const clock = virtualClock()
const whole = credentialsOf(1, clock.now() + HOUR)

describe('what a mint of one’s own gives', () => {
  it('is handed out, with the account of the role where it says none', async () => {
    const { accountId: _, ...without } = whole
    const provider = fromGoogleIdentity({ ...EXCHANGE, clock, mint: async () => without })
    expect(await provider()).toEqual({ ...without, accountId: ACCOUNT })
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['without a secret', { ...whole, secretAccessKey: undefined }],
    ['without a session token', { ...whole, sessionToken: undefined }],
    ['without an expiration', { ...whole, expiration: undefined }],
    ['with an expiration that is a text', { ...whole, expiration: '2026-11-23T19:11:00Z' }],
    ['with an expiration that is no time', { ...whole, expiration: new Date(Number.NaN) }],
    ['a long-term key', { ...whole, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
    ['of another account', { ...whole, accountId: '999999999999' }],
  ])('is refused where it is one %s', async (_, minted) => {
    const mint = async (): Promise<AwsCredentialIdentity> => minted as AwsCredentialIdentity
    const secrets = fakeSecret(clock)
    const direct = fromGoogleIdentity({ ...EXCHANGE, clock, mint })
    const stored = fromSecretManager({
      secret: 'projects/p/secrets/s',
      exchange: EXCHANGE,
      clock,
      secrets,
      mint,
    })
    for (const provider of [direct, stored])
      await expect(provider()).rejects.toMatchObject({
        code: 'EXCHANGE_IMPLAUSIBLE',
        resource: EXCHANGE.roleArn,
      })
  })
})
