/** What refusals of Google's token endpoints mean: OAuth's code → the cause, and what mends it. */
import type { HttpResponse } from '../core/ports.ts'
import {
  foreignAnswer,
  objectIn,
  refusedToken,
  type TokenAttempt,
  type TokenRefusal,
} from './token-errors.ts'

/** What was presented: the key of a service account, a user's refresh token, a token of another identity provider. */
export type Presented =
  | { readonly kind: 'key'; readonly email: string }
  | { readonly kind: 'user' }
  | { readonly kind: 'subject-token' }

/** The error for an answer of a token endpoint that is not a token. */
export function oauthRefused(attempt: TokenAttempt, presented: Presented, response: HttpResponse): Error {
  const {
    error: name,
    error_description: description,
    error_subtype: subtype,
  } = objectIn(response.body) ?? {}
  if (typeof name !== 'string' || !/^[a-z_]{1,40}$/.test(name)) return foreignAnswer(attempt, response)
  const said = typeof description === 'string' ? description : ''
  const passing = response.status >= 500 || response.status === 429
  const meaning = passing
    ? { because: name, passing }
    : MEANINGS[presented.kind](name, said, presented, subtype)
  return refusedToken(attempt, meaning, { name, said })
}

const MEANINGS: Readonly<
  Record<
    Presented['kind'],
    (name: string, said: string, presented: Presented, subtype: unknown) => TokenRefusal
  >
> = {
  key: (name, said, presented) => keyRefusal(name, said, presented as Presented & { kind: 'key' }),
  user: (name, _, __, subtype) =>
    name === 'invalid_grant'
      ? {
          because:
            subtype === 'invalid_rapt'
              ? 'the organisation wants the user to log in anew from time to time'
              : 'the login has expired or was revoked',
          fix: 'Log in again: gcloud auth application-default login',
        }
      : { because: name, fix: 'Log in again: gcloud auth application-default login' },
  'subject-token': (name) =>
    name === 'invalid_target'
      ? {
          because: 'there is no such workload identity provider, or it is disabled',
          fix: 'Check "audience" in the file: gcloud iam workload-identity-pools providers describe PROVIDER --location=global --workload-identity-pool=POOL',
        }
      : {
          because: `the workload identity provider does not accept the token that was presented: ${name}`,
          fix: 'Check its issuer, allowed audiences and attribute condition: gcloud iam workload-identity-pools providers describe PROVIDER --location=global --workload-identity-pool=POOL',
        },
}

function keyRefusal(name: string, said: string, { email }: { email: string }): TokenRefusal {
  if (/reasonable timeframe|short-lived token|\biat\b/i.test(said)) {
    // The answer was dated: the next assertion may be made by a clock that was set right.
    return {
      because: "this machine's clock is wrong",
      fix: 'Set it: the assertion is dated by it.',
      passing: true,
    }
  }
  if (/account not found/i.test(said)) {
    return {
      because: 'there is no such service account',
      fix: `It may have been deleted: gcloud iam service-accounts describe ${email}`,
    }
  }
  if (name === 'invalid_grant') {
    return {
      because: 'Google does not accept the key: it was deleted or disabled, or has expired',
      fix: `Compare "private_key_id" in the file with: gcloud iam service-accounts keys list --iam-account=${email}`,
    }
  }
  return {
    because: name,
    fix: `Check that the account exists and is enabled: gcloud iam service-accounts describe ${email}`,
  }
}
