import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../../shared/report/doctor/check.ts'
import type { CheckId } from '../../../shared/report/doctor/catalogue.ts'
import { doctorText } from '../../../shared/report/doctor/doctor-text.ts'
import type { DoctorReport } from '../../../shared/report/doctor/examine.ts'
import { BROKER, examined, startBed, type Bed } from './doctor-bed.ts'

const NOTES_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'sts.amazonaws.com' } },
    },
  ],
}

let bed: Bed
beforeAll(async () => {
  bed = await startBed()
})
afterAll(() => bed.stop())

describe('the note’s policy', () => {
  it('is named by its condition, with the value that AWS compares, and corrected', async () => {
    const { writer, roleArn, name } = await bed.place()
    bed.emulator.sts.setTrustPolicy(roleArn, NOTES_POLICY)
    const refused = await examined(writer, { policy: JSON.stringify(NOTES_POLICY) })
    const { mostLikely } = refused
    expect(mostLikely?.id).toBe('trust-policy')
    expect(mostLikely?.cause).toContain('StringEquals accounts.google.com:aud')
    expect(mostLikely?.cause).toContain(`azp, which is "${BROKER.uniqueId}"`)
    expect(doctorText(refused)).toContain(`"accounts.google.com:oaud": "sts.amazonaws.com"`)
    expect(of(refused, 'exchange')).toMatchObject({ level: 'fail' })

    // The command is pasted into a shell: what it sets must pass.
    const [, pasted = ''] = /--policy-document '(.*)'$/.exec(mostLikely?.fix ?? '') ?? []
    expect(mostLikely?.fix).toMatch(new RegExp(`^aws iam update-assume-role-policy --role-name ${name} `))
    expect(JSON.parse(pasted)).toEqual(mostLikely?.policy)
    bed.emulator.sts.setTrustPolicy(roleArn, JSON.parse(pasted))
    const mended = await examined(writer, { policy: pasted })
    expect(of(mended, 'trust-policy')).toMatchObject({ level: 'ok' })
    expect(of(mended, 'exchange')).toMatchObject({ level: 'ok' })
    expect(mended.ok).toBe(true)
  })

  it('is suspected where it is not shown, and the policy that fits passes', async () => {
    const { writer, roleArn } = await bed.place()
    bed.emulator.sts.setTrustPolicy(roleArn, NOTES_POLICY)
    const { mostLikely } = await examined(writer)
    expect(mostLikely?.id).toBe('exchange')
    bed.emulator.sts.setTrustPolicy(roleArn, mostLikely?.policy)
    expect((await examined(writer)).ok).toBe(true)
  })

  it('of a whole role, as the aws command prints it, is understood as well', async () => {
    const { writer } = await bed.place()
    const whole = JSON.stringify({ Role: { RoleName: 'x', AssumeRolePolicyDocument: NOTES_POLICY } })
    expect((await examined(writer, { policy: whole })).mostLikely?.id).toBe('trust-policy')
  })
})

it('a policy that is no JSON is a finding, not the end of the report', async () => {
  const { writer } = await bed.place()
  const report = await examined(writer, { policy: 'Version: 2012' })
  expect(of(report, 'trust-policy')).toMatchObject({ level: 'fail' })
  expect(of(report, 'secret-access')).toMatchObject({ level: 'ok' })
})

function of({ checks }: DoctorReport, wanted: CheckId): Check | undefined {
  return checks.find(({ id }) => id === wanted)
}
