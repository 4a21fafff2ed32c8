import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { gatherWhoami, type WhoamiOptions, type WhoamiTarget } from '../../shared/report/whoami.ts'
import { whoamiText } from '../../shared/report/whoami-text.ts'

const ROLE = 'arn:aws:iam::123456789012:role/app'
const CREDENTIALS: SessionCredentials = {
  accessKeyId: 'ASIAEXAMPLEEXAMPMINT',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  expiration: new Date(Date.now() + 3_600_000),
  accountId: '123456789012',
}

describe('who this workload is', () => {
  it('is what Google says, in the words of a trust policy, and what AWS says', async () => {
    const report = await whoami()
    expect(report).toEqual({
      ok: true,
      google: {
        email: 'app@p.iam.gserviceaccount.com',
        uniqueId: '117',
        azp: '117',
        audience: 'sts.amazonaws.com',
      },
      aws: [
        {
          target: 'app',
          accountId: '123456789012',
          arn: `${ROLE} asked with MINT`,
          key: '…MINT',
          from: 'exchange',
        },
      ],
    })
  })

  it('is asked with the credentials in the secret, where it holds any of use', async () => {
    const payload = encodePayload(
      { ...CREDENTIALS, accessKeyId: 'ASIAEXAMPLEEXAMPKEPT' },
      { exchange: { roleArn: ROLE }, refreshAfter: Date.now() + 1_200_000 },
    )
    const read = async (): Promise<{ version: number; payload: Uint8Array }> => ({ version: 1, payload })
    expect((await whoami({ secrets: { read } })).aws).toMatchObject([{ key: '…KEPT', from: 'secret' }])
  })

  it('mints nothing to ask with while an operator has stopped the secret', async () => {
    const disabled = new KeyferryError('SECRET_DISABLED', 'Version 1 is disabled.', {
      resource: 'projects/p/secrets/s/versions/1',
    })
    const report = await whoami({
      secrets: { read: () => Promise.reject(disabled) },
      mint: () => Promise.reject(new Error('minted')),
    })
    expect(report.aws).toMatchObject([{ problem: { code: 'SECRET_DISABLED' } }])
  })

  it('has the reason in the place of an answer that failed, and the others all the same', async () => {
    const refused = new KeyferryError('EXCHANGE_REFUSED', 'AWS refuses.')
    const report = await whoami({ mint: () => Promise.reject(refused) })
    expect(report).toMatchObject({
      ok: false,
      google: { uniqueId: '117' },
      aws: [
        { target: 'app', problem: { code: 'EXCHANGE_REFUSED', message: 'AWS refuses.', retryable: false } },
      ],
    })
    expect(whoamiText(report)).toContain('AWS, app     EXCHANGE_REFUSED: AWS refuses.')
  })

  it('is Google’s half alone where no target is configured', async () => {
    const report = await gatherWhoami({ identity: identity(), targets: [] })
    expect([report.ok, report.aws]).toEqual([true, []])
    expect(whoamiText(report)).toContain('no target is configured')
  })

  it('is a failure where the token does not say whose it is', async () => {
    const report = await gatherWhoami({ identity: identity({ exp: 1 }), targets: [] })
    expect(report).toMatchObject({ ok: false, google: { problem: { code: 'IDENTITY_TOKEN_FAILED' } } })
  })
})

function whoami(target: Partial<WhoamiTarget> = {}): ReturnType<typeof gatherWhoami> {
  const sts: WhoamiTarget['sts'] = {
    callerIdentity: async ({ accountId, accessKeyId }) => ({
      accountId,
      arn: `${ROLE} asked with ${accessKeyId.slice(-4)}`,
    }),
  }
  const whole = { name: 'app', mint: async () => CREDENTIALS, sts, ...target }
  return gatherWhoami({ identity: identity(), targets: [whole] })
}

function identity(
  claims: object = { sub: '117', azp: '117', aud: 'sts.amazonaws.com', exp: 9_999_999_999 },
): WhoamiOptions['identity'] {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  return {
    idToken: async () => `${part({ alg: 'RS256' })}.${part(claims)}.signature`,
    email: async () => 'app@p.iam.gserviceaccount.com',
  }
}
