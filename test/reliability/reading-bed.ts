/** Clients of a secret, brought into each of their states on the emulator's clock, and what they do when something fails there. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import type { Emulator } from '../../emulator/index.ts'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import type { KeyferryProvider } from '../../shared/core/provider.ts'
import { fromSecretManager } from '../../shared/from-secret-manager.ts'
import { ROLE, type World } from '../emulator/world.ts'
import { isEndless, PLANTED, ruleOf, type FaultName } from './faults.ts'
import { actingAs, identityEnv, MEMBERS, type IdentityName } from './identities.ts'
import { credentialsIn, leaksIn } from './leaks.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const EXCHANGE = { roleArn: ROLE, region: 'eu-central-1' }

export const STATES = ['empty', 'fresh', 'advisory', 'mandatory', 'expired'] as const
export type State = (typeof STATES)[number]

/** Whom the fault befalls: the service, the operation in its log, and the requests that ask for it. */
export interface Collaborator {
  readonly service: 'metadata' | 'google' | 'secretManager' | 'sts'
  readonly operation: string
  /** Where requests for something else have the same path: what is asked for, as in the service's log. */
  readonly resource?: string
  /** Of the path of a request. */
  readonly path: RegExp
  /** What stands for all refusals. @default status 403 */
  readonly forbidden?: { readonly status?: number; readonly code?: string }
}

export interface Scene {
  readonly befalls: Collaborator | 'payload'
  /** Which Google identity the client has. @default the metadata server's */
  readonly identity?: IdentityName
  /** Whether the client may make the exchange itself, and publishes what it got. */
  readonly exchanges: boolean
  /**
   * Whether the schedule works, so that there is a newer version wherever one is due. Where it does not, the client has to
   * mint in the states from advisory on.
   */
  readonly isScheduled: boolean
}

export interface Observed {
  /** What the caller got, in the words of the table. */
  readonly answer: string
  /** The most often that one and the same request was made. */
  readonly tries: number
  /** How long the caller waited for deadlines, in milliseconds: all else takes no time here. */
  readonly waitedMs: number
  readonly leaks: readonly string[]
  /** What a caller gets ten seconds after the fault is over, or eleven minutes where it was a clock. */
  readonly after: string
}

/** Of the held credential at the moment of the fault. It lives for an hour, and is to be refreshed after twenty minutes. */
const AGE: Readonly<Record<Exclude<State, 'empty'>, number>> = {
  fresh: 15 * MINUTE,
  advisory: 25 * MINUTE,
  mandatory: HOUR - 30_000,
  expired: HOUR + MINUTE,
}
/** Where nobody has refreshed it by then, a client that publishes and draws the lowest numbers mints. */
const OWN_POINT = 44 * MINUTE
/** All deadlines and patiences of the client are multiples of it. */
const STEP_MS = 500
/** A token that was dated in AWS's future is one of the past by then. */
const SETTLED_MS = 11 * MINUTE

const READS = /:access$/

let serial = 0

