import { expect, it } from 'vitest'
import { decodePayload, encodePayload } from '../../shared/core/payload.ts'
import { revocationPolicy } from '../../shared/core/revocation.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const SECRET = 'projects/p/secrets/aws-app'

it('denies what was issued before the version, and neither the version nor what comes after it', () => {
  const { Version, Statement } = revocationPolicy(issuedAt(NOON), 2, SECRET)
  expect([Version, Statement]).toEqual([
    '2012-10-17',
    [
      {
        Sid: 'KeyferryDenyOlderSessions',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        // Five seconds before noon: AWS's own clock may say another second than its expiration does.
        Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-23T11:59:55Z' } },
      },
    ],
  ])
})

it('is not guessed for credentials that do not say when they were issued', () => {
  const { provenance: _, ...foreign } = issuedAt(NOON)
  expect(() => revocationPolicy(foreign, 7, SECRET)).toThrow(
    expect.objectContaining({ code: 'SECRET_NOT_OURS', resource: SECRET }) as Error,
  )
})

function issuedAt(instant: number): ReturnType<typeof decodePayload> {
  const credentials = {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE01',
    secretAccessKey: 'never-shown',
    sessionToken: 'never-shown',
    expiration: new Date(instant + 3_600_000),
  }
  const exchange = { roleArn: 'arn:aws:iam::123456789012:role/app' }
  return decodePayload(encodePayload(credentials, { exchange, refreshAfter: instant + 1_200_000 }), {
    now: () => instant,
  })
}
