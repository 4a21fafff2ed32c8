/** How the secret is set up, and what it costs. */
import { MINUTE_MS, SECOND_MS } from '../../core/limits.ts'
import { durationText } from '../duration-text.ts'
import type { SecretSettings } from '../../google/secret-inspection.ts'
import { errorOf, valueOf, wireCodeOf, wireTextOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import { secretFlags } from './commands.ts'
import type { TargetFacts } from './facts.ts'

/** Each active version costs this much a month and location. https://cloud.google.com/secret-manager/pricing */
const VERSION_USD_A_MONTH = 0.06
/** A superseded version stays for its last holders. */
const KEPT_MS = 120 * MINUTE_MS

export function secretCost(facts: TargetFacts): Finding {
  const { subject, versions, settings, permitted } = facts
  if ('skipped' in versions) return skipped(versions.skipped)
  if ('error' in versions) return skipped(versions.error.message)
  const active = versions.value.filter(({ state }) => state !== 'DESTROYED')
  const locations = valueOf(settings)?.locations ?? 1
  const price = (active.length * locations * VERSION_USD_A_MONTH).toFixed(2)
  const says = `${active.length} active, $${price} a month at list price`
  const expected = expectedVersions(facts)
  if (active.length <= 2 * expected) return ok(says)
  const pending = active.filter(({ destroyAt }) => destroyAt !== undefined).length
  if (pending > active.length / 2)
    return warn(says, {
      cause: `${pending} of them are destroyed already, and wait for the secret’s delay of destruction.`,
      fix: `gcloud secrets update ${secretFlags(subject.secret ?? '')} --remove-version-destroy-ttl`,
    })
  const canDestroy = valueOf(permitted)?.has('destroy') === true
  return warn(says, {
    cause: canDestroy
      ? `The schedule leaves about ${expected}: versions that Keyferry did not write are never destroyed by it, and neither is what no run has pruned.`
      : `The schedule leaves about ${expected}: nobody destroys what is dead.`,
    fix: `keyferry prune ${subject.name}`,
  })
}

/** What a writer leaves behind: what is younger than two hours or alive, and the newest ones whatever they are. */
function expectedVersions({ subject: { schedule } }: TargetFacts): number {
  if (!schedule) return 8
  const kept = Math.min(schedule.durationSeconds * SECOND_MS, KEPT_MS)
  return Math.max(4, Math.ceil(kept / (schedule.refreshAfterSeconds * SECOND_MS)) + 3)
}

export function secretDestroyDelay({ subject, settings }: TargetFacts): Finding {
  const known = settingsOr(settings)
  if ('level' in known) return known
  const { destroyDelaySeconds: delay } = known
  if (delay === undefined) return ok('what is destroyed is gone at once')
  const every = subject.schedule?.refreshAfterSeconds ?? 1_200
  const waiting = Math.round(delay / every)
  return warn(`a destroyed version stays ${durationText(delay)}`, {
    cause: `version_destroy_ttl keeps what is destroyed, disabled and billed: about ${waiting} versions, $${(waiting * known.locations * VERSION_USD_A_MONTH).toFixed(2)} a month.`,
    fix: `gcloud secrets update ${secretFlags(subject.secret ?? '')} --remove-version-destroy-ttl`,
  })
}

export function secretEncryption({ subject, settings, newest, latest }: TargetFacts): Finding {
  const { kmsKeys = [] } = valueOf(settings) ?? {}
  const refusal = [errorOf(newest), errorOf(latest)].find(
    (error) => wireCodeOf(error) === 'FAILED_PRECONDITION',
  )
  if (refusal)
    return fail('the payload cannot be decrypted', {
      cause: `Secret Manager refuses to read, for a reason that is no version’s state: ${kmsKeys.length > 0 ? `the key ${kmsKeys[0]} is disabled, destroyed or out of reach` : 'mostly its customer-managed key is disabled, destroyed or out of reach'} (${wireTextOf(refusal)}).`,
      fix: kmsKeys[0]
        ? `gcloud kms keys versions list --key=${kmsKeys[0].split('/').at(-1)} --keyring=${part(kmsKeys[0], 'keyRings')} --location=${part(kmsKeys[0], 'locations')} --project=${part(kmsKeys[0], 'projects')}`
        : `gcloud secrets describe ${secretFlags(subject.secret ?? '')}`,
    })
  const known = settingsOr(settings)
  if ('level' in known) return known
  return ok(kmsKeys.length === 0 ? 'Google’s own keys' : `customer-managed: ${kmsKeys.join(', ')}`)
}

export function secretExpiration({ subject, settings, now }: TargetFacts): Finding {
  const known = settingsOr(settings)
  if ('level' in known) return known
  if (!known.expiresAt) return ok('none')
  const seconds = Math.max(0, (known.expiresAt.getTime() - now) / SECOND_MS)
  return fail(`it is deleted in ${durationText(seconds)}`, {
    cause: `The whole secret, with all its versions, is set to be deleted at ${known.expiresAt.toISOString()}: every reader fails from then on.`,
    fix: `gcloud secrets update ${secretFlags(subject.secret ?? '')} --remove-expiration`,
  })
}

export function secretRotation({ settings }: TargetFacts): Finding {
  const known = settingsOr(settings)
  if ('level' in known) return known
  if (known.rotationSeconds === undefined && !known.nextRotationAt) return ok('none: the schedule does it')
  const every = known.rotationSeconds === undefined ? 'once' : `every ${durationText(known.rotationSeconds)}`
  return ok(`${known.topics.join(', ')} is told ${every}: it helps where refreshOnEvent listens`)
}

function settingsOr(settings: TargetFacts['settings']): SecretSettings | Finding {
  if ('value' in settings) return settings.value
  return skipped('skipped' in settings ? settings.skipped : `it cannot be seen: ${settings.error.message}`)
}

/** What follows `name` in a resource's path. */
function part(resource: string, name: string): string {
  const parts = resource.split('/')
  return parts[parts.indexOf(name) + 1] ?? name.toUpperCase()
}
