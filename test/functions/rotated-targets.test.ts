import { describe, expect, it } from 'vitest'
import { rotatedTargets } from '../../functions/rotated-targets.ts'
import { targetOf } from './function-bed.ts'

describe('the targets of a rotated secret', () => {
  const targets = [
    targetOf('global', 'projects/demo/secrets/aws'),
    targetOf('regional', 'projects/demo/locations/europe-west1/secrets/aws'),
    targetOf('other', 'projects/demo/secrets/other'),
    targetOf('numbered', 'projects/222/secrets/numbered'),
  ]

  it.each([
    ['by the id of the secret, whatever its project', 'projects/111/secrets/other', ['other']],
    ['apart from a regional secret of the same id', 'projects/111/secrets/aws', ['global']],
    ['by location', 'projects/111/locations/europe-west1/secrets/aws', ['regional']],
    ['not in another location', 'projects/111/locations/us-east1/secrets/aws', []],
    ['by number, where the configuration has it', 'projects/222/secrets/numbered', ['numbered']],
    ['not by another number', 'projects/333/secrets/numbered', []],
    ['not where the name is none', 'aws', []],
    ['not where there is no name', '', []],
  ])('are found %s', (_, secretId, names) => {
    const found = rotatedTargets(secretId, targets)
    expect(found.names).toEqual(names)
    expect(found.doubt === undefined).toBe(names.length === 1)
  })

  it('are all that it may be, where projects cannot be told apart, and that is said', () => {
    const twins = [targetOf('a', 'projects/one/secrets/aws'), targetOf('b', 'projects/two/secrets/aws')]
    expect(rotatedTargets('projects/111/secrets/aws', twins)).toEqual({
      names: ['a', 'b'],
      doubt: expect.stringContaining('any of a, b'),
    })
  })

  it('are the one that is named exactly, where there is one', () => {
    const twins = [targetOf('a', 'projects/111/secrets/aws'), targetOf('b', 'projects/two/secrets/aws')]
    expect(rotatedTargets('projects/111/secrets/aws', twins)).toEqual({ names: ['a'] })
  })
})
