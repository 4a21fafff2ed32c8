/** The broker, with its secret in each of its states, and what a run does when something fails. */
import { setTimeout as delay } from 'node:timers/promises'
import { vi } from 'vitest'
import { createBroker, type Broker } from '../../shared/broker.ts'
import { parseConfig } from '../../shared/config.ts'
import type { ExchangeOptions } from '../../shared/core/exchange.ts'
import { decodePayload, encodePayload } from '../../shared/core/payload.ts'
import type { TargetResult } from '../../shared/core/refresh-run.ts'
import type { WriterEvent } from '../../shared/core/writer-ports.ts'
import { mintedEnv, ROLE, startWorld, type World } from '../emulator/world.ts'
import { isEndless, PLANTED, ruleOf, type FaultName } from './faults.ts'
import { actingAs, identityEnv, MEMBERS, seedOfIdentities, type IdentityName } from './identities.ts'
import { credentialsIn, leaksIn } from './leaks.ts'
import { skewClock, type Collaborator } from './reading-bed.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TARGET = { name: 'matrix', roleArn: ROLE, region: 'eu-central-1' }

export const SECRET_STATES = ['empty', 'fresh', 'due', 'expired'] as const
export type SecretState = (typeof SECRET_STATES)[number]

/** Of the newest version at the moment of the fault. It lives for an hour, and is due after twenty minutes. */
const AGE: Readonly<Record<Exclude<SecretState, 'empty'>, number>> = {
  fresh: 5 * MINUTE,
  due: 25 * MINUTE,
  expired: HOUR + MINUTE,
}
const DEAD = ['ASIADEAD000000000001', 'ASIADEAD000000000002'].map((AWS_ACCESS_KEY_ID) => ({
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: PLANTED,
  AWS_SESSION_TOKEN: PLANTED,
}))
/** Of all services, and of nothing else: so that they can be told from other timers. */
const DEADLINE_MS = 15_001

export interface WritingScene {
  readonly befalls: Omit<Collaborator, 'path'>
  /** Which Google identity the broker has. @default the metadata server's */
  readonly identity?: IdentityName
}

export interface WrittenUnder {
  /** What the run says, in the words of the table. */
  readonly outcome: string
  /** The most often that one and the same call failed; 1 where it was made, and did not. */
  readonly tries: number
  /** Versions that hold anything and are not whole, or that were current and are lost. */
  readonly damage: readonly string[]
  readonly leaks: readonly string[]
  /** How the next run ends, ten seconds after the fault is over. */
  readonly after: string
}

export interface WritingBed {
  observe(scene: WritingScene, fault: FaultName, state: SecretState): Promise<WrittenUnder>
  close(): Promise<void>
}

/** The clock of the machine is the emulator's, since AWS's own client signs by it; timers stay real. */
export async function writingBed(): Promise<WritingBed> {
  vi.useFakeTimers({ toFake: ['Date'] })
  const world = await startWorld(seedOfIdentities())
  let serial = 0

  return {
    async observe({ befalls, identity }, fault, state) {
      const secret = `projects/keyferry-demo/secrets/matrix-${++serial}`
      const target = { ...TARGET, ...actingAs(identity) }
      const current = await bringTo(state, world, secret, target)
      const events: WriterEvent[] = []
      let sleeps = 0
      const broker = createBroker(parseConfig({ targets: [{ ...target, secret }] }), {
        env: { ...world.emulator.env, ...(await identityEnv(world, identity)) },
        sleep: async () => void sleeps++,
        random: () => 0,
        onEvent: (event) => events.push(event),
        timeoutsMs: { metadata: DEADLINE_MS, secret: DEADLINE_MS, sts: DEADLINE_MS },
      })
      try {
        const { calls } = world.emulator[befalls.service]
        calls.clear()
        const endFault = begin(world, befalls, fault)
        const endWatch = isEndless(fault) ? endHanging(calls, fault) : () => undefined
        const result = await run(broker)
        endWatch()
        const tries = fault === 'refused' ? 1 + sleeps : triesIn(calls, befalls)
        await endFault()
        const stored = world.emulator.secretManager.versions(secret)
        move(world, fault.startsWith('clock') ? 11 * MINUTE : 10_000)
        const { outcome, error } = await run(broker)
        const payloads = stored.map(({ payload }) => payload)
        return {
          outcome: wordsFor(result, events, stored.length > (current ?? 0)),
          tries,
          damage: stored.flatMap(({ version, payload }) => damageOf(payload, version, current)),
          leaks: leaksIn([result, events, broker], credentialsIn(payloads)),
          after: error ? error.code : outcome,
        }
      } finally {
        await broker.close()
      }
    },
    async close() {
      vi.useRealTimers()
      await world.emulator.stop()
    },
  }
}

/**
 * Deadlines of DEADLINE_MS pass as soon as the emulator says that it has a call that it will not answer, and no sooner: what
 * is merely slow, on a machine that is busy, changes nothing. Returns what ends that.
 */
