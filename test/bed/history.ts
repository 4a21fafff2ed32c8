/**
 * Random histories of a client and the world around it, and what must be true of every one of them. A step is data, so that
 * a history that breaks a rule can be printed, shrunk, and run again.
 */
import { inspect } from 'node:util'
import fc from 'fast-check'
import { fallback } from '../../shared/core/fallback.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { clientBed, type ClientBed } from './client-bed.ts'
import { credentialsOf, EXCHANGE } from './credentials.ts'
import { denied, GARBAGE, quotaUsedUp, unreadable } from './fake-secret.ts'
import { MINUTE, SECOND, seeded } from './virtual-clock.ts'

export type Fault = 'none' | 'outage' | 'quota' | 'refusal' | 'foreign' | 'hang' | 'reset'

export type Step =
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'call'; readonly callers: number; readonly force: boolean }
  | { readonly do: 'refresh'; readonly seconds: 900 | 3_600 | 43_200; readonly grant: 'ours' | 'other' }
  | { readonly do: 'put'; readonly what: 'garbage' | 'older' | 'disabled' | 'destroyed' }
  | { readonly do: 'change'; readonly what: 'gap' | 'disabled' | 'destroyed' | 'corrupt' }
  | { readonly do: 'recreate' }
  | { readonly do: 'lag'; readonly versions: number }
  | { readonly do: 'fault'; readonly of: 'read' | 'add' | 'mint'; readonly is: Fault }
  | { readonly do: 'release' }
  | { readonly do: 'invalidate'; readonly whose: 'held' | 'another' }

export interface History {
  readonly publish: boolean
  readonly exchanges: boolean
  readonly seed: number
  readonly steps: readonly Step[]
}

const fault = fc.constantFrom<Fault>('none', 'none', 'outage', 'quota', 'refusal', 'foreign', 'hang', 'reset')
const passing = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((seconds) => seconds * SECOND),
  fc.integer({ min: 1, max: 20 }).map((minutes) => minutes * MINUTE),
  fc.constantFrom(55 * MINUTE, 59 * MINUTE, 59 * MINUTE + 54 * SECOND, 3 * 60 * MINUTE, 13 * 60 * MINUTE),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: passing.map((ms) => ({ do: 'pass', ms }) as const) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      callers: fc.integer({ min: 1, max: 3 }),
      force: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('refresh' as const),
      seconds: fc.constantFrom<900 | 3_600 | 43_200>(900, 3_600, 3_600, 43_200),
      grant: fc.constantFrom<'ours' | 'other'>('ours', 'ours', 'ours', 'other'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<'garbage' | 'older' | 'disabled' | 'destroyed'>(
        'garbage',
        'older',
        'disabled',
        'destroyed',
      )
      .map((what) => ({ do: 'put', what }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<'gap' | 'disabled' | 'destroyed' | 'corrupt'>('gap', 'disabled', 'destroyed', 'corrupt')
      .map((what) => ({ do: 'change', what }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'recreate' } as const) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 5 }).map((versions) => ({ do: 'lag', versions }) as const),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      of: fc.constantFrom<'read' | 'add' | 'mint'>('read', 'add', 'mint'),
      is: fault,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'release' } as const) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<'held' | 'another'>('held', 'held', 'another')
      .map((whose) => ({ do: 'invalidate', whose }) as const),
  },
)

// A client loads it beside its first read: here that would take part of the first history.
export const loadedBefore: unknown = fallback

export const histories: fc.Arbitrary<History> = fc.record({
  publish: fc.boolean(),
  exchanges: fc.constantFrom(true, true, true, false),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  steps: fc.array(step, { minLength: 3, maxLength: 40 }),
})

const OTHER = { ...EXCHANGE, roleArn: EXCHANGE.roleArn.replace('app', 'other') }

/** Runs the history, and throws at the first rule that does not hold. */
export async function run(history: History): Promise<void> {
  const world = worldOf(history)
  for (const each of history.steps) await world.act(each)
  await world.settle()
}

interface World {
  act(step: Step): Promise<void>
  /** Ends all faults, lets the writer write, and waits until the client has it. */
  settle(): Promise<void>
}

