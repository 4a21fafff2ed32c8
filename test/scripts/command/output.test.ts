/** What becomes of a command whose output nobody can take, and where its switches may stand. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeFailure } from '../../../scripts/command/failure.ts'
import { keyferry, ROOT } from '../child.ts'

/** A line of a shell, with the command as `$KEYFERRY`. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  const KEYFERRY = `${process.execPath} -- ${join(ROOT, 'dist/scripts/keyferry.js')}`
  return spawnSync('bash', ['-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', KEYFERRY },
  })
}

describe('output that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))('is a failure, told in one line', () => {
    const full = shell('$KEYFERRY help > /dev/full')
    expect([full.status, full.stderr]).toEqual([
      1,
      expect.stringMatching(/^keyferry: [^\n]*no space is left[^\n]*ENOSPC\S*\n$/),
    ])
    const closed = shell('$KEYFERRY help 1< /dev/null')
    expect([closed.status, closed.stderr]).toEqual([1, expect.stringMatching(/^keyferry: [^\n]*EBADF\S*\n$/)])
  })

  it('is none where the reader has seen enough', () => {
    expect(shell('$KEYFERRY help | true; echo ${PIPESTATUS[0]}')).toMatchObject({ stdout: '0\n', stderr: '' })
    // With nobody to tell it to.
    expect(shell('$KEYFERRY nonsense 2>&1 | true; echo ${PIPESTATUS[0]}')).toMatchObject({ stdout: '2\n' })
  })

  it('is not taken for a fault of ours where it throws', () => {
    const error = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
    expect(describeFailure(error)).toBe(
      'keyferry: What was to be printed could not be written (no space is left where standard output goes, ENOSPC).',
    )
  })
})

describe('switches before the verb', () => {
  it('are taken for its own', async () => {
    const { stdout, stderr, status } = await keyferry(['--debug', '--json', 'whoami', '--help'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Usage: keyferry whoami')
  })

  it('that only some verb has are refused with where they go', async () => {
    const { stderr, status } = await keyferry(['--secret', 'x', 'credential-process'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('keyferry VERB --secret')])
  })
})
