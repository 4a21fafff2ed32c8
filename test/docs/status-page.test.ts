/** What the page on watching the secrets lists is what there is, and its alerts are on metrics and states that are told. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { metrics } from '../../scripts/serve/metrics.ts'
import { startStatusServer, type StatusServer } from '../../scripts/status/serve-status.ts'
import { TARGET_STATES } from '../../shared/report/target-state.ts'
import { reportWith } from '../scripts/status/reports.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/status.md'), 'utf8')
const TOKEN = 'a-token-that-is-long-enough-to-be-believed-in'

let server: StatusServer
let told: readonly string[]
beforeAll(async () => {
  const problem = { code: 'SECRET_NOT_OURS', message: 'It is not ours.', retryable: false } as const
  const look = async (): Promise<ReturnType<typeof reportWith>> => reportWith({ problem })
  server = await startStatusServer({ look, maxAgeMs: 0, token: TOKEN, version: '0.0.0' })
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`, {
    headers: { authorization: TOKEN },
  })
  told = [...(await response.text()).matchAll(/^# TYPE (\S+) (\w+)/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
})
afterAll(() => server.close())

it('lists every metric with its type, and no other', () => {
  const listed = [...page.matchAll(/^\| `(keyferry_\w+)` \| (\w+)/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
  expect(listed).toEqual(told)
})

it('explains every state, and no other', () => {
  const states = /^The states: .*?\n\n/ms.exec(page)?.[0] ?? ''
  expect([...states.matchAll(/`(\w+)`/g)].map(([, state]) => state)).toEqual(TARGET_STATES)
})

it('alerts on what is told, by this server or by the endpoint', () => {
  const known = new Set([...told.map((line) => line.split(' ')[0]), ...heldMetrics()])
  const rules = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml]) => yaml).join('')
  const used = [...rules.matchAll(/\bkeyferry_\w+/g)].map(([name]) => name)
  expect(used.length).toBeGreaterThan(6)
  expect(used.filter((name) => !known.has(name))).toEqual([])
  for (const [, state] of rules.matchAll(/\{state="(\w+)"\}/g)) expect(TARGET_STATES).toContain(state)
})

function heldMetrics(): string[] {
  const state = { freshness: 'fresh', kind: 'store', suspect: false, loading: false } as const
  const text = metrics('0.0.0').text([{ name: 'app', state: { ...state, expiration: new Date() } }])
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string)
}
