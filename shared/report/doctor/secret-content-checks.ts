/** What the newest version holds: whose it is, how old, and whether it may be believed. */
import { assumedRoleParts, effectiveRole, grantOf, roleParts } from '../../core/exchange.ts'
import { fallbackWindow } from '../../core/fallback-window.ts'
import { SECOND_MS } from '../../core/limits.ts'
import { isStopped } from '../../core/newest-version.ts'
import { displayKey } from '../../core/redaction.ts'
import { dueAt } from '../../core/verdict.ts'
import type { VersionReading } from '../../core/version-reading.ts'
import { durationText } from '../duration-text.ts'
import { valueOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import type { TargetFacts } from './facts.ts'

const NOT_READ = 'it could not be read'

export function secretStopped({ subject, newest }: TargetFacts): Finding {
  const reading = valueOf(newest)
  if (!reading) return skipped(NOT_READ)
  if (!isStopped(reading)) return ok('nobody stopped it')
  return fail(`version ${reading.top?.version}, the newest, is disabled`, {
    cause: `An operator stopped the secret by disabling its newest version, ${reading.top?.version}: nobody mints or publishes.`,
    fix: `keyferry refresh ${subject.name} --force`,
  })
}

export function secretPayload({ as, subject, newest }: TargetFacts): Finding {
  const top = topOf(newest)
  if (typeof top === 'string') return skipped(top)
  const { version, stored, problem } = top
  const takeOver = `keyferry refresh ${subject.name} --force`
  if (problem?.code === 'SECRET_DESTROYED')
    return warn(`version ${version}, the newest, is destroyed`, {
      cause: 'Somebody destroyed the newest version: readers fall back on the one before it.',
      fix: `keyferry refresh ${subject.name}`,
    })
  if (!stored)
    return fail(`version ${version} is no credential document`, {
      cause: problem?.message ?? 'It cannot be read as credentials.',
      fix: takeOver,
    })
  if (stored.provenance) return ok(`version ${version}, key ${displayKey(stored.credentials.accessKeyId)}`)
  const foreign = {
    cause:
      'Something else than Keyferry wrote the newest version: it does not say which role and grant it is of.',
    fix: takeOver,
  }
  // A reader without an exchange may take it as it is.
  return as === 'writer' || subject.exchange
    ? fail(`version ${version} was not written by Keyferry`, foreign)
    : warn(`version ${version} was not written by Keyferry`, foreign)
}

export function secretContended({ as, subject, newest, now }: TargetFacts): Finding {
  const top = topOf(newest)
  if (typeof top === 'string') return skipped(top)
  const { stored, version } = top
  if (!stored?.provenance) return skipped('the version does not say whose it is')
  const { roleArn, grant } = stored.provenance
  if (!subject.exchange) return ok(roleArn)
  const wanted = effectiveRole(subject.exchange)
  const isLive = stored.credentials.expiration.getTime() > now
  const force = `keyferry refresh ${subject.name} --force`
  if (roleArn !== wanted && isLive)
    return fail(`version ${version} is of ${roleArn}`, {
      cause:
        as === 'writer'
          ? `Another writer uses this secret, or the role was changed: it holds credentials of ${roleArn}, and ${wanted} is configured here.`
          : `The reader’s exchange says ${wanted}, and the secret’s writer ${roleArn}: they do not agree on the role.`,
      fix: as === 'writer' ? `Give each role its own secret, or: ${force}` : `export AWS_ROLE_ARN=${roleArn}`,
    })
  if (grant === grantOf(subject.exchange)) return ok(wanted)
  const says = `version ${version} may do something else`
  if (as === 'writer')
    return warn(says, {
      cause:
        'The policy, chain or session name was changed since it was written: the next refresh replaces it.',
      fix: `keyferry refresh ${subject.name}`,
    })
  return fail(says, {
    cause:
      'The reader’s exchange and the secret’s writer do not agree on the chain, the session policies or the session name.',
    fix: 'Make the reader’s exchange and the writer’s target agree: see the README, "Configuration".',
  })
}

export function secretFresh({ as, subject, newest, now }: TargetFacts): Finding {
  const reading = valueOf(newest)
  if (!reading) return skipped(NOT_READ)
  const refresh = `keyferry refresh ${subject.name}`
  if (!reading.top) {
    const trouble = {
      cause: 'The secret has no version yet: the first refresh writes version 1.',
      fix: refresh,
    }
    return as === 'writer' || subject.exchange ? warn('it is empty', trouble) : fail('it is empty', trouble)
  }
  const { stored, problem } = reading.top
  if (isStopped(reading) || !stored) return skipped('its newest version holds no credentials')
  const expires = stored.credentials.expiration.getTime()
  const leftSeconds = (expires - now) / SECOND_MS
  const notRunning = {
    also: [
      'the function’s runs fail: gcloud functions logs read NAME',
      'the scheduler’s account lacks run.invoker on the function',
    ],
    fix: `${refresh}; then: gcloud scheduler jobs list --location=LOCATION`,
  }
  if (problem?.code === 'CREDENTIALS_EXPIRED' || leftSeconds <= 0)
    return fail(`it expired ${durationText(Math.max(0, -leftSeconds))} ago`, {
      cause:
        'The credentials have expired, and no run has replaced them: the schedule does not fire, or its runs fail.',
      ...notRunning,
    })
  const lateSeconds = (now - overdueAt({ as, subject }, stored)) / SECOND_MS
  if (lateSeconds > 0)
    return warn(`it is overdue by ${durationText(lateSeconds)}`, {
      cause: `The credentials should have been replaced by now, and live another ${durationText(leftSeconds)}: the schedule does not fire, or its runs fail.`,
      ...notRunning,
    })
  return ok(`${durationText(leftSeconds)} left`)
}

/** A whole period after it was due; a reader, who knows no schedule, counts from when consumers begin to mint for themselves. */
function overdueAt(
  { as, subject }: Pick<TargetFacts, 'as' | 'subject'>,
  stored: NonNullable<VersionReading['stored']>,
): number {
  const expires = stored.credentials.expiration.getTime()
  if (!stored.provenance) return expires
  const { issuedAt, refreshAfter } = stored.provenance
  if (as === 'writer' && subject.schedule) {
    const at = dueAt(stored, subject.schedule)
    // Before its issue nothing was due: then the configuration changed, and what it was made for tells what was missed.
    const dueSince = at < issuedAt.getTime() ? refreshAfter.getTime() : at
    return dueSince + subject.schedule.everySeconds * SECOND_MS
  }
  return expires - fallbackWindow(expires - issuedAt.getTime(), expires - refreshAfter.getTime()).ceilingMs
}

export function secretGenuine({ subject, newest, canary }: TargetFacts): Finding {
  const stored = valueOf(newest)?.newest?.stored
  if (!stored) return skipped('there are no valid credentials to ask about')
  if ('skipped' in canary) return skipped(canary.skipped)
  const refresh = `keyferry refresh ${subject.name}`
  if ('error' in canary) {
    if (canary.error.retryable || canary.error.code !== 'IDENTITY_CHECK_FAILED')
      return skipped(`AWS did not say: ${canary.error.message}`)
    return fail('AWS does not know the key', {
      cause: 'The stored key was revoked, its role was deleted, or somebody else wrote it.',
      fix: refresh,
    })
  }
  const { arn, accountId } = canary.value
  const claimed = stored.provenance?.roleArn
  const real = assumedRoleParts(arn)
  if (
    claimed !== undefined &&
    (roleParts(claimed).name !== real?.name || roleParts(claimed).accountId !== accountId)
  )
    return fail(`AWS knows it as ${arn}`, {
      cause: `The version says that it is of ${claimed}, but AWS knows its key as ${arn}: somebody else wrote it.`,
      fix: `${refresh}; then look at who may add versions`,
    })
  return ok(arn)
}

export function secretLatest({ latest, newest }: TargetFacts): Finding {
  const [hint, top] = [valueOf(latest), valueOf(newest)?.top]
  if (!top || !hint) return skipped(valueOf(newest) ? 'it has no version' : NOT_READ)
  if (hint.version === 0 || hint.version >= top.version) return ok(`version ${top.version}, the newest`)
  return warn(`it says version ${hint.version}, the newest is ${top.version}`, {
    cause: `latest lags behind by ${top.version - hint.version}: it is only eventually consistent. Keyferry’s readers are not concerned; gcloud and other tools get the older one.`,
    fix: 'Wait some minutes; read with keyferry credential-process rather than with gcloud secrets versions access latest',
  })
}

/** The newest version, or why there is nothing to say of it. */
function topOf(newest: TargetFacts['newest']): VersionReading | string {
  const reading = valueOf(newest)
  if (!reading) return NOT_READ
  if (!reading.top) return 'it has no version'
  return isStopped(reading) ? 'its newest version is disabled' : reading.top
}
