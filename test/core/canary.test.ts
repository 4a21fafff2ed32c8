import { describe, expect, it } from 'vitest'
import { askCanary, type CanaryAnswer } from '../../shared/core/canary.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { StoredCredentials } from '../../shared/core/payload.ts'
import type { CallerIdentity } from '../../shared/core/ports.ts'
import { credentialsOf } from '../bed/credentials.ts'
import { HOUR } from '../bed/virtual-clock.ts'
import { writingBed } from './writing-bed.ts'

async function asked(callerIdentity: () => Promise<CallerIdentity>): Promise<CanaryAnswer> {
  const stored = { credentials: credentialsOf(1, HOUR) } as StoredCredentials
  return askCanary({ version: 4, stored }, writingBed().target, { callerIdentity })
}

describe('a forged version', () => {
  it('is an error about its secret, with what AWS said and without what AWS was told', async () => {
    const said = new KeyferryError('IDENTITY_CHECK_FAILED', 'InvalidClientTokenId')
    const answer = await asked(() => Promise.reject(Object.assign(said, { headers: 'PLANTED' })))
    expect(answer).toMatchObject({
      kind: 'forged',
      error: {
        code: 'SECRET_FORGED',
        resource: 'projects/demo/secrets/aws-app',
        message: expect.stringMatching(
          /^Version 4 of .* but AWS does not accept it \(key …0001\)\. /,
        ) as string,
        cause: { message: 'InvalidClientTokenId' },
      },
    })
    expect((answer as { error: Error }).error.cause).not.toHaveProperty('headers')
  })

  it('that AWS knows as someone else has no other error behind it', async () => {
    const answer = await asked(async () => ({
      accountId: '210987654321',
      arn: 'arn:aws:iam::210987654321:root',
    }))
    expect(answer).toMatchObject({ kind: 'forged', error: { code: 'SECRET_FORGED' } })
    expect((answer as { error: Error }).error).not.toHaveProperty('cause')
  })
})
