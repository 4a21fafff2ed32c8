import { describe, expect, it } from 'vitest'
import { evaluateTrust } from '../../../shared/core/trust.ts'
import { CASES } from './cases.ts'

describe('a trust policy, as AWS’s documents say it is read', () => {
  it.each(CASES)('$name', ({ policy, claims, request, allowed }) => {
    expect(evaluateTrust(policy, claims, request).allowed).toBe(allowed)
  })

  it('is told by a page of AWS’s, or of Google’s library for how tokens differ', () => {
    for (const { source } of CASES) {
      expect(source).toMatch(
        /^https:\/\/(?:docs\.aws\.amazon\.com|aws\.amazon\.com|github\.com\/googleapis)\//,
      )
    }
  })

  it('has no case twice', () => {
    const names = CASES.map(({ name }) => name)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })
})
