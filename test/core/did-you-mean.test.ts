import { describe, expect, it } from 'vitest'
import { nearestTo } from '../../shared/core/did-you-mean.ts'

describe('the suggestion for a mistyped word', () => {
  it.each([
    ['everySecond', 'everySeconds'],
    ['roleARN', 'roleArn'],
    ['nmae', 'name'],
  ])('for %s is %s', (word, meant) => {
    expect(nearestTo(word, ['name', 'roleArn', 'everySeconds'])).toBe(meant)
  })

  it('is the nearest, wherever it stands', () => {
    expect(nearestTo('audience', ['audiencess', 'audiences', 'audiencesx'])).toBe('audiences')
    expect(nearestTo('role', ['rolex1', 'rol', 'rolexy'])).toBe('rol')
  })

  it('is none where nothing is near, or where every short word would be', () => {
    expect(nearestTo('colour', ['name', 'roleArn'])).toBeUndefined()
    expect(nearestTo('xy', ['ab', 'cd'])).toBeUndefined()
  })
})
