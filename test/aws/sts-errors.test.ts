import { expect, it } from 'vitest'
import { stsUnanswered } from '../../shared/aws/sts-errors.ts'

const ATTEMPT = {
  act: 'AssumeRoleWithWebIdentity',
  region: 'eu-centrl-1',
  roleArn: 'arn:aws:iam::1:role/x',
} as const

function notFound(host: string): Error {
  return Object.assign(new Error(`POST https://${host}: the connection failed (ENOTFOUND)`), {
    code: 'ENOTFOUND',
  })
}

it('a region that no name server knows is asked about', () => {
  const { message } = stsUnanswered(ATTEMPT, notFound('sts.eu-centrl-1.amazonaws.com'))
  expect(message).toContain('There is no such host: is the region right, "eu-centrl-1"?')
  // An endpoint of somebody's own has no region in its name.
  expect(stsUnanswered(ATTEMPT, notFound('sts.internal')).message).not.toContain('region')
})
