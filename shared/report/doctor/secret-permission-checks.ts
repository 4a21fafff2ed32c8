/** What this identity may do with the secret, as Google says when it is asked, by the table of who needs what; and who else may add. */
import type { KeyferryError } from '../../core/errors.ts'
import { secretParts } from '../../google/endpoints.ts'
import { barrierOf, errorOf, valueOf, wireCodeOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import { grantCommand, secretFlags, ungrantCommand } from './commands.ts'
import { ADDING } from './secret-adders-check.ts'
import { PERMISSIONS, type Permission, type TargetFacts } from './facts.ts'
import type { DoctorRole } from './subject.ts'

const NO_SECRET = 'no secret is configured: KEYFERRY_SECRET is not set'

/** Who needs what on the secret: the table of SECURITY.md and the README. */
const NEEDS: Readonly<Record<DoctorRole, readonly Permission[]>> = {
  writer: ['access', 'add', 'list', 'destroy'],
  consumer: ['access'],
  publisher: ['access', 'add'],
}
const ROLE: Readonly<Record<DoctorRole, Partial<Readonly<Record<Permission, string>>>>> = {
  writer: {
    access: 'secretAccessor',
    add: 'secretVersionManager',
    list: 'secretVersionManager',
    destroy: 'secretVersionManager',
  },
  consumer: { access: 'secretAccessor' },
  publisher: { access: 'secretAccessor', add: 'secretVersionAdder' },
}

export function perimeter(facts: TargetFacts): Finding {
  const { subject, email } = facts
  if (subject.secret === undefined) return skipped(NO_SECRET)
  const refusal = errorsOf(facts).find((error) => barrierOf(error) === 'perimeter')
  if (refusal)
    return fail('it refuses this workload', {
      cause: `A VPC Service Controls perimeter around the secret’s project keeps ${valueOf(email) ?? 'this workload'} out, whatever it may do by IAM: ${refusal.message}`,
      fix: 'gcloud access-context-manager perimeters update PERIMETER --set-ingress-policies=FILE (or run in a project of the perimeter)',
    })
  return 'value' in facts.permitted ? ok('none is in the way') : skipped('Secret Manager did not answer')
}

export function secretManager(facts: TargetFacts): Finding {
  const { subject, permitted } = facts
  if (subject.secret === undefined) return skipped(NO_SECRET)
  if ('skipped' in permitted) return skipped(permitted.skipped)
  const refusal =
    errorOf(permitted) ?? errorsOf(facts).find((error) => error.retryable || barrierOf(error) !== undefined)
  if (!refusal) return ok('it answers')
  if (barrierOf(refusal) === 'perimeter') return skipped('a perimeter refuses')
  return fail('it does not answer as it should', {
    cause: refusal.message,
    fix: wayIn(refusal, subject.secret),
  })
}

function wayIn(refusal: KeyferryError, secret: string): string {
  const { project } = secretParts(secret)
  if (barrierOf(refusal) === 'api-disabled')
    return `gcloud services enable secretmanager.googleapis.com --project=${project}`
  if (barrierOf(refusal) === 'access-scopes')
    return 'gcloud compute instances set-service-account VM --scopes=cloud-platform'
  return wireCodeOf(refusal) === 'RESOURCE_EXHAUSTED'
    ? `See https://console.cloud.google.com/apis/api/secretmanager.googleapis.com/quotas?project=${project}`
    : 'Try again in a minute; see https://status.cloud.google.com, and the check "network-variables"'
}

export function secretExists({ subject, permitted, latest, email }: TargetFacts): Finding {
  const { secret } = subject
  if (secret === undefined) return skipped(NO_SECRET)
  if (!('value' in permitted)) return skipped('Secret Manager did not say')
  if (permitted.value.size > 0) return ok(secret)
  const create = `gcloud secrets create ${secretFlags(secret)}${secret.includes('/locations/') ? '' : ' --replication-policy=automatic'}`
  if ('value' in latest && latest.value === undefined)
    return fail('there is none of this name', { cause: `${secret} does not exist.`, fix: create })
  const who = valueOf(email) ?? 'this identity'
  return fail('it is not there, or nothing may be done with it', {
    cause: `${who} has no role on ${secret}, or there is no such secret: Google answers both alike.`,
    also: ['a role that was granted within the last minutes is not known everywhere yet'],
    fix: `gcloud secrets describe ${secretFlags(secret)} || ${create}; ${grantCommand(secret, valueOf(email), 'secretAccessor')}`,
  })
}

export function secretAccess(facts: TargetFacts): Finding {
  const refusal = errorOf(facts.newest)
  if (refusal?.code === 'SECRET_DENIED' && barrierOf(refusal) === undefined && may(facts, 'access') === true)
    return fail('a read is refused all the same', {
      cause: `Google says that ${PERMISSIONS.access} is granted, yet refuses to read: a condition of the binding, or a policy that denies. ${refusal.message}`,
      fix: `gcloud secrets get-iam-policy ${secretFlags(facts.subject.secret ?? '')}`,
    })
  return needed(facts, 'access')
}

export function secretAdd(facts: TargetFacts): Finding {
  const { as, subject, email } = facts
  if (as !== 'consumer' || may(facts, 'add') === undefined) return needed(facts, 'add')
  if (may(facts, 'add') === false) return ok('it may not, and need not')
  const who = valueOf(email)
  const member = `serviceAccount:${who}`
  const adding = valueOf(facts.bindings)?.find(
    ({ role, members }) => ADDING.has(role) && members.includes(member),
  )
  return warn('it may, and need not', {
    cause: `${who ?? 'This identity'} only reads, but may add versions: with it anyone replaces the credentials of every reader.`,
    also: ['it publishes what it mints: then look with --as publisher'],
    fix: adding
      ? ungrantCommand(subject.secret ?? '', member, adding.role)
      : `gcloud secrets get-iam-policy ${secretFlags(subject.secret ?? '')}`,
  })
}

export function secretList(facts: TargetFacts): Finding {
  return needed(facts, 'list')
}

export function secretDestroy(facts: TargetFacts): Finding {
  return needed(facts, 'destroy')
}

function needed(facts: TargetFacts, permission: Permission): Finding {
  const { as, subject, email } = facts
  const { secret } = subject
  if (secret === undefined) return skipped(NO_SECRET)
  const granted = may(facts, permission)
  if (granted === undefined) return skipped('Secret Manager did not say, or the secret is not there')
  if (!NEEDS[as].includes(permission)) return ok(granted ? 'it may' : `a ${as} need not`)
  if (granted) return ok('it may')
  return fail('it may not', {
    cause: `${valueOf(email) ?? 'This identity'} lacks ${PERMISSIONS[permission]} on ${secret}, which a ${as} needs.`,
    also: ['the role was granted within the last minutes, and is not known everywhere yet'],
    fix: grantCommand(secret, valueOf(email), ROLE[as][permission] ?? 'secretAccessor'),
  })
}

/** Undefined where nobody can say: Secret Manager did not, or nothing at all is permitted. */
function may({ permitted }: TargetFacts, permission: Permission): boolean | undefined {
  const all = valueOf(permitted)
  return all && all.size > 0 ? all.has(permission) : undefined
}

function errorsOf({
  permitted,
  settings,
  bindings,
  versions,
  latest,
  newest,
}: TargetFacts): ReturnType<typeof all> {
  return all([permitted, settings, bindings, versions, latest, newest])
}

function all(answers: readonly Parameters<typeof errorOf>[0][]): NonNullable<ReturnType<typeof errorOf>>[] {
  return answers.map(errorOf).filter((error) => error !== undefined)
}
