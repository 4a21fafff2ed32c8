/** What the page on production tells Google to count, and what it gives as a configuration, is what there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createLog, logResults } from '../../functions/log.ts'
import { parseConfig } from '../../shared/config.ts'
import type { TargetResult } from '../../shared/core/refresh-run.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/production.md'), 'utf8')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const [alert, targets] = [...page.matchAll(/<<'JSON'\n([^]*?)^JSON$/gm)].map(
  ([, text = '']) => JSON.parse(text) as unknown,
)

it('counts the last line of a run without a failure, and none of any other run', () => {
  const [, field = '', value] = /jsonPayload\.(\w+)=(\d+)/.exec(page) ?? []
  const counted = (...results: TargetResult[]): number => {
    const lines: Record<string, unknown>[] = []
    logResults(
      createLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
      results,
      {},
    )
    return lines.filter((line) => line[field] === Number(value)).length
  }
  const fresh = { target: 'app', outcome: 'fresh' } as const
  const error = { code: 'EXCHANGE_FAILED', message: 'STS is down.', retryable: true } as const
  expect(counted(fresh, { target: 'other', outcome: 'refreshed', version: 3 })).toBe(1)
  expect(counted(fresh, { target: 'other', outcome: 'failed', error })).toBe(0)
})

it('alerts on the metric that it makes, of the function that the README deploys', () => {
  const [, metric = ''] = /logging metrics create (\S+)/.exec(page) ?? []
  const { conditions } = alert as { conditions: Record<string, { filter?: string }>[] }
  const filters = conditions.flatMap((condition) =>
    Object.values(condition).flatMap(({ filter }) => filter ?? []),
  )
  expect(filters.length).toBe(2)
  for (const filter of filters) expect(filter).toContain(`"logging.googleapis.com/user/${metric}"`)
  const [, service] = /service_name="([^"]+)"/.exec(page) ?? []
  expect(readme).toContain(`gcloud functions deploy ${service} `)
})

it('lists targets that are valid, where the region of the function is the default', () => {
  const { targets: list } = targets as { targets: object[] }
  const { targets: parsed } = parseConfig({
    targets: list.map((each) => ({ region: 'eu-central-1', ...each })),
  })
  expect(parsed.map(({ name }) => name)).toEqual(['reports', 'backups'])
})