function endHanging(calls: World['emulator']['sts']['calls'], fault: FaultName): () => void {
  const { setTimeout: start, clearTimeout: end } = globalThis
  const deadlines = new Map<unknown, () => void>()
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
    act: () => void,
    ms?: number,
    ...args: []
  ) => {
    const timer = start(act, ms, ...args)
    if (ms === DEADLINE_MS) deadlines.set(timer, act)
    return timer
  }) as typeof setTimeout)
  const ends = vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    deadlines.delete(timer)
    end(timer as NodeJS.Timeout)
  })
  let hung = 0
  const watch = setInterval(() => {
    const { length } = [...calls].filter(({ status }) => status === fault)
    if (length === hung) return
    hung = length
    for (const [timer, act] of deadlines) {
      end(timer as NodeJS.Timeout)
      act()
    }
    deadlines.clear()
  }, 1)
  return () => {
    clearInterval(watch)
    timers.mockRestore()
    ends.mockRestore()
  }
}

async function run(broker: Broker): Promise<TargetResult> {
  const [result] = await broker.refresh()
  return result as TargetResult
}

function wordsFor(result: TargetResult, events: readonly WriterEvent[], isStored: boolean): string {
  const { outcome, error, pruneError } = result
  const isUnchecked = events.some(({ type }) => type === 'canary-unanswered')
  return [
    error ? error.code : outcome,
    ...(error && isStored ? ['stored'] : []),
    ...(isUnchecked ? ['key unchecked'] : []),
    ...(pruneError ? ['not pruned'] : []),
  ].join(', ')
}

function damageOf(payload: Uint8Array | undefined, version: number, current: number | undefined): string[] {
  try {
    if (payload) decodePayload(payload)
    else if (version === current) return [`version ${version} is lost`]
    return []
  } catch (error) {
    return [`version ${version}: ${String(error)}`]
  }
}

/** Resolves to the version that readers have by then. Below it are two that are dead. */
async function bringTo(
  state: SecretState,
  world: World,
  secret: string,
  target: ExchangeOptions,
): Promise<number | undefined> {
  world.emulator.secretManager.createSecret({
    name: secret,
    iam: {
      'roles/secretmanager.secretAccessor': MEMBERS,
      'roles/secretmanager.secretVersionManager': MEMBERS,
    },
  })
  if (state !== 'empty') for (const key of DEAD) write(world, secret, target, key)
  // So old that everyone has to ask for another one soon.
  world.emulator.metadata.accessTokenReuseUntilMs = 0
  move(world, HOUR)
  await world.accessToken()
  move(world, HOUR - 3 * MINUTE)
  if (state === 'empty') return undefined
  const version = write(world, secret, target, await mintedEnv(world))
  move(world, AGE[state])
  return version
}

/** A version as the broker writes it: with a key that AWS knows, or with one that is dead by the time that it matters. */
function write(world: World, secret: string, exchange: ExchangeOptions, env: Record<string, string>): number {
  const { clock, emulator } = world
  const payload = encodePayload(
    {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] as string,
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] as string,
      sessionToken: env['AWS_SESSION_TOKEN'] as string,
      expiration: new Date(Math.floor(clock.nowMs / 1_000) * 1_000 + HOUR),
    },
    { exchange, refreshAfter: clock.nowMs + HOUR / 3 },
  )
  return emulator.secretManager.add(secret, payload)
}

function move({ clock }: World, ms: number): void {
  clock.nowMs += ms
  vi.setSystemTime(clock.nowMs)
}

function begin(
  { emulator }: World,
  { service, operation, resource, forbidden }: Omit<Collaborator, 'path'>,
  fault: FaultName,
): () => Promise<void> {
  if (fault === 'none') return async () => undefined
  const rule = ruleOf(fault, forbidden)
  if (rule.kind === 'clock') {
    skewClock(emulator, service, rule.skewMs)
    return async () => skewClock(emulator, service, 0)
  }
  const remove = emulator[service].fault(
    rule.kind === 'refused' ? rule : { ...rule, operation, ...(resource !== undefined && { resource }) },
  )
  return async () => {
    remove()
    // A port that refused listens again from the next turn on.
    await delay(1)
  }
}

/** Of the calls that failed: that a version is not there is an answer, and too large an answer is one too. Where none failed, whether there was any. */
function triesIn(
  calls: World['emulator']['sts']['calls'],
  { operation, resource: wanted }: Omit<Collaborator, 'path'>,
): number {
  const failed = new Map<string, number>()
  const asked = [...calls].filter(
    (call) => call.operation === operation && (wanted === undefined || call.resource === wanted),
  )
  for (const { status, resource } of asked)
    if (!['OK', 'NOT_FOUND', 'oversized'].includes(status))
      failed.set(resource, (failed.get(resource) ?? 0) + 1)
  return Math.max(Math.min(1, asked.length), ...failed.values())
}
