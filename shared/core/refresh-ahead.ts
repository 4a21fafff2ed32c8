/** The caching rules: one held credential, refreshed ahead of its end, so that callers neither wait nor fail while it is valid. */
import type { AwsCredentialIdentity } from '@smithy/types'
import type { CorrectedClock } from './clock-skew.ts'
import type { CredentialSource, Held, Loaded } from './credential-source.ts'
import { KeyferryError } from './errors.ts'
import { aboutKey, failureOf, type Tell } from './events.ts'
import { flights, type Flight } from './flight.ts'
import {
  backOff,
  between,
  freshness,
  isMandatoryAt,
  isNewer,
  isRefusal,
  isValidAt,
  MANDATORY_MS,
  nextStateAt,
} from './instants.ts'
import { SECOND_MS } from './limits.ts'
import type { Random, SettlesWithin } from './ports.ts'
import type { KeyferryProvider, KeyferryState } from './provider.ts'
import { displayKey } from './redaction.ts'
import { EXPIRY_MARGIN_MS } from './version-reading.ts'

export interface RefreshAheadParts {
  readonly clock: CorrectedClock
  readonly random: Random
  readonly tell: Tell
  readonly settlesWithin: SettlesWithin
  /** Deadline of a load as a whole, in milliseconds. */
  readonly loadTimeoutMs: number
}

/** How long a caller who has something to go on with waits for a read, and for a mint. */
const READ_PATIENCE_MS = SECOND_MS
const MINT_PATIENCE_MS = 3 * SECOND_MS
const FORCED_EVERY_MS = 10 * SECOND_MS
/** A clock that went back by no more than this made no difference. */
const SET_BACK_MS = 10 * SECOND_MS

