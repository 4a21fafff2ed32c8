/** The main job, end to end, as `npm start` shows it. */
import { expect, it } from 'vitest'
import { keyferry } from './child.ts'

it('tells the whole story, with figures that happened, in one document', { timeout: 60_000 }, async () => {
  const { status, stdout, stderr } = await keyferry(['demo', '--json'])
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as { steps: { name: string; ok: boolean }[] }
  expect(report.steps.filter(({ ok }) => !ok)).toEqual([])
  expect(report.steps.map(({ name }) => name)).toEqual([
    'first-refresh',
    'repeated-delivery',
    'thousand-requests',
    'later-refresh',
    'dead-version-destroyed',
    'sts-down',
    'fallback',
    'refused-role',
    'accepted-role',
  ])
  expect(report).toMatchObject({
    ok: true,
    requests: 1000,
    secretReads: 1,
    consumerStsCalls: 0,
    // Four versions, and the fallback.
    mints: 5,
    listing: ['hello.txt', 'reports/2026-10.csv', 'reports/2026-11.csv'],
  })
  expect(stdout).not.toMatch(/eyJ|(?:ASIA|AKIA)[A-Z0-9]{8}/)
  expect(status).toBe(0)
})
