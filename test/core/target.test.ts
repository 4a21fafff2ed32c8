import { describe, expect, it } from 'vitest'
import { resolveTarget, targetProblems, type TargetOptions } from '../../shared/core/target.ts'

const APP: TargetOptions = {
  name: 'app',
  secret: 'projects/demo/secrets/aws-app',
  roleArn: 'arn:aws:iam::123456789012:role/app',
}

describe('a target', () => {
  it('lives an hour, is replaced after a third of its life and scheduled every five minutes, unless told otherwise', () => {
    expect(resolveTarget(APP)).toMatchObject({
      durationSeconds: 3600,
      refreshAfterSeconds: 1200,
      everySeconds: 300,
    })
    expect(resolveTarget({ ...APP, durationSeconds: 43_200 }).refreshAfterSeconds).toBe(14_400)
  })

  it('as short as it can be has no problem', () => {
    expect(targetProblems(APP)).toEqual([])
  })

  it.each([
    ['name', { name: 'a b' }, /^name must be 1 to 63 of/],
    ['secret without its project', { secret: 'aws-app' }, /^secret must be projects\/P\/secrets\/S/],
    ['secret with a version', { secret: `${APP.secret}/versions/3` }, /^secret must be/],
    ['role', { roleArn: 'app' }, /^roleArn must be a role ARN/],
    [
      'account that is not the role’s',
      { accountId: '210987654321' },
      /^accountId is 210987654321, but the role .* is in account 123456789012$/,
    ],
    ['account', { accountId: '12' }, /^accountId must be 12 digits/],
    ['schedule', { everySeconds: 0 }, /^everySeconds must be a whole number from 1 to 43200, got 0$/],
    [
      'refresh age beyond the life',
      { refreshAfterSeconds: 4000 },
      /^refreshAfterSeconds must be a whole number from 60 to 3600, got 4000$/,
    ],
    [
      'schedule that cannot keep its promise',
      { everySeconds: 900 },
      /^everySeconds cannot keep its promise: .* Set everySeconds/,
    ],
  ])('with a bad %s has one problem, which begins with the field', (_, change, expected) => {
    expect(targetProblems({ ...APP, ...change })).toEqual([expect.stringMatching(expected)])
  })

  it.each([
    ['durationSeconds', { everySeconds: 60 }, [900, 43_200], [899, 43_201, 900.5]],
    ['everySeconds', {}, [1], [0, 1.5, 43_201]],
    ['refreshAfterSeconds', { everySeconds: 10 }, [60], [59, 60.5, 3_601]],
  ])('may have %s up to its bounds', (field, rest, good, bad) => {
    const problems = (value: number): number => targetProblems({ ...APP, ...rest, [field]: value }).length
    expect([good.map(problems), bad.map(problems)]).toEqual([good.map(() => 0), bad.map(() => 1)])
  })

  it.each([
    [899, 43_200],
    [900, 900],
    [43_200, 43_200],
    [43_201, 43_200],
    [1_000.5, 43_200],
  ])('that lives %d s may be refreshed at %i s at the latest', (durationSeconds, most) => {
    const problems = targetProblems({
      ...APP,
      durationSeconds,
      everySeconds: 10,
      refreshAfterSeconds: 50_000,
    })
    expect(problems).toContain(`refreshAfterSeconds must be a whole number from 60 to ${most}, got 50000`)
  })

  it('is held to the promise of its schedule up to the bounds of both', () => {
    const longest = { ...APP, durationSeconds: 43_200, everySeconds: 43_200 }
    expect(targetProblems(longest)).toEqual([
      expect.stringMatching(/^everySeconds cannot keep its promise: /),
    ])
  })

  it('of no role has no account that could be another', () => {
    expect(targetProblems({ ...APP, roleArn: 'app', accountId: '123456789012' })).toEqual([
      expect.stringMatching(/^roleArn must be a role ARN/),
    ])
  })

  it('reports all its problems together', () => {
    const problems = targetProblems({
      ...APP,
      name: '',
      secret: 's',
      roleArn: 'r',
      durationSeconds: 5,
      everySeconds: 0.5,
    })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'name',
      'secret',
      'roleArn',
      'durationSeconds',
      'everySeconds',
    ])
  })

  it('compares its account with that of the last role of a chain, which is what the credentials are of', () => {
    const chain = [{ roleArn: 'arn:aws:iam::210987654321:role/far' }]
    expect(targetProblems({ ...APP, chain, accountId: '210987654321' })).toEqual([])
    expect(targetProblems({ ...APP, chain, accountId: '123456789012' })).toHaveLength(1)
  })
})
