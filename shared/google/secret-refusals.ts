/** What Secret Manager's refusals mean, each with the command that mends it. */
import type { KeyferryErrorCode } from '../core/errors.ts'
import { secretParts } from './endpoints.ts'

export type SecretAct = 'read' | 'add' | 'list' | 'destroy' | 'inspect'

/** What an adapter tried, as the message will say it. */
export interface SecretAttempt {
  readonly act: SecretAct
  /** `projects/P/secrets/S` or `projects/P/locations/L/secrets/S`. */
  readonly secret: string
  readonly version?: 'latest' | number
  /** What the server may quote and nobody may see: the access token, the payload. */
  readonly secrets?: readonly string[]
}

/** What came back instead: gRPC's name of the status, and what Google says of it. */
export interface SecretFailure {
  readonly status: string
  /** Google's own words, where it is known that they are Google's: what a proxy answers is not quoted. */
  readonly message?: string
  /** The `reason` of Google's ErrorInfo. */
  readonly reason?: string
}

/** A refusal in Keyferry's terms. */
export interface Meaning {
  readonly code: KeyferryErrorCode
  readonly because: string
  readonly fix?: string
  /** Where it is not IAM that refuses: what does. */
  readonly barrier?: SecretBarrier
}

/** What stands before IAM, and refuses whoever may do what. */
export type SecretBarrier = 'api-disabled' | 'access-scopes' | 'perimeter'

/** What `failure` means for what was tried. */
export function meaningOf({ act, secret, version }: SecretAttempt, failure: SecretFailure): Meaning {
  const { project, location, id } = secretParts(secret)
  const where = `--project=${project}${location ? ` --location=${location}` : ''}`
  switch (failure.status) {
    case 'NOT_FOUND':
      return typeof version === 'number'
        ? { code: 'SECRET_NOT_FOUND', because: 'there is no such version' }
        : act === 'read'
          ? {
              code: 'SECRET_NOT_FOUND',
              because: 'there is no such secret, or it has no version yet',
              fix: `Create it (gcloud secrets create ${id} ${where}), then: npx keyferry refresh`,
            }
          : {
              code: 'SECRET_NOT_FOUND',
              because: 'there is no such secret',
              fix: `Create it: gcloud secrets create ${id} ${where}`,
            }
    case 'PERMISSION_DENIED':
      return { code: 'SECRET_DENIED', ...denial(failure, act, `${id} ${where}`, project) }
    case 'UNAUTHENTICATED':
      return {
        code: 'ACCESS_TOKEN_FAILED',
        because: 'Google did not accept the access token',
        fix: "Check that the workload's service account exists and is enabled, and this machine's clock.",
      }
    case 'RESOURCE_EXHAUSTED':
      return {
        code: failedCode(act),
        because: `a quota of ${project} is used up`,
        fix: `See https://console.cloud.google.com/apis/api/secretmanager.googleapis.com/quotas?project=${project}`,
      }
    case 'FAILED_PRECONDITION':
      return precondition(failure.message ?? '', act, `${version} --secret=${id} ${where}`)
    default:
      return { code: failedCode(act), because: failure.status }
  }
}

// Only these two texts are states of a version. Anything else, a lost key of a CMEK secret say, is a failed call.
function precondition(message: string, act: SecretAct, versionFlags: string): Meaning {
  const [, state] = /\bis in (DISABLED|DESTROYED) state\b/.exec(message) ?? []
  if (state === 'DISABLED') {
    return {
      code: 'SECRET_DISABLED',
      because: 'this version is disabled',
      fix: `To enable it: gcloud secrets versions enable ${versionFlags}`,
    }
  }
  if (state === 'DESTROYED') return { code: 'SECRET_DESTROYED', because: 'this version is destroyed' }
  return { code: failedCode(act), because: 'a precondition does not hold' }
}

function denial(
  { message = '', reason = '' }: SecretFailure,
  act: SecretAct,
  secretFlags: string,
  project: string,
): Omit<Meaning, 'code'> {
  if (reason === 'SERVICE_DISABLED' || /has not been used in project|it is disabled/.test(message)) {
    return {
      barrier: 'api-disabled',
      because: `the Secret Manager API is not enabled in ${project}`,
      fix: `Enable it: gcloud services enable secretmanager.googleapis.com --project=${project}`,
    }
  }
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' || /insufficient authentication scopes/.test(message)) {
    return {
      barrier: 'access-scopes',
      because: "the machine's access scopes leave out Secret Manager",
      fix: 'Give it all scopes, and let IAM decide: gcloud compute instances set-service-account VM --scopes=cloud-platform',
    }
  }
  if (reason === 'SECURITY_POLICY_VIOLATED' || /prohibited by organization's policy/.test(message)) {
    return {
      barrier: 'perimeter',
      because: 'a VPC Service Controls perimeter forbids it',
      fix: 'Let the perimeter admit this workload.',
    }
  }
  return {
    because: 'permission denied',
    fix:
      `Grant the role, and allow some minutes for it to spread: gcloud secrets add-iam-policy-binding ${secretFlags} ` +
      `--member=serviceAccount:EMAIL --role=roles/secretmanager.${ROLE[act]}; if there is no such secret, which Google tells only ` +
      `who may see it, create it: gcloud secrets create ${secretFlags}`,
  }
}

const ROLE: Readonly<Record<SecretAct, string>> = {
  read: 'secretAccessor',
  add: 'secretVersionAdder',
  list: 'secretVersionManager',
  destroy: 'secretVersionManager',
  inspect: 'viewer',
}

/** The code of an act that failed for no reason of its own. */
export function failedCode(act: SecretAct): KeyferryErrorCode {
  return act === 'add' || act === 'destroy' ? 'SECRET_WRITE_FAILED' : 'SECRET_UNREADABLE'
}
