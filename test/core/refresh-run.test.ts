import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { pacing, type Pace } from '../../shared/core/pacing.ts'
import type { SecretVersions } from '../../shared/core/ports.ts'
import { withinQuotas } from '../../shared/core/quotas.ts'
import { runsOver, type Runs } from '../../shared/core/refresh-run.ts'
import type { Target } from '../../shared/core/target.ts'
import { VirtualTime } from './virtual-time.ts'
import { HOUR, MINUTE, writingBed, type WritingBed } from './writing-bed.ts'

const LATENCY_MS = 100

describe('a run over many targets', () => {
  it('gives results in the order of the targets, one target’s failure apart from the others’', async () => {
    const fleet = fleetOf(3)
    fleet.beds[1]!.aws.faults.mint = new KeyferryError('EXCHANGE_REFUSED', 'Not this role.')
    const results = await fleet.time.run(fleet.runs.refresh(fleet.targets))
    expect(results.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['app-0', 'refreshed'],
      ['app-1', 'failed'],
      ['app-2', 'refreshed'],
    ])
  })

  it('prunes after everything is refreshed, also what is fresh, but not what failed or is stopped', async () => {
    const { runs, targets, beds, time } = fleetOf(4)
    for (const bed of beds) for (let i = 0; i < 4; i++) bed.publish()
    for (const bed of beds) bed.clock.advance(HOUR)
    beds[1]!.publish()
    beds[2]!.aws.faults.mint = new KeyferryError('EXCHANGE_REFUSED', 'Not this role.')
    beds[3]!.secret.at(4).state = 'DISABLED'
    const results = await time.run(runs.refresh(targets))
    expect(results.map(({ outcome, pruned }) => [outcome, pruned])).toEqual([
      ['refreshed', [3, 2, 1]],
      ['fresh', [3, 2, 1]],
      ['failed', undefined],
      ['stopped', undefined],
    ])
  })

  it('says nothing of pruning where there was nothing to prune', async () => {
    const { runs, targets, time } = fleetOf(1)
    const [result] = await time.run(runs.refresh(targets))
    expect(result).not.toHaveProperty('pruned')
    expect(result).not.toHaveProperty('pruneError')
  })

  it('may only prune, in the order of the targets', async () => {
    const { runs, targets, beds, time } = fleetOf(2)
    for (const bed of beds) for (let i = 0; i < 4; i++) bed.publish()
    for (const bed of beds) bed.clock.advance(HOUR)
    const results = await time.run(runs.prune(targets))
    expect(results.map(({ target, destroyed }) => [target, destroyed])).toEqual([
      ['app-0', [2, 1]],
      ['app-1', [2, 1]],
    ])
    expect(beds[0]!.aws.mints).toBe(4)
  })

  it('fails nothing where pruning fails', async () => {
    const { runs, targets, beds, time } = fleetOf(1)
    for (let i = 0; i < 3; i++) beds[0]!.publish()
    beds[0]!.secret.faults.list = new KeyferryError('SECRET_DENIED', 'May not list.')
    expect(await time.run(runs.refresh(targets))).toMatchObject([
      { outcome: 'fresh', pruneError: { code: 'SECRET_DENIED' } },
    ])
  })

  it('prunes nothing in a dry run', async () => {
    const { runs, targets, beds, time } = fleetOf(1)
    for (let i = 0; i < 3; i++) beds[0]!.publish()
    await time.run(runs.refresh(targets, { dryRun: true }))
    expect(beds[0]!.secret.calls).not.toContain('list')
  })

  it('that is delivered twice at once mints once for each target', async () => {
    const { runs, targets, beds, time } = fleetOf(3)
    const [first, second] = await time.run(Promise.all([runs.refresh(targets), runs.refresh(targets)]))
    expect(second).toEqual(first)
    expect(beds.map(({ aws }) => aws.mints)).toEqual([1, 1, 1])
  })

  it('that is forced does not join one that is not, and comes after it', async () => {
    const { runs, targets, beds, time } = fleetOf(1)
    const [plain, forced] = await time.run(
      Promise.all([runs.refresh(targets), runs.refresh(targets, { force: true })]),
    )
    expect([plain[0]?.version, forced[0]?.version]).toEqual([1, 2])
    expect(beds[0]!.aws.mints).toBe(2)
  })
})

