import { describe, expect, it } from 'vitest'
import { parseCall } from '../../scripts/command/call.ts'
import { helpForAll, helpForVerb } from '../../scripts/help.ts'
import { VERBS, type VerbName } from '../../scripts/verbs.ts'

const NAMES = Object.keys(VERBS) as VerbName[]

describe('the help', () => {
  it('lists every verb in one line', () => {
    const lines = helpForAll().split('\n')
    for (const name of NAMES) expect(lines.filter((line) => line.startsWith(`  ${name} `))).toHaveLength(1)
  })

  it.each(NAMES)('of %s has its flags and its examples', (name) => {
    const text = helpForVerb(name)
    for (const flag of Object.keys(VERBS[name].flags)) expect(text).toContain(`  --${flag}`)
    for (const { command } of VERBS[name].examples) expect(text).toContain(command)
  })

  it('gives examples that the parser takes', () => {
    for (const name of NAMES) {
      expect(VERBS[name].examples.length).toBeGreaterThan(0)
      for (const { command } of VERBS[name].examples) {
        // Some stand in a line of a shell: what is in `$(…)`, or before a pipe, is the call.
        const [keyferry, verb, ...words] = (/keyferry [^|)]*/.exec(command)?.[0] ?? '').trim().split(' ')
        expect([keyferry, verb]).toEqual(['keyferry', name])
        expect(() => parseCall(name, VERBS[name], words)).not.toThrow()
      }
    }
  })

  it('fits a terminal of 120 columns', () => {
    const texts = [helpForAll(), ...NAMES.map(helpForVerb)]
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 120)).toEqual([])
  })
})
