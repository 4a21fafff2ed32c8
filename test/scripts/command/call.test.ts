import { describe, expect, it } from 'vitest'
import { parseCall } from '../../../scripts/command/call.ts'
import { VERBS, type VerbName } from '../../../scripts/verbs.ts'

describe('the words of a call', () => {
  it('are arguments, switches and values, in any order', () => {
    const call = parse('refresh', 'app', '--force', '--reject=ASIA1', 'other', '--reject', 'ASIA2')
    expect(call.arguments).toEqual(['app', 'other'])
    expect([call.has('force'), call.has('json')]).toEqual([true, false])
    expect(call.value('reject')).toBe('ASIA2')
    expect(call.values('reject')).toEqual(['ASIA1', 'ASIA2'])
  })

  it('after -- are arguments, whatever they look like', () => {
    expect(parse('refresh', '--', '--force').arguments).toEqual(['--force'])
  })

  it('of another command are its own, from the dashes or its name on', () => {
    for (const dashes of [['--'], []]) {
      const call = parse('exec', '--secret', 's', ...dashes, 'aws', '--debug', '--', '--help', '')
      expect(call.arguments).toEqual(['aws', '--debug', '--', '--help', ''])
      expect([call.value('secret'), call.has('debug'), call.has('help')]).toEqual(['s', false, false])
    }
    expect(parse('exec', '--', '--secret', 's').arguments).toEqual(['--secret', 's'])
    expect(() => parse('exec', '--sekret', 's', '--', 'aws')).toThrow('Did you mean "--secret"?')
    expect(() => parse('exec', '--secret', '--', 'aws')).toThrow('--secret needs a value')
  })

  it('can ask every verb for its help', () => {
    for (const name of Object.keys(VERBS) as VerbName[]) {
      expect(parse(name, '--help').has('help')).toBe(true)
      expect(parse(name, '-h').has('help')).toBe(true)
    }
  })

  it.each([
    [['--forse'], '"keyferry refresh" has no flag "--forse". Did you mean "--force"?'],
    [['--zzz'], '"keyferry refresh" has no flag "--zzz". Run "keyferry help refresh" to see its flags.'],
    [['-x'], '"keyferry refresh" has no flag "-x". Run "keyferry help refresh" to see its flags.'],
    [['--force=yes'], '--force takes no value: write "keyferry refresh --force".'],
    [['--reject'], '--reject needs a value: write "keyferry refresh --reject KEY".'],
    [['--reject', '--json'], '--reject needs a value: write "keyferry refresh --reject KEY".'],
  ])('%j are refused with what was probably meant', (words, message) => {
    expect(() => parse('refresh', ...words)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message }),
    )
  })

  it('that a verb has no use for are refused', () => {
    expect(() => parse('whoami', 'me')).toThrow('"keyferry whoami" does not take "me".')
    expect(() => parse('help', 'refresh', 'status')).toThrow('"keyferry help" does not take "status".')
  })
})

function parse(name: VerbName, ...words: string[]): ReturnType<typeof parseCall> {
  return parseCall(name, VERBS[name], words)
}