/** Deadlines pass only where something hangs: what is merely slow, on a machine that is busy, changes nothing. */
export async function observe(world: World, scene: Scene, fault: FaultName, state: State): Promise<Observed> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { emulator, clock } = world
  const { befalls, exchanges, isScheduled, identity } = scene
  const secret = newSecret(world)
  await oldAccessToken(world)
  const events: KeyferryEvent[] = []
  const { path = READS } = befalls === 'payload' ? {} : befalls
  const provider = fromSecretManager({
    secret,
    ...(exchanges && { exchange: { ...EXCHANGE, ...actingAs(identity) }, publish: true }),
    clock,
    random: () => 0,
    env: { ...emulator.env, ...(await identityEnv(world, identity)) },
    onEvent: (event) => events.push(event),
  })
  if (identity !== undefined && identity !== 'impersonated' && state !== 'empty')
    await ageAccessToken(world, secret, provider)
  const handedOut: SessionCredentials[] = []

  const { held: before } = await bringTo(state, {
    world,
    secret,
    provider,
    isScheduled,
    hasNewer: isScheduled && befalls !== 'payload',
  })
  if (before) handedOut.push(await before)
  events.length = 0
  const endFault = befalls === 'payload' ? spoil(world, secret, fault) : begin(world, befalls, fault)
  const requests = watchRequests(path)
  const callsSince = callsFrom(world, befalls)
  const wait: { passedMs: number; endedAt?: number } = { passedMs: 0 }
  const answer = provider()
  const answered = answer
    .then(
      (credentials) => [credentials, undefined] as const,
      (reason: unknown) => [undefined, reason] as const,
    )
    .finally(() => (wait.endedAt = wait.passedMs))
  // Only what the service says that it will not answer: what it is asked beside that may be slow, and is no fault.
  const hangs = (): boolean => isEndless(fault) && callsSince(fault) > requests.unanswered()
  while (wait.endedAt === undefined || provider.state.loading || hangs()) {
    if (hangs()) {
      wait.passedMs += STEP_MS
      await vi.advanceTimersByTimeAsync(STEP_MS)
    }
    await delay(1)
  }
  const [got, error] = await answered
  const isTold = befalls !== 'payload' && befalls.resource !== undefined
  const tries = isTold ? callsSince() : requests.most()
  if (got) handedOut.push(got)

  const words = wordsFor({
    got,
    error,
    isAtOnce: answer === before,
    before: handedOut[0],
    state,
    provider,
    events,
  })
  await endFault()
  clock.nowMs += fault.startsWith('clock') ? SETTLED_MS : 10_000
  const after = await provider().then(
    (credentials) => {
      handedOut.push(credentials)
      return Number(credentials.expiration) > clock.nowMs ? 'credentials' : 'expired credentials'
    },
    (reason: { code?: string }) => reason.code ?? String(reason),
  )
  while (provider.state.loading) await delay(1)
  const stored = credentialsIn(emulator.secretManager.versions(secret).map(({ payload }) => payload))
  const leaks = leaksIn([error, events, provider, provider.state], [...handedOut, ...stored])
  return { answer: words, tries, waitedMs: wait.endedAt, leaks, after }
}

interface Outcome {
  readonly got: SessionCredentials | undefined
  readonly error: unknown
  readonly isAtOnce: boolean
  readonly before: SessionCredentials | undefined
  readonly state: State
  readonly provider: KeyferryProvider
  readonly events: readonly KeyferryEvent[]
}

function wordsFor({ got, error, isAtOnce, before, state, provider, events }: Outcome): string {
  if (!got) return (error as { code?: string }).code ?? String(error)
  const { origin, version } = provider.state
  const newest = origin === 'secret' ? 'newer' : version === undefined ? 'minted, unpublished' : 'minted'
  if (state === 'empty' || got.accessKeyId !== before?.accessKeyId) return newest
  const isSame = !events.some(({ type }) => type === 'held')
  return `${isAtOnce ? 'held' : 'held after a wait'}${isSame ? '' : `, then ${newest}`}`
}

interface Bringing {
  readonly world: World
  readonly secret: string
  readonly provider: KeyferryProvider
  readonly isScheduled: boolean
  /** Whether the schedule has written a version since. */
  readonly hasNewer: boolean
}

/** Resolves to what callers hold by then, as the promise that they all get; an empty client holds nothing. */
async function bringTo(
  state: State,
  { world, secret, provider, isScheduled, hasNewer }: Bringing,
): Promise<{ readonly held?: Promise<SessionCredentials> }> {
  const { clock } = world
  write(world, secret)
  if (state === 'empty') {
    if (!isScheduled) clock.nowMs += AGE.expired
    return {}
  }
  await provider()
  // Where it held something already, the new version comes behind the answer.
  while (provider.state.loading) await delay(1)
  const held = provider()
  const until = clock.nowMs + (state === 'advisory' && !isScheduled ? OWN_POINT : AGE[state])
  if (state === 'advisory' && !isScheduled) {
    // Who has looked shortly before does not draw its point anew.
    clock.nowMs = until - 2 * MINUTE
    await provider()
    while (provider.state.loading) await delay(1)
  }
  clock.nowMs = until - MINUTE
  if (hasNewer) write(world, secret)
  clock.nowMs = until
  return { held }
}

/** A version as the scheduled function writes it. */
function write({ emulator, clock }: World, secret: string): void {
  emulator.secretManager.add(secret, newPayload(clock.nowMs))
}

function newPayload(issuedAt: number): Uint8Array {
  const credentials = {
    accessKeyId: `ASIA${String(++serial).padStart(16, '0')}`,
    secretAccessKey: `${PLANTED}-secret-${serial}`,
    sessionToken: `${PLANTED}-token-${serial}`,
    expiration: new Date(issuedAt + HOUR),
  }
  return encodePayload(credentials, { exchange: EXCHANGE, refreshAfter: issuedAt + HOUR / 3 })
}

