/** What callers wait across a refresh that takes STS 400 ms: this package's provider and the AWS SDK's memoizer beside a call that does nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from '@smithy/core'
import { refreshAhead } from '../shared/index.ts'

const TURNS = Number(process.env['TURNS'] ?? 9)
/** A call every millisecond, for half a second before the refresh is due and for a second and a half after it. */
const DUE_AFTER_MS = 500
const TURN_MS = 2_000
const STS_MS = 400
const HOUR_MS = 3_600_000

interface Refreshed {
  readonly provider: () => Promise<unknown>
  /** Lets so much time pass that the next refresh is due. */
  pass(): void
}

const contenders: Readonly<Record<string, () => Refreshed>> = {
  'a call that does nothing': () => ({ provider: async () => undefined, pass: () => undefined }),
  '`refreshAhead`': () => {
    let passedMs = 0
    const clock = { now: () => Date.now() + passedMs }
    const provider = refreshAhead(() => exchange(clock.now()), { clock })
    return { provider, pass: () => void (passedMs = 0.8 * HOUR_MS) }
  },
  "the AWS SDK's memoizer": () => {
    // It knows the real clock alone: its first credentials are those that it renews half a second later.
    let lifeMs = 300_000 + DUE_AFTER_MS
    const load = async (): Promise<unknown> => {
      const life = lifeMs
      lifeMs = HOUR_MS
      return exchange(Date.now() - HOUR_MS + life)
    }
    const provider = memoizeIdentityProvider(load as never, isIdentityExpired, doesIdentityRequireRefresh)
    return { provider: provider as () => Promise<unknown>, pass: () => undefined }
  },
}

let exchanges = 0
const waits = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]))
for (let turn = 0; turn < TURNS; turn++)
  for (const [name, make] of Object.entries(contenders)) waits.get(name)?.push(...(await callAcross(make())))
// The first credentials and one refresh, by both: else what was timed is something else.
if (exchanges !== 4 * TURNS) throw new Error(`${exchanges} exchanges in ${TURNS} turns`)

console.log(`### Wait of a call across a refresh, STS at ${STS_MS} ms (${TURNS} turns)\n`)
console.log('| | calls | median | p99.9 | longest |\n| --- | --- | --- | --- | --- |')
for (const [name, times] of waits) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (q: number): string => `${(sorted[Math.ceil((sorted.length - 1) * q)] as number).toFixed(3)} ms`
  console.log(`| ${name} | ${sorted.length.toLocaleString('en')} | ${at(0.5)} | ${at(0.999)} | ${at(1)} |`)
}

/** The wait of every call of one turn, in milliseconds. What is called before the first credentials are there does not count. */
async function callAcross({ provider, pass }: Refreshed): Promise<number[]> {
  await provider()
  const times: number[] = []
  const calls: Promise<unknown>[] = []
  const start = performance.now()
  let passed = false
  while (performance.now() - start < TURN_MS) {
    if (!passed && performance.now() - start >= DUE_AFTER_MS) {
      passed = true
      pass()
    }
    const called = performance.now()
    calls.push(provider().then(() => times.push(performance.now() - called)))
    await sleep(1)
  }
  await Promise.all(calls)
  return times
}

async function exchange(from: number): Promise<{
  accessKeyId: string
  secretAccessKey: string
  expiration: Date
}> {
  exchanges++
  await sleep(STS_MS)
  return {
    accessKeyId: `ASIAEXAMPLE${Math.random().toString(36).slice(2, 11)}`,
    secretAccessKey: 'secret',
    expiration: new Date(from + HOUR_MS),
  }
}