function worldOf({ publish, exchanges, seed }: History): World {
  const bed = clientBed({
    random: seeded(seed),
    ...(exchanges ? { publish } : { exchange: undefined }),
  })
  const { clock, secret, sts, provider, events } = bed
  const issuedAt = new Map<string, { issued: number; expires: number }>()
  const others = new Set<string>()
  const gates: (() => void)[] = []
  let lag = 0
  let handedOut: string | undefined
  let active = 0
  // How much had been told when no load was under way.
  let idleSince = 0
  // A load was frozen, and the next one may be awaited by the caller that starts it.
  let mayAwait = false
  let seen = 0
  let violation: string | undefined
  let isSlow = false
  let isOthers: boolean | undefined = exchanges ? false : undefined

  note(secret.credentials(1).accessKeyId, clock.now(), secret.credentials(1).expiration)
  watchConcurrency(bed)

  return { act, settle }

  async function act(each: Step): Promise<void> {
    switch (each.do) {
      case 'pass':
        clock.advance(each.ms)
        break
      case 'call':
        await call(each.callers, each.force)
        break
      case 'refresh': {
        clock.advance(SECOND)
        const exchange = { ...(each.grant === 'ours' ? EXCHANGE : OTHER), durationSeconds: each.seconds }
        const { accessKeyId, expiration } = secret.credentials(secret.refresh({ exchange }))
        note(accessKeyId, clock.now(), expiration)
        if (each.grant === 'other') others.add(accessKeyId)
        point()
        break
      }
      case 'put':
        put(each.what)
        point()
        break
      case 'change': {
        const version = newestNumber()
        if (version === 0) break
        secret.change(version, each.what === 'gap' ? undefined : stateOf(each.what))
        isSlow ||= each.what === 'gap'
        break
      }
      case 'recreate':
        secret.recreate()
        isSlow = true
        point()
        break
      case 'lag':
        lag = each.versions
        point()
        break
      case 'fault':
        setFault(each.of, each.is)
        break
      case 'release':
        await release()
        break
      case 'invalidate':
        provider.invalidate(each.whose === 'held' && handedOut ? handedOut : 'ASIA0000000000009999')
        break
    }
    checkTold()
    if (violation) throw new Error(violation)
    if (active === 0 && !provider.state.loading) idleSince = events.length
  }

  function takeNotice(): void {
    for (const { type } of events.slice(seen)) {
      if (type === 'frozen') mayAwait = true
      if (type === 'held') mayAwait = false
    }
    seen = events.length
  }

  /** A load that was given up for frozen goes on beside the next one, until it ends. */
  function hasThawed(): boolean {
    return events.slice(idleSince).some(({ type }) => type === 'frozen')
  }

  async function call(callers: number, force: boolean): Promise<void> {
    const before = provider.state
    const toldBefore = events.length
    const isCalm =
      (before.freshness === 'fresh' || before.freshness === 'advisory') && !force && !before.suspect
    const hadValid = before.freshness !== 'empty' && before.freshness !== 'expired'
    const waiting = new Set<Promise<unknown>>()
    const outcomes: PromiseSettledResult<SessionCredentials>[] = []
    const calls = Array.from({ length: callers }, () => provider(force ? { forceRefresh: true } : undefined))
    for (const each of calls) {
      const settled: Promise<unknown> = each
        .then(
          (value) => outcomes.push({ status: 'fulfilled', value }),
          (reason: unknown) => outcomes.push({ status: 'rejected', reason }),
        )
        .then(() => waiting.delete(settled))
      waiting.add(settled)
    }
    await turn()
    takeNotice()
    if (isCalm && waiting.size > (mayAwait ? 1 : 0)) {
      throw new Error(`${waiting.size} of ${callers} callers wait while credentials are ${before.freshness}`)
    }
    if (waiting.size > 0) mayAwait = false
    for (let round = 0; waiting.size > 0; round++) {
      if (round > 200) throw new Error('callers wait though nothing hangs any more')
      await release()
    }
    const isWithdrawn = events.slice(toldBefore).some(({ type }) => type === 'withdrawn')
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') checkHandedOut(outcome.value.accessKeyId, outcome.value.expiration)
      else {
        checkError(outcome.reason)
        if (hadValid && !isWithdrawn)
          throw new Error(`a caller was rejected while credentials were ${before.freshness}`, {
            cause: outcome.reason,
          })
      }
    }
  }

  function checkHandedOut(key: string, expiration: Date): void {
    const now = clock.now()
    if (now >= expiration.getTime() - 5 * SECOND) throw new Error(`${key} was handed out, and has expired`)
    if (!issuedAt.has(key)) note(key, expiration.getTime() - 60 * MINUTE, expiration)
    // Who has no exchange begins with anything, and stays with its role.
    isOthers ??= !exchanges && others.has(key)
    if (others.has(key) !== isOthers) throw new Error(`${key} was handed out, and is of another grant`)
    const last = handedOut === undefined ? undefined : issuedAt.get(handedOut)
    const next = issuedAt.get(key)
    const isLastOver = !last || now >= last.expires - 5 * SECOND || wasWithdrawn(handedOut)
    if (next && last && next.issued < last.issued && !isLastOver)
      throw new Error(`${key} was handed out after ${String(handedOut)}, which is newer`)
    handedOut = key
  }

  function wasWithdrawn(key: string | undefined): boolean {
    return events.some((event) => event.type === 'withdrawn' && event.key === `…${key?.slice(-4)}`)
  }

  function checkError(error: unknown): void {
    // A foreign one is the collaborator's own, and passed on as it is.
    if (error instanceof KeyferryError && /PLANTED|ASIA\d{16}/.test(inspect(error, { depth: 5 })))
      throw new Error('an error shows a secret', { cause: error })
  }

  function checkTold(): void {
    const told = inspect([events.slice(-10), provider.state, provider], { depth: 6, getters: true })
    if (/PLANTED|ASIA\d{16}/.test(told)) throw new Error(`an event or the state shows a secret: ${told}`)
  }

  async function settle(): Promise<void> {
    for (const of of ['read', 'add', 'mint'] as const) setFault(of, 'none')
    await release()
    lag = 0
    secret.lagAt = undefined
    const written = new Set([write()])
    let writtenAt = clock.now()
    // Numbers that start anew, or leave one out, are seen at the tenth look, which is two and a half hours while everything is fresh.
    const deadline = clock.now() + (isSlow ? 180 : 30) * MINUTE
    const isDone = (): boolean => isOthers === true || isHeld(written)
    while (!isDone()) {
      if (clock.now() > deadline)
        throw new Error(`long after the faults no new version is held: ${inspect(provider.state)}`)
      clock.advance(30 * SECOND)
      if (clock.now() - writtenAt >= 20 * MINUTE) {
        written.add(write())
        writtenAt = clock.now()
      }
      await call(1, false)
      await turn()
    }
  }

  function write(): string {
    clock.advance(SECOND)
    const { accessKeyId, expiration } = secret.credentials(secret.refresh())
    note(accessKeyId, clock.now(), expiration)
    return `…${accessKeyId.slice(-4)}`
  }

  function isHeld(keys: ReadonlySet<string>): boolean {
    const { key, origin, freshness } = provider.state
    if (freshness === 'empty' || freshness === 'expired') return false
    return keys.has(key ?? '') || origin === 'exchange'
  }

  function setFault(of: 'read' | 'add' | 'mint', is: Fault): void {
    const act = is === 'none' ? undefined : () => faulty(is)
    if (of === 'read') secret.readFault = act
    else if (of === 'add') secret.addFault = act
    else sts.fault = act
  }

  async function faulty(is: Fault): Promise<void> {
    if (is === 'outage') unreadable()
    if (is === 'quota') quotaUsedUp()
    if (is === 'refusal') denied()
    if (is === 'foreign') throw new Error('PLANTED in a foreign error')
    await new Promise<void>((resolve) => gates.push(resolve))
    if (is === 'reset') unreadable()
  }

  async function release(): Promise<void> {
    for (const open of gates.splice(0)) open()
    await turn()
  }

  function put(what: 'garbage' | 'older' | 'disabled' | 'destroyed'): void {
    if (what === 'garbage') secret.put(GARBAGE)
    else if (what !== 'older') secret.put(stateOf(what))
    else {
      // Credentials that are older than any other, in the newest version.
      const expires = clock.now() + 30 * MINUTE
      const old = credentialsOf(7_000 + (issuedAt.size % 1_000), expires)
      secret.put(encodePayload(old, { exchange: EXCHANGE, refreshAfter: clock.now() - 10 * MINUTE }))
      note(old.accessKeyId, expires - 60 * MINUTE, old.expiration)
    }
  }

  function newestNumber(): number {
    return secret.count
  }

  function point(): void {
    secret.lagAt = lag === 0 ? undefined : Math.max(1, newestNumber() - lag)
  }

  function note(key: string, issued: number, expiration: Date): void {
    issuedAt.set(key, { issued, expires: expiration.getTime() })
  }

  function watchConcurrency({ secret, sts }: ClientBed): void {
    for (const [target, name] of [
      [secret, 'read'],
      [secret, 'add'],
      [sts, 'mint'],
    ] as const) {
      const act = target[name as keyof typeof target] as (...args: unknown[]) => Promise<unknown>
      Object.assign(target, {
        [name]: async (...args: unknown[]) => {
          if (active++ > 0 && !hasThawed()) violation = 'two loads are in flight'
          try {
            return await act(...args)
          } finally {
            active--
          }
        },
      })
    }
  }
}

function stateOf(
  what: 'disabled' | 'destroyed' | 'corrupt',
): 'SECRET_DISABLED' | 'SECRET_DESTROYED' | 'SECRET_CORRUPT' {
  if (what === 'corrupt') return 'SECRET_CORRUPT'
  return what === 'disabled' ? 'SECRET_DISABLED' : 'SECRET_DESTROYED'
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
