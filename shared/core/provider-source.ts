/** A bare provider as a source: asked when little life is left, and only as often as it can bear. */
import type { AwsCredentialIdentity } from '@smithy/types'
import type { CredentialSource } from './credential-source.ts'
import { KeyferryError } from './errors.ts'
import { advisoryWindowMs, backOff, between, isMandatoryAt, isRefusal, refusedBackOff } from './instants.ts'
import { MINUTE_MS, SECOND_MS } from './limits.ts'
import { isNewer } from './newness.ts'
import type { Clock, Random } from './ports.ts'

export interface ProviderSourceOptions {
  readonly clock: Clock
  readonly random: Random
  /** Remaining life from which on it is asked again, in milliseconds. @default by lifetime */
  readonly advisoryWindowMs?: number | undefined
}

/** Instances that started together must not ask together: each waits a part of the window, up to this one. */
const JITTER = 0.1
const SUSPECT_EVERY_MS = 5 * MINUTE_MS
/** The longest wait after a failure that may pass: in the last minute there is no time for more. */
const WAIT_MS = { advisory: MINUTE_MS, mandatory: 10 * SECOND_MS }

export function providerSource<C extends AwsCredentialIdentity>(
  load: () => Promise<C>,
  { clock, random, advisoryWindowMs: configuredMs }: ProviderSourceOptions,
): CredentialSource<C> {
  const refused = refusedBackOff(random)
  const failed = backOff(5 * SECOND_MS, WAIT_MS.advisory, random)
  let advisoryAt = Infinity
  let notBefore = -Infinity
  let notBeforeMandatory = -Infinity
  let suspectNotBefore = -Infinity

  return {
    kind: 'provider',
    async load({ purpose, held, mints }) {
      const now = clock.now()
      // AWS may refuse whatever it is given; the provider must not be asked each time.
      if (purpose === 'suspect' && now < suspectNotBefore) return undefined
      if (purpose === 'forced' && now < notBefore) return undefined
      if (held?.suspect) suspectNotBefore = now + SUSPECT_EVERY_MS
      mints()
      const credentials = await load()
      const loaded = { credentials, origin: 'provider' as const }
      if (!credentials?.accessKeyId) throw unusable('no credentials')
      const isOther = credentials.accessKeyId !== held?.credentials.accessKeyId
      if (held && !isNewer(loaded, held) && !(held.suspect && isOther)) {
        throw unusable('credentials that are no newer than those that are held')
      }
      return loaded
    },
    dueAt(held, now) {
      if (held.suspect) return Math.max(suspectNotBefore, notBefore)
      return Math.max(advisoryAt, isMandatoryAt(held, now) ? notBeforeMandatory : notBefore)
    },
    advisoryAt: () => advisoryAt,
    onHeld({ expiresAt, since }) {
      const lifetimeMs = expiresAt - since
      // A window as long as the life would ask without end.
      const windowMs = Math.min(configuredMs ?? advisoryWindowMs(lifetimeMs), 0.8 * lifetimeMs)
      advisoryAt = expiresAt === Infinity ? Infinity : expiresAt - windowMs * (1 - between(0, JITTER, random))
      forgetFailures()
    },
    onFailed(error, now) {
      const waitMs = (isRefusal(error) ? refused : failed).next()
      notBefore = now + waitMs
      notBeforeMandatory = isRefusal(error) ? notBefore : now + Math.min(waitMs, WAIT_MS.mandatory)
    },
    onThawed: forgetFailures,
  }

  function forgetFailures(): void {
    notBefore = notBeforeMandatory = -Infinity
    refused.reset()
    failed.reset()
  }
}

function unusable(what: string): KeyferryError {
  return new KeyferryError('EXCHANGE_IMPLAUSIBLE', `The provider gave ${what}.`, { retryable: true })
}
