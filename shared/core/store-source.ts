/** A secret as a source: looked at for what others put there, and replaced by an exchange of one's own only at the last. */
import { latestOf } from './clock-skew.ts'
import type { CredentialSource, Held, Loaded, LoadTask } from './credential-source.ts'
import { isKeyferryError, KeyferryError } from './errors.ts'
import { failureOf, type Tell } from './events.ts'
import type { Fallback } from './fallback.ts'
import {
  advisoryWindowMs,
  between,
  isMandatoryAt,
  isRefusal,
  MANDATORY_MS,
  refusedBackOff,
} from './instants.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './limits.ts'
import { isStopped, readNewest, type NewestReading, type ReadNewestOptions } from './newest-version.ts'
import type { Clock, Random, SecretStore, SessionCredentials, Sleep } from './ports.ts'
import type { Expectation, UsableVersion } from './version-reading.ts'

export interface StoreSourceOptions {
  readonly secret: string
  readonly secrets: SecretStore
  readonly expected: Expectation
  /** Absent where the client may not mint; later than the first read where it may. */
  readonly fallback?: Promise<Fallback> | undefined
  /** How often to look while everything is fresh, in milliseconds; 0 is never. */
  readonly peekMs: number
  /**
   * Life, in milliseconds, that the answer to a start must have left: of a process that ends at once, which has nobody to wait
   * for, and no later. @default 0
   */
  readonly minimumLifeMs?: number
  readonly clock: Clock
  readonly random: Random
  readonly tell: Tell
  /** For callers that came together and have nothing to go on with. */
  readonly pause: Sleep
  /** Makes new connections: the old ones died while the process was frozen. */
  readonly reconnect: () => void
}

type Credentials = SessionCredentials
type Task = LoadTask<Credentials>
type Way = NonNullable<ReadNewestOptions['by']>

const LATEST_EVERY_LOOKS = 10
/** Who has looked within this time was there at its point: the longest wait between two looks, twice. */
const AWAY_MS = 4 * MINUTE_MS

