import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KeyferryError } from '../shared/core/errors.ts'
import type { SessionCredentials } from '../shared/core/ports.ts'
import { refreshAhead } from '../shared/refresh-ahead.ts'
import { clientBed } from './bed/client-bed.ts'
import { credentialsOf, keyOf } from './bed/credentials.ts'
import { denied, quotaUsedUp, unreadable } from './bed/fake-secret.ts'
import { histories, run } from './bed/history.ts'
import { HOUR, MINUTE, SECOND, seeded, virtualClock } from './bed/virtual-clock.ts'

/** How many random histories a property is tried on; CI and a mutation run set their own. */
const numRuns = Number(process.env['KEYFERRY_HISTORIES'] ?? 1_000)
const LONG_MS = 600_000

it(
  'a client hands out nothing that has expired, is older or of another grant, and rejects or delays nobody without need',
  async () => {
    await expect(fc.assert(fc.asyncProperty(histories, run), { numRuns })).resolves.toBeUndefined()
  },
  LONG_MS,
)

const foreign = (): never => {
  throw new Error('foreign')
}
const fault = fc.constantFrom(undefined, unreadable, quotaUsedUp, denied, foreign)

// As busy as can be costs most of the time that all of them take: a few will do.
const between = fc.oneof(
  { weight: 1, arbitrary: fc.constant(SECOND) },
  { weight: 9, arbitrary: fc.constant(10 * SECOND) },
  { weight: 40, arbitrary: fc.integer({ min: 30, max: 120 }).map((seconds) => seconds * SECOND) },
)

it(
  'a client that is called all the time reads and mints within bounds, whatever fails for an hour',
  async () => {
    const scene = fc.record({
      publish: fc.boolean(),
      isHeld: fc.boolean(),
      isInvalidated: fc.boolean(),
      betweenMs: between,
      read: fault,
      add: fault,
      mint: fault,
      seed: fc.integer({ min: 1 }),
    })
    await expect(
      fc.assert(
        fc.asyncProperty(scene, async ({ publish, isHeld, isInvalidated, betweenMs, seed, ...faults }) => {
          const bed = clientBed({ publish, written: isHeld, random: seeded(seed) })
          if (isHeld) await bed.call()
          bed.secret.readFault = faults.read
          bed.secret.addFault = faults.add
          bed.sts.fault = faults.mint
          for (let passed = 0; passed < HOUR - 10 * SECOND; passed += betweenMs) {
            bed.clock.advance(betweenMs)
            await bed.provider().catch(() => undefined)
            await new Promise((resolve) => setImmediate(resolve))
            if (isInvalidated && passed % (10 * SECOND) === 0)
              bed.provider.invalidate(keyOf(isHeld ? 1 : 1_000 + bed.sts.mints))
          }
          const bounds = isHeld ? { mints: 30, reads: 400 } : { mints: 1_800, reads: 3 * 1_800 }
          expect(bed.sts.mints).toBeLessThanOrEqual(bounds.mints)
          expect(bed.secret.reads.length).toBeLessThanOrEqual(bounds.reads)
        }),
        { numRuns },
      ),
    ).resolves.toBeUndefined()
  },
  LONG_MS,
)

type Step = 'fail' | 'refuse' | 'mend' | 'stale' | 'expired' | 'invalidate' | number

it(
  'a bare provider is asked for nothing that is held, and never for two at once',
  async () => {
    const step = fc.oneof(
      fc.constantFrom<Step>('fail', 'refuse', 'mend', 'mend', 'stale', 'expired', 'invalidate'),
      fc.constantFrom<Step>(SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 44 * MINUTE, 59 * MINUTE, HOUR),
    )
    await expect(
      fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1 }), async (steps, seed) => {
          const clock = virtualClock()
          let serial = 0
          let loading = 0
          const broken: string[] = []
          let mode: 'fail' | 'refuse' | 'mend' | 'stale' | 'expired' = 'mend'
          let last: SessionCredentials | undefined
          const load = async (): Promise<SessionCredentials> => {
            if (loading++ > 0) broken.push('two loads')
            await Promise.resolve()
            loading--
            if (mode === 'fail') throw new Error('foreign')
            if (mode === 'refuse') throw new KeyferryError('EXCHANGE_REFUSED', 'refused')
            if (mode === 'stale' && last) return last
            const credentials = credentialsOf(++serial, clock.now() + (mode === 'expired' ? SECOND : HOUR))
            if (mode !== 'expired') last = credentials
            return credentials
          }
          const provider = refreshAhead(load, { clock, random: seeded(seed) })
          for (const each of steps) {
            if (typeof each === 'number') clock.advance(each)
            else if (each === 'invalidate') provider.invalidate(keyOf(serial))
            else mode = each
            const { freshness, suspect } = provider.state
            const answers = await Promise.allSettled([provider(), provider()])
            for (const answer of answers) {
              const isGood =
                answer.status === 'fulfilled'
                  ? answer.value.expiration.getTime() - 5 * SECOND > clock.now()
                  : ['empty', 'expired'].includes(freshness)
              if (!isGood) broken.push(`${answer.status} while ${freshness}`)
            }
            if (freshness === 'fresh' && !suspect && provider() !== provider()) broken.push('two promises')
            await new Promise((resolve) => setImmediate(resolve))
          }
          mode = 'mend'
          clock.advance(11 * MINUTE)
          await provider()
          await new Promise((resolve) => setImmediate(resolve))
          expect(broken).toEqual([])
          expect(provider.state.freshness).not.toBe('expired')
        }),
        { numRuns },
      ),
    ).resolves.toBeUndefined()
  },
  LONG_MS,
)
