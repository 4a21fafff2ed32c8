/** A consumer's own exchange, and what it does for the others with it: the new version of the secret. */
import type { AwsCredentialIdentity } from '@smithy/types'
import { latestOf, localOf } from './clock-skew.ts'
import type { Loaded, LoadTask } from './credential-source.ts'
import { isKeyferryError, KeyferryError } from './errors.ts'
import { aboutKey, failureOf, type Tell } from './events.ts'
import { durationSecondsOf, effectiveRole, roleParts, type ExchangeOptions } from './exchange.ts'
import { isNewer, isRefusal, isValidAt } from './instants.ts'
import { SECOND_MS } from './limits.ts'
import { decodePayload, encodePayload, type Provenance } from './payload.ts'
import type { Clock, SecretStore, SessionCredentials, SettlesWithin } from './ports.ts'

export interface MintAndPublishOptions {
  readonly exchange: ExchangeOptions
  /** The act behind `exchange`. */
  readonly mint: () => Promise<AwsCredentialIdentity>
  readonly secrets: Pick<SecretStore, 'add'>
  readonly clock: Clock
  readonly tell: Tell
  readonly settlesWithin: SettlesWithin
}

export interface Minted {
  readonly loaded: Loaded<SessionCredentials>
  /** Secret Manager refused the new version for want of permission: it will not take the next one either. */
  readonly mayPublish: boolean
}

/** What was minted is used without the others after this long. */
const PUBLISH_PATIENCE_MS = 3 * SECOND_MS

/**
 * Mints, and publishes over the version that was read, if one is given. Rejects with what the mint rejects with, or
 * EXCHANGE_IMPLAUSIBLE; a failed publish is told, and loses nothing.
 */
export async function mintAndPublish(
  options: MintAndPublishOptions,
  { held, mints }: Pick<LoadTask<SessionCredentials>, 'held' | 'mints'>,
  over: Provenance | undefined,
): Promise<Minted> {
  const { exchange, mint, clock, tell } = options
  mints()
  const startedAt = localOf(clock)
  const loaded = described(await mint(), exchange, over, clock.now())
  const doubt = doubtAbout(loaded, held, latestOf(clock))
  if (doubt) {
    const message = `What the exchange for ${effectiveRole(exchange)} gave ${doubt}. It is neither used nor published.`
    throw new KeyferryError('EXCHANGE_IMPLAUSIBLE', message, { resource: effectiveRole(exchange) })
  }
  const about = aboutKey(loaded, clock.now())
  tell('info', { type: 'minted', tookMs: localOf(clock) - startedAt, ...about })
  if (!over) return { loaded, mayPublish: true }
  try {
    const version = await publish(loaded, options)
    tell('info', { type: 'published', ...about, version })
    return { loaded: { ...loaded, version }, mayPublish: true }
  } catch (error) {
    tell(isRefusal(error) ? 'error' : 'warning', { type: 'publish-failed', ...about, ...failureOf(error) })
    return { loaded, mayPublish: !isKeyferryError(error, 'SECRET_DENIED') }
  }
}

async function publish(
  { credentials, provenance }: Described,
  { exchange, secrets, clock, settlesWithin }: MintAndPublishOptions,
): Promise<number> {
  const payload = encodePayload(credentials, { exchange, refreshAfter: provenance.refreshAfter })
  // What readers would refuse must not become the newest version.
  decodePayload(payload, clock)
  const adding = secrets.add(payload)
  if (await settlesWithin(adding, PUBLISH_PATIENCE_MS)) return adding
  const message = `The secret did not answer within ${PUBLISH_PATIENCE_MS} ms whether it has the new version.`
  throw new KeyferryError('SECRET_WRITE_FAILED', message, { retryable: true })
}

type Described = Loaded<SessionCredentials> & Required<Pick<Loaded<SessionCredentials>, 'provenance'>>

function described(
  minted: AwsCredentialIdentity,
  exchange: ExchangeOptions,
  over: Provenance | undefined,
  now: number,
): Described {
  const lifeMs = durationSecondsOf(exchange) * SECOND_MS
  const expiresAt = minted.expiration?.getTime() ?? 0
  // By AWS's clock. A life longer than was asked for would put it into the future.
  const issuedAt = Math.min(expiresAt - lifeMs, now)
  // The interval of the version that was read: its writer knows the schedule.
  const intervalMs = over ? over.refreshAfter.getTime() - over.issuedAt.getTime() : lifeMs
  const refreshAfter = issuedAt + (intervalMs < lifeMs ? intervalMs : lifeMs / 3)
  const { accountId = roleParts(effectiveRole(exchange)).accountId } = minted
  return {
    credentials: { ...minted, accountId } as SessionCredentials,
    origin: 'exchange',
    provenance: { issuedAt: new Date(issuedAt), refreshAfter: new Date(refreshAfter) },
  }
}

function doubtAbout(
  loaded: Described,
  held: LoadTask<SessionCredentials>['held'],
  now: number,
): string | undefined {
  const { accessKeyId, secretAccessKey, expiration } = loaded.credentials
  if (!accessKeyId || !secretAccessKey || !expiration) return 'is no whole session credential'
  if (!isValidAt({ expiresAt: expiration.getTime() }, now)) return `expired at ${expiration.toISOString()}`
  const isReplacement = held?.suspect && held.credentials.accessKeyId !== accessKeyId
  if (held && !isReplacement && !isNewer(loaded, held)) return 'is no newer than what is held'
  return undefined
}