/** The newest version is another one than the schedule wrote. Resolves what puts that right. */
function spoil(world: World, secret: string, fault: FaultName): () => Promise<void> {
  const { emulator, clock } = world
  const { secretManager } = emulator
  const right = newPayload(clock.nowMs)
  const text = new TextDecoder().decode(right)
  const contents: Partial<Record<FaultName, Uint8Array | string>> = {
    none: right,
    truncated: text.slice(0, text.length / 2),
    malformed: `<html><title>Log in</title>${PLANTED}</html>`,
    'wrong types': text.replaceAll(/":"([^"]*)"/g, `":["$1"]`),
    'wrong CRC': right,
    'clock +10 min': newPayload(clock.nowMs + 10 * MINUTE),
    'clock -10 min': newPayload(clock.nowMs - 10 * MINUTE),
  }
  const version = secretManager.add(secret, contents[fault] as Uint8Array | string)
  if (fault === 'wrong CRC') secretManager.corrupt(secret, version)
  return async () => write(world, secret)
}

function newSecret({ emulator }: World): string {
  const name = `projects/keyferry-demo/secrets/matrix-${++serial}`
  emulator.secretManager.createSecret({
    name,
    iam: {
      'roles/secretmanager.secretAccessor': MEMBERS,
      'roles/secretmanager.secretVersionAdder': MEMBERS,
    },
  })
  return name
}

/** The metadata server gives the token that it has: one so old that the client has to ask again in every state. */
async function oldAccessToken(world: World): Promise<void> {
  world.emulator.metadata.accessTokenReuseUntilMs = 0
  world.clock.nowMs += HOUR
  await world.accessToken()
  world.clock.nowMs += HOUR - 3 * MINUTE
}

/** An access token for a credential file lives for an hour: one so old that the client has to ask again in every state. */
async function ageAccessToken(world: World, secret: string, provider: KeyferryProvider): Promise<void> {
  write(world, secret)
  await provider()
  while (provider.state.loading) await delay(1)
  world.clock.nowMs += 50 * MINUTE
}

/** Resolves what ends the fault. */
function begin({ emulator }: World, collaborator: Collaborator, fault: FaultName): () => Promise<void> {
  const { service, operation, resource, forbidden } = collaborator
  if (fault === 'none') return async () => undefined
  const rule = ruleOf(fault, forbidden)
  if (rule.kind === 'clock') {
    skewClock(emulator, service, rule.skewMs)
    return async () => skewClock(emulator, service, 0)
  }
  const remove = emulator[service].fault(
    rule.kind === 'refused' ? rule : { ...rule, operation, ...(resource && { resource }) },
  )
  return async () => {
    remove()
    // A port that refused listens again from the next turn on.
    await delay(1)
  }
}

/** How often the service was asked for it from now on, by its own log; or what of that ended in one way. */
function callsFrom({ emulator }: World, befalls: Scene['befalls']): (status?: string) => number {
  if (befalls === 'payload') return () => 0
  const { service, operation, resource } = befalls
  const { calls } = emulator[service]
  const about = { operation, ...(resource !== undefined && { resource }) }
  calls.clear()
  return (status) => calls.count({ ...about, ...(status !== undefined && { status }) })
}

export function skewClock(emulator: Emulator, service: Collaborator['service'], skewMs: number): void {
  emulator[service].clockSkewMs = skewMs
}

interface Requests {
  /** Of those that have ended: how many without a whole answer. */
  unanswered(): number
  most(): number
}

function watchRequests(path: RegExp): Requests {
  const requests: ClientRequest[] = []
  const answers = new Map<ClientRequest, IncomingMessage>()
  const watch = (message: unknown): void => {
    const { request } = message as { request: ClientRequest }
    if (path.test(`${request.method} ${request.path}`)) requests.push(request)
  }
  const note = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    answers.set(request, response)
  }
  subscribe('http.client.request.created', watch)
  subscribe('http.client.response.finish', note)
  const stop = (): void => {
    unsubscribe('http.client.request.created', watch)
    unsubscribe('http.client.response.finish', note)
  }
  onTestFinished(stop)
  return {
    unanswered: () =>
      requests.filter((request) => request.destroyed && !answers.get(request)?.complete).length,
    most() {
      stop()
      const counts = Map.groupBy(requests, (request) => request.path)
      return Math.max(0, ...[...counts.values()].map(({ length }) => length))
    },
  }
}