/** Credentials of `source`, held by the rules. `source` says when to load, and what a load does. */
export function refreshAheadOf<C extends AwsCredentialIdentity>(
  source: CredentialSource<C>,
  { clock, random, tell, settlesWithin, loadTimeoutMs }: RefreshAheadParts,
): KeyferryProvider<C> {
  let held: Held<C> | undefined
  // In between, by the later of the clocks, callers get the held promise and nothing else happens.
  let quietFrom = -Infinity
  let quietUntil = -Infinity
  let decidedAt = -Infinity
  let lastLoad: KeyferryState['lastLoad']
  // What failed while nothing was held, and until when callers get it without a new attempt.
  let failure: { readonly error: unknown; readonly until: number } | undefined
  const hurry = backOff(SECOND_MS / 2, 5 * SECOND_MS, random)
  const suspects = new Map<string, number>()
  let isUnexamined = false
  // The refused key that came back: looked into once, since a store may withdraw it and give it again, time after time.
  let returned: string | undefined
  let isHandedOut = false
  let forcedNotBefore = -Infinity
  let awaitsNext = false
  let isTaken = false

  const loads = flights<Loaded<C> | undefined>({
    clock: { now: clock.local },
    settlesWithin,
    timeoutMs: loadTimeoutMs,
    act(flight) {
      isTaken = false
      const mints = (): boolean => (flight.mints = true)
      return source.load({ purpose: flight.purpose, held: valid(clock.now()), mints, withdraw })
    },
    awaited: ({ mints }) =>
      source.kind === 'provider' ? 'the provider' : mints ? 'the exchange' : 'Secret Manager',
    land: take,
    onEnd,
    onFrozen,
  })

  const provider = (properties?: Record<string, unknown>): Promise<C> => {
    const at = clock.latest()
    return at < quietUntil && at >= quietFrom && properties?.['forceRefresh'] !== true
      ? (held as Held<C>).promise
      : decide(properties)
  }

  const ready = async (): Promise<void> => void (await provider())
  const made = Object.assign(provider, { memoized: true as const, invalidate, ready })
  return Object.defineProperty(made, 'state', { get: state, enumerable: true }) as typeof made & {
    state: KeyferryState
  }

  function decide(properties?: Record<string, unknown>, hasWaited = false): Promise<C> {
    loads.giveUpFrozen()
    const now = clock.now()
    // The machine's own: where `now` alone went back, a load has found out that the machine is ahead.
    const local = clock.local()
    if (local < decidedAt - SET_BACK_MS) onSetBack(now)
    decidedAt = local
    const current = valid(now)
    if (!current) return load()
    if (isUnexamined && !loads.current) {
      isUnexamined = false
      return orHeld(loads.begin('suspect'))
    }
    // What is under way may have begun before AWS refused the key: its end is waited for, and then looked again.
    if (isUnexamined && loads.current && !hasWaited)
      return settlesWithin(loads.current.done, READ_PATIENCE_MS).then(() => decide(undefined, true))
    const force = properties?.['forceRefresh'] === true && isTheirs(current, properties['accessKeyId'])
    if (force && (loads.current || now >= forcedNotBefore)) {
      forcedNotBefore = now + FORCED_EVERY_MS
      return orHeld(loads.current ?? loads.begin('forced'))
    }
    const dueAt = loads.current ? Infinity : source.dueAt(current, now)
    if (now >= dueAt) {
      const begun = loads.begin('due')
      if (awaitsNext) return orHeld(begun)
    }
    const { current: flight } = loads
    if (flight && isAwaited(flight, current, now)) return orHeld(flight)
    // A load that has begun since may have set the clock.
    const at = flight ? clock.now() : now
    const waitMs = flight ? flight.startedAt + 2 * loadTimeoutMs - clock.local() : dueAt - at
    quietFrom = clock.latest()
    quietUntil = quietFrom + Math.min(waitMs, nextStateAt(current, at) - at)
    return handOut(current)
  }

  /** Whether it is what the caller has: what came meanwhile answers the wish for something newer. */
  function isTheirs({ credentials }: Held<C>, accessKeyId: unknown): boolean {
    return typeof accessKeyId === 'string' ? credentials.accessKeyId === accessKeyId : isHandedOut
  }

  /** Waits a little for newer credentials; those that are held do, if they do not come. */
  async function orHeld(flight: Flight): Promise<C> {
    awaitsNext = false
    await (flight.patience ??= outwait(flight))
    const current = valid(clock.now())
    return current ? handOut(current) : load()
  }

  async function outwait(flight: Flight): Promise<void> {
    const leftMs = held ? held.expiresAt - EXPIRY_MARGIN_MS - clock.now() : Infinity
    const isOver = await settlesWithin(flight.done, Math.min(READ_PATIENCE_MS, leftMs / 2))
    if (isOver || !flight.mints || leftMs < MANDATORY_MS) return
    await settlesWithin(flight.done, MINT_PATIENCE_MS - READ_PATIENCE_MS)
  }

  /** Nothing valid is held: all callers share one load, and its error. */
  async function load(): Promise<C> {
    for (;;) {
      const now = clock.now()
      const current = valid(now)
      // A store may still hold the key that AWS refused: something better is looked for before anybody gets it.
      if (current) return current.suspect ? decide() : handOut(current)
      if (!loads.current && failure && now < failure.until) throw failure.error
      const flight = loads.current ?? loads.begin('first')
      await flight.done
      if (flight.purpose === 'first' && !valid(clock.now())) throw flight.error ?? expired()
    }
  }

  function handOut(current: Held<C>): Promise<C> {
    isHandedOut = true
    return current.promise
  }

  function take(loaded: Loaded<C> | undefined): void {
    if (!loaded) return
    const now = clock.now()
    const { credentials, origin } = loaded
    const { accessKeyId, expiration } = credentials
    const next = {
      ...loaded,
      promise: Promise.resolve(credentials),
      since: now,
      get expiresAt() {
        // Where the clock was set back, they expire by what this machine says all the same.
        return expiration ? expiration.getTime() + Math.min(0, clock.skew?.correctionMs ?? 0) : Infinity
      },
      suspect: (suspects.get(accessKeyId) ?? 0) > now,
    }
    const current = valid(now)
    if (!isValidAt(next, now)) throw expired(expiration)
    // With nothing else held, a key that AWS refused can do no worse than an error.
    if (next.suspect && current) return
    // What was minted in place of a refused key is better, whatever its dates.
    if (current && !isNewer(next, current) && !(current.suspect && origin !== 'secret')) return
    held = next
    quietUntil = -Infinity
    failure = undefined
    hurry.reset()
    isHandedOut = awaitsNext = false
    isUnexamined = next.suspect && returned !== accessKeyId
    returned = next.suspect ? accessKeyId : undefined
    isTaken = true
    source.onHeld(next)
    tell('info', { type: 'held', origin, ...(expiration && { expiration }), ...aboutKey(next, now) })
  }

  function onEnd(flight: Flight): void {
    const now = clock.now()
    const at = new Date(now)
    quietUntil = -Infinity
    if (!('error' in flight)) {
      lastLoad = { at, outcome: isTaken ? 'newer' : 'unchanged' }
      if (flight.purpose === 'suspect' && held?.suspect)
        tell('warning', { type: 'suspect-kept', ...aboutKey(held, now) })
      // Good enough to answer with, but not to be relied on: made sure of at once, behind the answer.
      const current = valid(now)
      if (flight.purpose === 'first' && current && now >= source.dueAt(current, now)) loads.begin('due')
      return
    }
    const { error } = flight
    const isRefused = isRefusal(error)
    lastLoad = { at, outcome: 'failed', reason: failureOf(error).reason }
    tell(isRefused ? 'error' : 'warning', { type: 'load-failed', ...failureOf(error) })
    if (valid(now)) return source.onFailed(error, now)
    // A first failure may have been chance: the next caller tries at once.
    const waitMs = isRefused ? between(2, 5, random) * SECOND_MS : failure ? hurry.next() : 0
    failure = { error, until: now + waitMs }
  }

  function onFrozen(tookMs: number): void {
    quietUntil = -Infinity
    awaitsNext = true
    source.onThawed(clock.now())
    tell('info', { type: 'frozen', tookMs })
  }

  // Whatever was not to be done before some time would not be done for as long as the clock went back: a day, it may be.
  function onSetBack(now: number): void {
    failure = undefined
    forcedNotBefore = -Infinity
    source.onThawed(now)
  }

  function invalidate(accessKeyId: string): void {
    const now = clock.now()
    const current = valid(now)
    if (current?.credentials.accessKeyId !== accessKeyId || current.suspect) return
    for (const [key, until] of suspects) if (until <= now) suspects.delete(key)
    suspects.set(accessKeyId, current.expiresAt)
    current.suspect = isUnexamined = true
    quietUntil = -Infinity
    tell('warning', { type: 'suspect', ...aboutKey(current, now) })
  }

  function withdraw(reason: KeyferryError): void {
    if (!held) return
    tell('error', { type: 'withdrawn', ...aboutKey(held, clock.now()), ...failureOf(reason) })
    held = undefined
    quietUntil = -Infinity
  }

  function valid(now: number): Held<C> | undefined {
    return held && isValidAt(held, now) ? held : undefined
  }

  function state(): KeyferryState {
    const now = clock.now()
    return {
      freshness: 'empty',
      kind: source.kind,
      ...(held && {
        freshness: freshness(held, source.advisoryAt(held), now),
        origin: held.origin,
        key: displayKey(held.credentials.accessKeyId),
        ...(held.version !== undefined && { version: held.version }),
        ...(held.credentials.expiration && { expiration: held.credentials.expiration }),
      }),
      suspect: held?.suspect ?? false,
      loading: loads.current !== undefined,
      ...(clock.skew && { clockSkew: clock.skew }),
      ...(lastLoad && { lastLoad }),
    }
  }
}

function isAwaited({ purpose }: Flight, held: Held<unknown>, now: number): boolean {
  return purpose === 'suspect' || isMandatoryAt(held, now)
}

function expired(expiration?: Date): KeyferryError {
  const at = expiration ? ` (${expiration.toISOString()})` : ''
  return new KeyferryError(
    'CREDENTIALS_EXPIRED',
    `The credentials that came have expired${at}, and are not handed out. Check this machine's clock, and what they came from.`,
    { retryable: true },
  )
}
