/** One invocation over many targets, with the real writer on virtual time, and the least that it could have taken. */
import { webIdentityMint } from '../../shared/aws/mint.ts'
import { parseConfig } from '../../shared/config.ts'
import { inParallel } from '../../shared/core/bounded.ts'
import { pacing } from '../../shared/core/pacing.ts'
import { withinQuotas } from '../../shared/core/quotas.ts'
import { runsOver, type TargetResult } from '../../shared/core/refresh-run.ts'
import type { Target } from '../../shared/core/target.ts'
import type { WriterPorts } from '../../shared/core/writer-ports.ts'
import { seededRandom } from '../fleet/seeded-random.ts'
import { virtualWorld, type VirtualWorld } from '../fleet/virtual-world.ts'
import { slowClouds, type Account, type Step } from './slow-clouds.ts'

export interface Case {
  readonly name: string
  readonly targets: number
  /** @default 1 */
  readonly projects?: number
  /** Whether nothing was stored before. @default false */
  readonly isFirst?: boolean
  /** The part of the targets that was refreshed a little earlier. @default 0 */
  readonly freshShare?: number
  /** The part of the targets whose exchange gets no answer. @default 0 */
  readonly failingShare?: number
  /** Whether each role is reached by way of another. @default false */
  readonly isChained?: boolean
  /** Whether every call takes its median. @default drawn */
  readonly isEven?: boolean
}

/** Times in milliseconds, from the start of the invocation. */
export interface Run {
  readonly doneMs: number
  /** When each new version was stored. */
  readonly storedMs: readonly number[]
  readonly writes: number
  /** All targets' calls and back-offs, fifty targets at a time; no less than the slowest target's. */
  readonly latencyBoundMs: number
  /** The earliest at which Google takes the last write and the last listing. */
  readonly quotaBoundMs: number
  /** The same calls by hand: one target after the other, fifty at a time, as many writes as Google takes. */
  readonly byHandMs: number
}

const MINUTE_MS = 60_000
/** What Google allows: the writer leaves a tenth of it to others. */
const PER_MINUTE = 600
/** The broker's default. */
const CONCURRENCY = 50
/** Enough for every target to have a version to destroy. */
const RUNS_BEFORE = 4
const REFRESH_AFTER_MS = 20 * MINUTE_MS

export async function runOnce(each: Case, seed: number): Promise<Run> {
  const start = Date.parse('2026-11-23T00:00:00Z')
  const world = virtualWorld(start, 0)
  const random = seededRandom(seed)
  const clouds = slowClouds(world, random, each.isEven ?? false)
  const targets = targetsOf(each)
  const failing = new Set(targets.filter(() => random() < (each.failingShare ?? 0)))
  const fresh = targets.filter(() => random() < (each.freshShare ?? 0))
  const pace = pacing({ clock: world, sleep: world.after })
  let isMeasured = false

  const ports = new Map(targets.map((target) => [target, portsOf(target)]))
  const runs = runsOver((target) => ports.get(target) as WriterPorts, CONCURRENCY)
  const measuredAt = start + (each.isFirst ? 0 : RUNS_BEFORE * REFRESH_AFTER_MS)
  for (let at = start; at < measuredAt; at += REFRESH_AFTER_MS)
    await played(world, at, () => runs.refresh(targets))
  if (fresh.length > 0)
    await played(world, measuredAt - 5 * MINUTE_MS, () => runs.refresh(fresh, { force: true }))
  clouds.reset()
  isMeasured = true
  const results = await played(world, measuredAt, () => runs.refresh(targets))
  const { account } = clouds
  checkRun(results, failing, account)
  return {
    doneMs: account.lastAt - measuredAt,
    storedMs: account.storedAt.map((at) => at - measuredAt),
    writes: [...account.writes.values()].flat().length,
    latencyBoundMs: latencyBoundMs([...account.steps.values()]),
    quotaBoundMs: Math.max(...[...account.writes.values(), ...account.lists.values()].map(quotaBoundMs), 0),
    byHandMs: await byHandMs([...account.steps.values()]),
  }

  function portsOf(target: Target): WriterPorts {
    const { name, secret } = target
    const sts = clouds.stsOf(name, () => isMeasured && failing.has(target))
    const mint = webIdentityMint({
      exchange: target,
      identity: clouds.identityOf(name),
      sts,
      sessionName: 'keyferry',
      clock: world,
      sleep: (ms) => clouds.work(name, ms),
      random,
    })
    const secrets = withinQuotas(secret, clouds.secretOf(name, projectOf(target)), pace)
    return { clock: world, secrets, mint, callerIdentity: sts.callerIdentity }
  }
}

/** Lets time pass, from `at` on, until `act` has settled. */
async function played<T>(world: VirtualWorld, at: number, act: () => Promise<T>): Promise<T> {
  const settled: T[] = []
  world.schedule(at, () => {
    world.touch()
    void act().then((result) => settled.push(result))
  })
  for (let until = at; settled.length === 0; until += MINUTE_MS) await world.play(until)
  return settled[0] as T
}

function targetsOf({ targets, projects = 1, isChained }: Case): readonly Target[] {
  const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`
  return parseConfig({
    targets: Array.from({ length: targets }, (_, i) => ({
      name: `app-${i}`,
      secret: `projects/simulated-${i % projects}/secrets/app-${i}`,
      roleArn: role(isChained ? 'gate' : `app-${i}`),
      ...(isChained && { chain: [{ roleArn: role(`app-${i}`) }] }),
      region: 'eu-central-1',
    })),
  }).targets
}

function projectOf({ secret }: Target): string {
  return secret.split('/')[1] as string
}

function latencyBoundMs(targets: readonly (readonly Step[])[]): number {
  const workMs = targets.map((steps) => steps.reduce((sum, { ms }) => sum + ms, 0))
  return Math.max(workMs.reduce((sum, ms) => sum + ms, 0) / CONCURRENCY, ...workMs)
}

function quotaBoundMs({ length }: readonly number[]): number {
  return Math.floor((length - 1) / PER_MINUTE) * MINUTE_MS
}

async function byHandMs(targets: readonly (readonly Step[])[]): Promise<number> {
  const world = virtualWorld(0, 0)
  const pace = pacing({ clock: world, sleep: world.after })
  return played(world, 0, async () => {
    await inParallel(targets, CONCURRENCY, async (steps) => {
      for (const { ms, writesTo } of steps) {
        if (writesTo !== undefined) await pace(writesTo, { calls: PER_MINUTE, perMs: MINUTE_MS })
        await world.after(ms)
      }
    })
    return world.now()
  })
}

/** Throws where what was measured is not what the case says. */
function checkRun(results: readonly TargetResult[], failing: ReadonlySet<Target>, account: Account): void {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length
  const slow = results.filter(({ error }) => error?.code === 'EXCHANGE_FAILED').length
  if (failed !== slow || failed < failing.size) throw new Error(`${failed} failed, ${failing.size} should`)
  for (const times of account.writes.values())
    if (times.some((at, i) => at - (times[i - PER_MINUTE] ?? -Infinity) < MINUTE_MS))
      throw new Error('more writes than Google allows')
}