describe('five hundred targets in one run', () => {
  const COUNT = 500
  const CONCURRENCY = 50
  const WAVES = COUNT / CONCURRENCY

  it('that are all due are stored as fast as the calls of fifty at a time allow', async () => {
    const { runs, targets, beds, time } = fleetOf(COUNT)
    await time.run(runs.refresh(targets))
    for (const bed of beds) bed.clock.advance(30 * MINUTE)
    await time.run(time.sleep(MINUTE))
    const start = time.now()
    beds[0]!.secret.taken()
    const results = await time.run(runs.refresh(targets))
    expect(results.every(({ outcome }) => outcome === 'refreshed')).toBe(true)
    const calls = [...beds[0]!.secret.taken(), 'mint']
    expect(time.now() - start).toBeLessThanOrEqual(1.15 * WAVES * calls.length * LATENCY_MS)
  })

  it('whose dead versions go in the same run stay within 600 writes a minute, and take no longer than that', async () => {
    const { runs, targets, beds, time, writes } = fleetOf(COUNT)
    for (const bed of beds) for (let i = 0; i < 3; i++) bed.publish()
    for (const bed of beds) bed.clock.advance(HOUR)
    const results = await time.run(runs.refresh(targets))
    expect(results.every(({ outcome, pruned }) => outcome === 'refreshed' && pruned?.length === 2)).toBe(true)
    expect(writes).toHaveLength(3 * COUNT)
    expect(writes.filter((at, i) => at - (writes[i - 600] ?? -Infinity) < MINUTE)).toEqual([])
    // 1,500 writes fill two minutes' quotas, and begin a third.
    expect(time.now()).toBeLessThanOrEqual(1.15 * 2 * MINUTE)
  })

  it('that are all fresh cost two calls and a listing each', async () => {
    const { runs, targets, time } = fleetOf(COUNT)
    await time.run(runs.refresh(targets))
    const start = time.now()
    const results = await time.run(runs.refresh(targets))
    expect(results.every(({ outcome }) => outcome === 'fresh')).toBe(true)
    expect(time.now() - start).toBeLessThanOrEqual(1.15 * WAVES * 3 * LATENCY_MS)
  })
})

interface Fleet {
  readonly time: VirtualTime
  readonly targets: readonly Target[]
  readonly beds: readonly WritingBed[]
  readonly runs: Runs
  /** When something was written, in order. */
  readonly writes: number[]
}

/** Targets of one project whose every call takes its time. The clocks of their beds stand still meanwhile. */
function fleetOf(count: number): Fleet {
  const time = new VirtualTime()
  const pace = pacing({ clock: time, sleep: time.sleep })
  const beds = Array.from({ length: count }, (_, i) =>
    writingBed({ name: `app-${i}`, secret: `projects/demo/secrets/app-${i}` }),
  )
  const targets = beds.map(({ target }) => target)
  const writes: number[] = []
  const runs = runsOver(({ name }) => {
    const { ports, target, secret } = beds[Number(name.slice('app-'.length))] as WritingBed
    const after = async <T>(act: () => Promise<T>): Promise<T> => {
      await time.sleep(LATENCY_MS)
      return act()
    }
    return {
      ...ports,
      secrets: paced(
        target,
        slow(secret, after, () => writes.push(time.now())),
        pace,
      ),
      mint: () => after(ports.mint),
      callerIdentity: (credentials) => after(() => ports.callerIdentity(credentials)),
    }
  })
  return { time, targets, beds, runs, writes }
}

function paced({ secret }: Target, versions: SecretVersions, pace: Pace): SecretVersions {
  return withinQuotas(secret, versions, pace)
}

function slow(
  secret: SecretVersions,
  after: <T>(act: () => Promise<T>) => Promise<T>,
  written: () => void,
): SecretVersions {
  return {
    read: (version) => after(() => secret.read(version)),
    list: () => after(() => secret.list()),
    add(payload) {
      written()
      return after(() => secret.add(payload))
    },
    destroy(version) {
      written()
      return after(() => secret.destroy(version))
    },
  }
}
