/** A day of a fleet on virtual time, with the real client and the real writer: how often AWS and Secret Manager are asked. */
import { refreshTarget } from '../../shared/core/writer.ts'
import { parseConfig } from '../../shared/config.ts'
import type { KeyferryProvider } from '../../shared/index.ts'
import { clouds as simulatedClouds, type Clouds, type CloudsOptions } from './clouds.ts'
import { startFleet, type Demand, type FleetOptions } from './fleet.ts'
import { seededRandom } from './seeded-random.ts'
import { virtualWorld, type VirtualWorld } from './virtual-world.ts'

const HOUR_MS = 3_600_000
/** Midnight of the simulated day. */
export const START: number = Date.parse('2026-11-23T00:00:00Z')
const ROLE = 'arn:aws:iam::123456789012:role/app'

export interface Scenario
  extends
    Partial<Omit<FleetOptions, 'world' | 'random' | 'clouds' | 'mint' | 'exchange' | 'size'>>,
    Partial<Pick<CloudsOptions, 'latestLagMs' | 'negativeCacheMs' | 'isStsOut' | 'isSecretManagerOut'>> {
  readonly hours?: number
  /** Accesses a minute and instance before Secret Manager answers RESOURCE_EXHAUSTED. @default 90,000 for the project */
  readonly accessQuotaPerInstance?: number
  readonly isSchedulerOut?: (now: number) => boolean
  /** Instances at most: so many requests take their time. */
  readonly largestSize?: number
  /** Whether to keep a history, for a picture. */
  readonly isRecorded?: boolean
}

/** What happened when. Times are milliseconds since the epoch, lives milliseconds. */
export interface History {
  /** Of the instances: the middle one, and the bounds of nine in ten. */
  readonly life: {
    readonly at: number
    readonly low: number
    readonly middle: number
    readonly high: number
  }[]
  readonly exchanges: { readonly at: number; readonly by: 'writer' | 'client' }[]
  /** In the ten minutes up to `at`. */
  readonly accesses: { readonly at: number; readonly count: number }[]
}

export interface Outcome extends Demand {
  readonly history: History
  readonly writerMints: number
  readonly clientMints: number
  /** Exchanges by clients in each fallback cycle: those that follow each other within five minutes are of one. */
  readonly cycles: readonly number[]
  readonly accesses: number
  /** The busiest minute's share of the 90,000 accesses a minute that a project has. */
  readonly busiestQuotaShare: number
}

export async function simulate(size: number, seed: number, scenario: Scenario): Promise<Outcome> {
  const random = seededRandom(seed)
  const world = virtualWorld(START)
  // The SDK's memoizer knows no clock but the machine's.
  const { now } = Date
  if (scenario.memoizer) Date.now = world.now
  const [target] = parseConfig({
    targets: [
      { name: 'app', secret: 'projects/simulated/secrets/app', roleArn: ROLE, region: 'eu-central-1' },
    ],
  }).targets
  if (!target) throw new Error('no target')
  const clouds = simulatedClouds({
    world,
    random,
    durationSeconds: target.durationSeconds,
    latestLagMs: 0,
    negativeCacheMs: 0,
    accessQuota: Math.min(90_000, Math.max(20, (scenario.accessQuotaPerInstance ?? Infinity) * size)),
    isStsOut: () => false,
    isSecretManagerOut: () => false,
    ...scenario,
  })
  let writerMints = 0
  const clientMintedAt: number[] = []
  const history: History = { life: [], exchanges: [], accesses: [] }
  const ports = {
    clock: world,
    secrets: clouds.secrets,
    mint: async () => {
      const credentials = await clouds.mint()
      writerMints++
      history.exchanges.push({ at: world.now(), by: 'writer' })
      return credentials
    },
    callerIdentity: async () => ({
      accountId: '123456789012',
      arn: 'arn:aws:sts::123456789012:assumed-role/app/keyferry',
    }),
  }
  const tick = (): void => {
    if (!scenario.isSchedulerOut?.(world.now())) void refreshTarget(target, ports)
    world.schedule(world.now() + target.everySeconds * 1_000, tick)
  }
  tick()
  await world.play(START + 60_000)
  const { demand, clients } = startFleet({
    world,
    random,
    clouds,
    mint: async () => {
      const credentials = await clouds.mint()
      clientMintedAt.push(world.now())
      history.exchanges.push({ at: world.now(), by: 'client' })
      return credentials
    },
    size,
    exchange: { roleArn: ROLE, region: 'eu-central-1' },
    requestGapMs: 60_000,
    startsWithinMs: HOUR_MS,
    instanceLifeMs: 6 * HOUR_MS,
    publishers: 1,
    frozen: false,
    memoizer: false,
    ...scenario,
  })
  if (scenario.isRecorded) record(history, world, clients, clouds)
  await world.play(START + (scenario.hours ?? 24) * HOUR_MS)
  Date.now = now
  return {
    ...demand,
    history,
    writerMints,
    clientMints: clientMintedAt.length,
    cycles: cyclesIn(clientMintedAt),
    accesses: clouds.accesses,
    busiestQuotaShare: clouds.accessesInBusiestMinute / 90_000,
  }
}

function record(
  { life, accesses }: History,
  world: VirtualWorld,
  clients: ReadonlySet<KeyferryProvider>,
  clouds: Clouds,
): void {
  let [before, samples] = [clouds.accesses, 0]
  const sample = (): void => {
    const at = world.now()
    const left = [...clients]
      .flatMap(({ state }) => (state.expiration ? [state.expiration.getTime() - at] : []))
      .sort((a, b) => a - b)
    const [low, middle, high] = [0.05, 0.5, 0.95].map((q) => left[Math.floor(q * left.length)] ?? 0) as [
      number,
      number,
      number,
    ]
    if (left.length > 0) life.push({ at, low, middle, high })
    if (++samples % 5 === 0) {
      accesses.push({ at, count: clouds.accesses - before })
      before = clouds.accesses
    }
    world.schedule(at + 120_000, sample)
  }
  sample()
}

function cyclesIn(mintedAt: readonly number[]): number[] {
  const cycles: number[] = []
  mintedAt.forEach((at, i) => {
    if (i === 0 || at - (mintedAt[i - 1] as number) > 300_000) cycles.push(0)
    cycles[cycles.length - 1] = (cycles.at(-1) as number) + 1
  })
  return cycles
}
