/** What the page on the endpoint lists is what there is: metrics, and variables that are hidden. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { childEnv } from '../../scripts/exec/child-env.ts'
import { metrics } from '../../scripts/serve/metrics.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/endpoint.md'), 'utf8')

it('lists every metric, and no other', () => {
  const counted = metrics('0.0.0')
  const tell = counted.onEvent('app')
  const common = { at: new Date(), level: 'info' } as const
  tell({ ...common, type: 'held', origin: 'secret', key: '…' })
  tell({ ...common, type: 'load-failed', reason: 'SECRET_DENIED' })
  const state = {
    freshness: 'fresh',
    kind: 'store',
    suspect: false,
    loading: false,
    expiration: new Date(),
  } as const
  const text = counted.text([{ name: 'app', state }])
  const listed = [...page.matchAll(/^\| `(keyferry_\w+)`/gm)].map(([, name]) => name)
  expect(listed).toEqual([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
})

it('lists every variable that is hidden', () => {
  const named = [...page.matchAll(/`(AWS_[A-Z_]+)`/g)].map(([, name]) => name as string)
  const { hidden } = childEnv(Object.fromEntries(named.map((name) => [name, 'set'])), {})
  const section = page.slice(page.indexOf('## What goes before it'), page.indexOf('Your files are'))
  expect([...section.matchAll(/`(AWS_[A-Z_]+)`/g)].map(([, name]) => name).toSorted()).toEqual(
    hidden.toSorted(),
  )
})