export function storeSource(options: StoreSourceOptions): CredentialSource<Credentials> {
  const { secret, secrets, expected, peekMs, minimumLifeMs = 0, clock, random, tell } = options
  const refused = refusedBackOff(random)
  let fallback: Fallback | undefined
  let known: number | undefined
  let looks = 0
  let lookFrom = Infinity
  let nextLookAt = Infinity
  let lastLookAt = -Infinity
  let isHintOverdue = false
  let isRedrawn = false
  let isDeciding = false
  // Why nobody may mint: the newest version is disabled, or of another grant.
  let bar: KeyferryError | undefined
  // It is awaited, with its failure, by the first load.
  options.fallback?.catch(() => undefined)

  return {
    kind: 'store',
    async load(task) {
      const { held, purpose } = task
      isDeciding = false
      if (!held) return first(task)
      const own = purpose === 'due' ? fallback : undefined
      if (own && clock.now() >= own.dueAt(held) && !isDrawnAgain(held, own)) return decide(task, held, own)
      if (purpose === 'suspect') return replaceSuspect(task)
      return newer(await look(task, purpose === 'due' ? nextWay() : 'number'))
    },
    dueAt(held, now) {
      const mandatoryAt = held.expiresAt - MANDATORY_MS
      const lookAt = now >= mandatoryAt && lastLookAt < mandatoryAt ? mandatoryAt : nextLookAt
      return Math.min(lookAt, fallback?.dueAt(held) ?? Infinity)
    },
    advisoryAt: () => lookFrom,
    onHeld(held) {
      const { expiresAt, since, provenance } = held
      const lifeMs = expiresAt - (provenance?.issuedAt.getTime() ?? since)
      const refreshAfter = provenance?.refreshAfter.getTime() ?? expiresAt - advisoryWindowMs(lifeMs)
      lookFrom = refreshAfter + between(0, Math.min(10 * MINUTE_MS, lifeMs / 6), random)
      nextLookAt = isHintOverdue ? since : afterLook(held, since)
      isRedrawn = false
      refused.reset()
      fallback?.forgetFailures(since)
      fallback?.draw(held, since)
    },
    onFailed(error, now) {
      if (isDeciding) fallback?.onFailed(error, now)
      lastLookAt = now
      nextLookAt = now + (isRefusal(error) ? refused.next() : between(MINUTE_MS, 2 * MINUTE_MS, random))
    },
    onThawed(now) {
      nextLookAt = now
      refused.reset()
      fallback?.forgetFailures(now)
      options.reconnect()
    },
  }

  /** Nothing valid is held: what `latest` gives is good enough, and checked by the next look. */
  async function first(task: Task): Promise<Loaded<Credentials>> {
    const reading = read(task, { by: 'latest', isOverdue: () => false })
    reading.catch(() => undefined)
    fallback ??= await options.fallback
    const problem = await reading.then(problemIn, (error: unknown) => error)
    if (problem === undefined) {
      const { newest } = (await reading) as { newest: UsableVersion }
      if (lifeOf(newest) < minimumLifeMs) return prolonged(task, newest)
      isHintOverdue = clock.now() >= (newest.stored.provenance?.refreshAfter.getTime() ?? Infinity)
      return loadedFrom(newest)
    }
    if (bar) throw bar
    if (!fallback) throw problem
    if (!isKeyferryError(problem, 'CREDENTIALS_EXPIRED', 'SECRET_DESTROYED')) {
      tellUnread(problem)
      if (minimumLifeMs === 0) await options.pause(between(0, 2 * SECOND_MS, random))
    }
    return mint(task, fallback, await reading.catch(() => undefined), problem)
  }

  /** Something newer is looked for and, at the last, made. What was found will do if neither gives more. */
  async function prolonged(task: Task, found: UsableVersion): Promise<Loaded<Credentials>> {
    const newerThan = { ...found.stored, version: found.version }
    const reading = await read(task, { by: 'number', newerThan }).catch(tellUnread)
    const best = reading?.newest ?? found
    if (lifeOf(best) >= minimumLifeMs || bar || !fallback) return loadedFrom(best)
    const minted = await mint(task, fallback, reading).catch((error: unknown) => {
      tell(isRefusal(error) ? 'error' : 'warning', { type: 'load-failed', ...failureOf(error) })
    })
    return minted && minted.credentials.expiration > best.stored.credentials.expiration
      ? minted
      : loadedFrom(best)
  }

  function lifeOf({ stored }: UsableVersion): number {
    return stored.credentials.expiration.getTime() - latestOf(clock)
  }

  function problemIn({ newest, top }: NewestReading): KeyferryError | undefined {
    return newest ? undefined : (top?.problem ?? notFound(secret))
  }

  /** At the own point: a read by number in the same turn, and only if nothing newer is there, the exchange. */
  async function decide(task: Task, held: Held<Credentials>, own: Fallback): Promise<Loaded<Credentials>> {
    isDeciding = true
    const reading = await look(task, 'number').catch((error: unknown) => {
      isDeciding = !(isQuotaUsedUp(error) && own.putsOff(held, clock.now()))
      if (!isDeciding) throw error
      return tellUnread(error)
    })
    if (reading?.newest) return loadedFrom(reading.newest)
    if (bar) throw bar
    return mint(task, own, reading)
  }

  async function replaceSuspect(task: Task): Promise<Loaded<Credentials> | undefined> {
    const reading = await look(task, 'number').catch(tellUnread)
    if (reading?.newest) return loadedFrom(reading.newest)
    if (bar || !fallback?.replacesSuspectNow(clock.now())) return undefined
    isDeciding = true
    return mint(task, fallback, reading)
  }

  async function mint(
    task: Task,
    own: Fallback,
    ...over: [NewestReading | undefined, unknown?]
  ): Promise<Loaded<Credentials>> {
    const loaded = await own.mint(task, ...over)
    if (loaded.version !== undefined) known = loaded.version
    return loaded
  }

  function tellUnread(error: unknown): undefined {
    tell(isRefusal(error) ? 'error' : 'warning', { type: 'read-failed', ...failureOf(error) })
  }

  async function look(task: Task, by: Way): Promise<NewestReading> {
    looks++
    const isPlain = by === 'glance' && known !== undefined
    const reading = await read(task, { by, ...(task.held && { newerThan: task.held }) })
    // A glance at the next number finds nothing most of the time. Any other look that does has found no secret.
    if (!reading.top && !isPlain) tellUnread(notFound(secret))
    isHintOverdue = false
    refused.reset()
    if (task.held) nextLookAt = afterLook(task.held, clock.now())
    return reading
  }

  async function read(task: Task, how: Partial<ReadNewestOptions>): Promise<NewestReading> {
    lastLookAt = clock.now()
    const reading = await readNewest(secrets, { clock, known, refuse: expected.refuse, ...how })
    note(reading, task, how.by === 'glance')
    return reading
  }

  /** Remembers what a reading says of the secret as a whole, and tells what is wrong with it. */
  function note(
    { top, newest, recreated, seen }: NewestReading,
    { held, withdraw }: Task,
    isGlance: boolean,
  ): void {
    if (recreated && known !== undefined) {
      tell('warning', { type: 'recreated', version: known })
      known = undefined
    }
    for (const { version, problem } of seen) {
      if (!problem || isKeyferryError(problem, 'SECRET_DISABLED', 'SECRET_DESTROYED')) continue
      const level = isKeyferryError(problem, 'CREDENTIALS_EXPIRED') ? 'warning' : 'error'
      tell(level, { type: 'version-refused', version, ...failureOf(problem) })
    }
    // `latest` was newer than what is held, under a number that was passed long ago: they have started anew.
    if (top && top.version > 0 && known !== undefined && top.version < known) known = undefined
    // What may become readable again is looked at again.
    const isSettled = top && !isKeyferryError(top.problem, 'SECRET_DISABLED', 'SECRET_CORRUPT')
    const highest = Math.max(known ?? 0, isSettled ? top.version : 0, newest?.version ?? 0)
    if (highest > 0) known = highest
    if (!top && isGlance) return
    bar = isKeyferryError(top?.problem, 'SECRET_OTHER_GRANT') ? top?.problem : undefined
    if (!top || !isStopped({ top })) return
    bar = stopped(secret, top.version)
    tell('error', { type: 'stopped', version: top.version, ...failureOf(bar) })
    if (held?.version === top.version) withdraw(bar)
  }

  function newer({ newest }: NewestReading): Loaded<Credentials> | undefined {
    return newest && loadedFrom(newest)
  }

  function loadedFrom({ version, stored }: UsableVersion): Loaded<Credentials> {
    expected.pin(stored)
    return { ...stored, version, origin: 'secret' }
  }

  /** An instance that was away at its point would meet all the others there that were: it draws once more. */
  function isDrawnAgain(held: Held<Credentials>, own: Fallback): boolean {
    const now = clock.now()
    if (isRedrawn || held.suspect || isMandatoryAt(held, now)) return false
    if (!own.publishes || now - lastLookAt <= AWAY_MS) return false
    isRedrawn = true
    own.draw(held, now)
    return true
  }

  function nextWay(): Way {
    if (isHintOverdue) return 'number'
    const isTenth = looks % LATEST_EVERY_LOOKS === LATEST_EVERY_LOOKS - 1
    return isTenth || clock.now() - lastLookAt > HOUR_MS ? 'latest' : 'glance'
  }

  function afterLook(held: Held<Credentials>, now: number): number {
    if (isMandatoryAt(held, now)) return now + between(5, 10, random) * SECOND_MS
    if (now >= lookFrom || held.suspect) return now + between(MINUTE_MS, 2 * MINUTE_MS, random)
    return Math.min(lookFrom, peekMs > 0 ? now + peekMs : Infinity)
  }
}

/** By the status that the adapters name as the cause. */
function isQuotaUsedUp(error: unknown): boolean {
  return isKeyferryError(error) && (error.cause as Error | undefined)?.name === 'RESOURCE_EXHAUSTED'
}

function stopped(resource: string, version: number): KeyferryError {
  const message =
    `The newest version of ${resource}, ${version}, is disabled: an operator stopped it, so nothing is minted or published. ` +
    'Enable it again, or run `keyferry refresh --force` to write a new one.'
  return new KeyferryError('SECRET_STOPPED', message, { resource })
}

function notFound(resource: string): KeyferryError {
  const message = `${resource} does not exist, or has no version yet. Check the name, and let \`keyferry refresh\` write the first one.`
  return new KeyferryError('SECRET_NOT_FOUND', message, { resource })
}
