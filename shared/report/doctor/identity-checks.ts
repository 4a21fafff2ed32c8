/** Who this is to Google, and what AWS will read of the token that says so. */
import { DEFAULT_AUDIENCE } from '../../core/exchange.ts'
import type { GoogleIdentityKind } from '../../core/ports.ts'
import { errorOf, valueOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import type { TargetFacts, TokenClaims } from './facts.ts'

const KINDS: Readonly<Record<GoogleIdentityKind, string>> = {
  metadata: 'the metadata server',
  'key-file': 'a key file',
  impersonated: 'impersonation',
  federated: 'workload identity federation',
  user: 'a person’s login with gcloud',
}
const ISSUER = /^(?:https:\/\/)?accounts\.google\.com$/

export function identity({ kind, email, env }: TargetFacts): Finding {
  const error = errorOf(kind) ?? errorOf(email)
  const found = valueOf(kind)
  if (error && !(found === 'user' || found === 'federated'))
    return fail('none was found', {
      cause: error.message,
      fix: fixOf(env),
    })
  const says = `${valueOf(email) ?? 'an identity without an e-mail'}, from ${found ? KINDS[found] : 'an unknown place'}`
  if (found === 'key-file')
    return warn(says, {
      cause:
        'A key file is a long-lived key: whoever has a copy of it is this service account until it is deleted.',
      fix: 'Attach the service account to the workload instead, or use workload identity federation; then unset GOOGLE_APPLICATION_CREDENTIALS.',
    })
  return ok(says)
}

function fixOf(env: NodeJS.ProcessEnv): string {
  if (env['GOOGLE_APPLICATION_CREDENTIALS'])
    return 'unset GOOGLE_APPLICATION_CREDENTIALS (or name a file that is right)'
  return env['GCE_METADATA_HOST'] || env['GCE_METADATA_IP']
    ? 'unset GCE_METADATA_HOST GCE_METADATA_IP (or start the emulator that they name again)'
    : 'gcloud run services update NAME --service-account=EMAIL (or its like for this runtime); on a laptop: gcloud auth application-default login'
}

export function accessToken({ accessToken: answer, subject, email }: TargetFacts): Finding {
  if (subject.secret === undefined) return skipped('no secret is configured')
  if ('skipped' in answer) return skipped(answer.skipped)
  if ('value' in answer) return ok('Google gives one')
  return fail('Google gives none', {
    cause: answer.error.message,
    fix: `gcloud iam service-accounts describe ${valueOf(email) ?? 'EMAIL'}`,
  })
}

export function idToken(facts: TargetFacts): Finding {
  const { claims, subject, kind, email, env } = facts
  if (!subject.exchange) return skipped('no exchange is configured: AWS_ROLE_ARN is not set')
  if ('skipped' in claims) return skipped(claims.skipped)
  if ('error' in claims) {
    const impersonated = subject.exchange.serviceAccount
    const impersonate = valueOf(kind) === 'user' || valueOf(kind) === 'federated'
    return fail('there is none', {
      cause: claims.error.message,
      fix: impersonated
        ? `gcloud iam service-accounts add-iam-policy-binding ${impersonated} --member=serviceAccount:${valueOf(email) ?? 'EMAIL'} --role=roles/iam.serviceAccountOpenIdTokenCreator`
        : impersonate
          ? 'export KEYFERRY_SERVICE_ACCOUNT=EMAIL (an account that this identity may impersonate: roles/iam.serviceAccountOpenIdTokenCreator)'
          : fixOf(env),
    })
  }
  return tokenFinding(claims.value, subject.exchange.audience ?? DEFAULT_AUDIENCE)
}

function tokenFinding({ iss, sub, aud, azp }: TokenClaims, audience: string): Finding {
  const says = `AWS reads :sub = ${sub} (sub), :aud = ${azp ?? aud} (${azp === undefined ? 'aud' : 'azp'}), :oaud = ${aud} (aud)`
  if (iss !== undefined && !ISSUER.test(iss))
    return fail(says, {
      cause: `The token is not Google’s: its issuer is ${iss}.`,
      fix: 'Check GCE_METADATA_HOST and GOOGLE_APPLICATION_CREDENTIALS.',
    })
  if (!sub || !aud)
    return fail(says, {
      cause: `The token has no ${sub ? 'aud' : 'sub'}: AWS refuses it.`,
      fix: 'Run as a service account: gcloud run services update NAME --service-account=EMAIL',
    })
  if (aud !== audience)
    return fail(says, {
      cause: `The token is for ${aud}, not for ${audience} as was asked: what answers is not Google’s metadata server, or the identity is a person’s.`,
      fix: 'Run as a service account, or impersonate one: export KEYFERRY_SERVICE_ACCOUNT=EMAIL',
    })
  return ok(says)
}
