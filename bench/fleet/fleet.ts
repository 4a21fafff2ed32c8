/** Instances of a service, each with a client of its own, taking requests at random times, starting and ending as a platform scales. */
import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from '@smithy/core'
import { fromSecretManager, type KeyferryProvider } from '../../shared/index.ts'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import type { Random, SecretStore, SessionCredentials } from '../../shared/core/ports.ts'
import type { Clouds } from './clouds.ts'
import { QUANTUM_MS, type VirtualWorld } from './virtual-world.ts'

export interface FleetOptions {
  readonly world: VirtualWorld
  readonly random: Random
  readonly clouds: Clouds
  readonly mint: () => Promise<SessionCredentials>
  readonly exchange: ExchangeOptions
  readonly size: number
  /** Mean time between two requests of one instance. */
  readonly requestGapMs: number
  /** The first instances start spread over this time. */
  readonly startsWithinMs: number
  /** Mean life of an instance; a new one starts cold in its place. */
  readonly instanceLifeMs: number
  /** Share of the instances that may publish. */
  readonly publishers: number
  /** Whether an instance has no CPU between its requests, as with request-based billing. */
  readonly frozen: boolean
  /** Whether the AWS SDK's own cache stands in front, as if it did not know `memoized`. */
  readonly memoizer: boolean
}

export interface Demand {
  requests: number
  /** Requests that got an error instead of credentials. */
  failed: number
  /** Requests that waited for credentials, cold starts apart. */
  delayed: number
  longestDelayMs: number
  coldStarts: number
}

/** After it has credentials, a request takes this long. */
const REQUEST_MS = 200

export interface Fleet {
  readonly demand: Demand
  /** The clients of the instances that run now. */
  readonly clients: ReadonlySet<KeyferryProvider>
}

/** Starts the fleet; it goes on for as long as the world is played. */
export function startFleet(options: FleetOptions): Fleet {
  const { world, random, size } = options
  const demand: Demand = { requests: 0, failed: 0, delayed: 0, longestDelayMs: 0, coldStarts: 0 }
  const clients = new Set<KeyferryProvider>()
  for (let i = 0; i < size; i++) {
    world.schedule(world.now() + random() * options.startsWithinMs, () =>
      runInstance(i, options, { demand, clients }),
    )
  }
  return { demand, clients }
}

function runInstance(
  i: number,
  options: FleetOptions,
  fleet: { readonly demand: Demand; readonly clients: Set<KeyferryProvider> },
): void {
  const { demand, clients } = fleet
  const { world, random, clouds, exchange } = options
  const cpu = options.frozen ? frozenCpu(world) : alwaysOnCpu
  const publish = i < options.size * options.publishers
  const ours = fromSecretManager({
    secret: 'projects/simulated/secrets/app',
    exchange,
    publish,
    clock: world,
    random,
    secrets: cpu.secrets(clouds.secrets),
    mint: () => cpu.resumed(options.mint()),
  })
  clients.add(ours)
  const provider = options.memoizer ? sdkMemoizer(ours) : ours
  const endsAt = world.now() + exponential(random, options.instanceLifeMs)
  let last: Promise<unknown> | undefined
  let hasStarted = false
  demand.coldStarts++

  function request(): void {
    demand.requests++
    const done = cpu.serve()
    const asked = world.now()
    const answer = provider()
    // The same promise as before has nothing new in it: no need to look when it settles.
    if (answer !== last) watch(answer, asked, done)
    else done()
    last = answer
    const next = asked + exponential(random, options.requestGapMs)
    if (next < endsAt) world.schedule(next, request)
    else world.schedule(next, restart)
  }

  function restart(): void {
    clients.delete(ours)
    runInstance(i, options, fleet)
  }

  function watch(answer: Promise<unknown>, asked: number, done: () => void): void {
    const cold = !hasStarted
    world.touch()
    answer.then(
      () => {
        done()
        hasStarted = true
        const delayMs = world.now() - asked
        if (cold || delayMs <= QUANTUM_MS) return
        demand.delayed++
        demand.longestDelayMs = Math.max(demand.longestDelayMs, delayMs)
      },
      () => {
        done()
        demand.failed++
      },
    )
  }
  request()
}

interface Cpu {
  /** A request begins; it ends soon after it has been given credentials. */
  serve(): () => void
  /** What the code sees of an answer: when it has come, and there is a CPU to see it. */
  resumed<T>(answer: Promise<T>): Promise<T>
  secrets(secrets: SecretStore): SecretStore
}

const alwaysOnCpu: Cpu = { serve: () => () => {}, resumed: (answer) => answer, secrets: (secrets) => secrets }

function frozenCpu(world: VirtualWorld): Cpu {
  let awakeUntil = -Infinity
  let waitingRequests = 0
  const waiting: (() => void)[] = []
  const isAwake = (): boolean => waitingRequests > 0 || world.now() <= awakeUntil
  const awake = (): Promise<void> =>
    isAwake() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
  const resumed = async <T>(answer: Promise<T>): Promise<T> => answer.finally(awake)
  return {
    serve() {
      waitingRequests++
      if (waiting.length > 0) world.touch()
      for (const resume of waiting.splice(0)) resume()
      return () => {
        waitingRequests--
        awakeUntil = world.now() + REQUEST_MS
      }
    },
    resumed,
    secrets: (secrets) => ({
      read: (version) => resumed(secrets.read(version)),
      add: (payload) => resumed(secrets.add(payload)),
    }),
  }
}

function sdkMemoizer(provider: () => Promise<unknown>): () => Promise<unknown> {
  const memoize = memoizeIdentityProvider as unknown as (
    provider: () => Promise<unknown>,
    isExpired: unknown,
    requiresRefresh: unknown,
  ) => () => Promise<SessionCredentials>
  return memoize(() => provider(), isIdentityExpired, doesIdentityRequireRefresh)
}

function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}
