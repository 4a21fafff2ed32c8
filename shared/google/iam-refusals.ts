/** What refusals of IAM Credentials mean: Google's status → the cause, and the command that mends it. */
import { asObject, type TokenAttempt, type TokenRefusal } from './token-errors.ts'

/** Who wanted to act as whom. */
export interface ImpersonationAttempt {
  readonly attempt: TokenAttempt
  /** The account to impersonate, and those on the way there. */
  readonly email: string
  readonly delegates: readonly string[]
  /** The caller, as IAM writes it: `serviceAccount:EMAIL`. */
  readonly member: string
}

export interface IamRefusal {
  /** Google's status: `PERMISSION_DENIED`. */
  readonly name: string
  readonly said: string
  readonly meaning: (who: ImpersonationAttempt) => TokenRefusal
}

/** The refusal that an answer is; undefined where it is not one of Google's. */
export function iamRefusal(
  status: number,
  answer: Record<string, unknown> | undefined,
): IamRefusal | undefined {
  const { status: name, message, details } = asObject(answer?.['error']) ?? {}
  if (typeof name !== 'string' || !/^[A-Z_]{1,32}$/.test(name)) return undefined
  const said = typeof message === 'string' ? message : ''
  const reasons = (Array.isArray(details) ? details : []).map((each: unknown) => asObject(each)?.['reason'])
  return { name, said, meaning: (who) => meaningOf(name, said, reasons, status, who) }
}

function meaningOf(
  name: string,
  said: string,
  reasons: readonly unknown[],
  status: number,
  who: ImpersonationAttempt,
): TokenRefusal {
  const { email } = who
  switch (name) {
    case 'PERMISSION_DENIED':
      return denial(said, reasons, who)
    case 'NOT_FOUND':
      return {
        because: 'there is no such service account',
        fix: `Check its e-mail: gcloud iam service-accounts describe ${email}`,
      }
    case 'UNAUTHENTICATED':
      return {
        because: 'Google did not accept the access token of the identity that impersonates',
        fix: 'Check that it exists and is enabled.',
      }
    case 'FAILED_PRECONDITION':
      return {
        because: 'the account is in no state to be impersonated',
        fix: `If it is disabled: gcloud iam service-accounts enable ${email}`,
      }
    case 'RESOURCE_EXHAUSTED':
      return { because: 'a quota is used up', passing: true }
    default:
      return { because: name, passing: status >= 500 || status === 429 }
  }
}

function denial(
  said: string,
  reasons: readonly unknown[],
  { attempt, email, delegates, member }: ImpersonationAttempt,
): TokenRefusal {
  if (reasons.includes('SERVICE_DISABLED') || /has not been used in project|it is disabled/.test(said)) {
    if (member.startsWith('user:'))
      return {
        because: 'the IAM Credentials API is not enabled in the project that the login is charged to',
        fix: 'Name a project where it is: gcloud auth application-default set-quota-project PROJECT',
      }
    return {
      because: 'the IAM Credentials API is not enabled in the project of the identity that impersonates',
      fix: 'Enable it: gcloud services enable iamcredentials.googleapis.com --project=PROJECT',
    }
  }
  if (
    reasons.includes('ACCESS_TOKEN_SCOPE_INSUFFICIENT') ||
    /insufficient authentication scopes/.test(said)
  ) {
    return {
      because: "the machine's access scopes leave out IAM Credentials",
      fix: 'Give it all scopes, and let IAM decide: gcloud compute instances set-service-account VM --scopes=cloud-platform',
    }
  }
  const [first] = delegates
  if (first !== undefined) {
    return {
      because: `the way by ${delegates.join(' and ')} is not open`,
      fix: `Each account must let in the one before it, beginning with: ${grant(first, member, 'serviceAccountTokenCreator')}`,
    }
  }
  // The narrower role will do for what AWS is shown.
  const role =
    attempt.code === 'IDENTITY_TOKEN_FAILED'
      ? 'serviceAccountOpenIdTokenCreator'
      : 'serviceAccountTokenCreator'
  return {
    because: `${member} may not act as it, or there is no such account`,
    fix: `Grant the role, and allow some minutes for it to spread: ${grant(email, member, role)}`,
  }
}

function grant(email: string, member: string, role: string): string {
  return `gcloud iam service-accounts add-iam-policy-binding ${email} --member=${member} --role=roles/iam.${role}`
}
