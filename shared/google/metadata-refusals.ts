/** What it means where the metadata server gives no answer of use, and what mends it. Bodies are never quoted: any may be a token. */
import { KeyferryError, type KeyferryErrorCode } from '../core/errors.ts'
import { LOOPBACK_HOST } from '../core/limits.ts'
import type { HttpResponse } from '../core/ports.ts'
import { withoutDetails } from '../core/redaction.ts'

/** The error for an answer that is not the metadata server's, or a refusal of it. */
export function refused(code: KeyferryErrorCode, { host }: URL, response: HttpResponse): KeyferryError {
  const { status, headers } = response
  const about = { resource: host }
  if (headers['metadata-flavor'] !== 'Google') {
    return new KeyferryError(
      code,
      `What answers at ${host} is not Google's metadata server (status ${status}, no "Metadata-Flavor: Google"). ${IDENTITIES}`,
      { ...about, retryable: mayPassLater(status) },
    )
  }
  if (status === 404) {
    return new KeyferryError(
      code,
      `The metadata server at ${host} knows no service account for this workload (status 404). Attach one: ` +
        'gcloud run services update NAME --service-account=EMAIL, or its like for this runtime.',
      about,
    )
  }
  return new KeyferryError(
    code,
    `The metadata server at ${host} refused to say who this workload is (status ${status}). ` +
      'Check that its service account exists and is enabled: gcloud iam service-accounts describe EMAIL',
    { ...about, retryable: mayPassLater(status) },
  )
}

const FOR_GOOD: ReadonlySet<string> = new Set(['ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EMSGSIZE'])

/** The error where no whole answer came. */
export function unreachable(code: KeyferryErrorCode, { host, hostname }: URL, error: unknown): KeyferryError {
  const cause = withoutDetails(error)
  const { code: why } = cause as { code?: unknown }
  const isStopped = why === 'ECONNREFUSED' && LOOPBACK_HOST.test(hostname)
  return new KeyferryError(
    code,
    `No metadata server answered at ${host} (${typeof why === 'string' ? why : cause.message}). ${isStopped ? EMULATOR_STOPPED : IDENTITIES}`,
    // A name or a network that does not exist will not exist in a moment either, nor will an answer have shrunk; a refusal
    // passes on a starting GKE node.
    { cause, resource: host, retryable: !FOR_GOOD.has(String(why)) },
  )
}

function mayPassLater(status: number): boolean {
  return status >= 500 || status === 429
}

const IDENTITIES =
  'A workload has an identity of its own on Cloud Run, Cloud Functions, GKE and Compute Engine; elsewhere, set ' +
  'GOOGLE_APPLICATION_CREDENTIALS to a credential file, log in by gcloud auth application-default login ' +
  '--impersonate-service-account=EMAIL, or try the emulator: npx keyferry emulator'

const EMULATOR_STOPPED =
  'Nothing listens there. If it was an emulator, start it again and load its new file, ' +
  'or unset GCE_METADATA_HOST and its like: npx -- keyferry emulator --env-file FILE'
