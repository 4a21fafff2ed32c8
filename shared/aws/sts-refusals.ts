/** What STS's refusals mean: AWS's code on the wire → the cause, and what mends it. */
import { DEFAULT_AUDIENCE, roleParts } from '../core/exchange.ts'
import { claimsOf } from '../core/id-token.ts'
import { ROLE_ARN, SERVICE_ACCOUNT } from '../core/limits.ts'

/** What an adapter tried, as the message will say it. */
export interface StsAttempt {
  readonly act: 'AssumeRoleWithWebIdentity' | 'AssumeRole' | 'GetCallerIdentity'
  readonly region: string
  /** The role to assume; absent for GetCallerIdentity. */
  readonly roleArn?: string
  readonly idToken?: string
  /** What AWS may quote and nobody may see, beside the ID token. */
  readonly secrets?: readonly string[]
}

/** A refusal in Keyferry's terms. */
export interface StsMeaning {
  readonly because: string | ((attempt: StsAttempt) => string)
  readonly fix?: string | ((attempt: StsAttempt, said: string) => string)
  /** Whether it may pass by itself. @default false */
  readonly passing?: boolean | ((said: string) => boolean)
}

/** What `code` means; without one, the answer is not one of STS's. */
export function meaningOf(code: string | undefined, status: number): StsMeaning {
  if (code !== undefined && Object.hasOwn(MEANINGS, code)) return MEANINGS[code] as StsMeaning
  if (status === 429) return THROTTLED
  if (status >= 500) return UNAVAILABLE
  return code === undefined ? FOREIGN : { because: 'AWS refuses the request' }
}

/** The code on the wire for what the SDK calls an error: it puts "Exception" behind some. */
export function wireCode(name: string): string {
  const short = name.replace(/Exception$/, '')
  return !Object.hasOwn(MEANINGS, name) && Object.hasOwn(MEANINGS, short) ? short : name
}

const THROTTLED: StsMeaning = {
  because: 'AWS throttles this account or address',
  fix: 'Mint less often, or spread the exchanges in time.',
  passing: true,
}
const UNAVAILABLE: StsMeaning = { because: 'STS failed by itself', passing: true }

const MEANINGS: Readonly<Record<string, StsMeaning>> = {
  AccessDenied: {
    because: (attempt) => DENIED[attempt.act].because,
    fix: (attempt) => DENIED[attempt.act].fix(attempt),
  },
  ExpiredTokenException: {
    because: 'the ID token has expired',
    fix: "Check this machine's clock: Google's tokens live an hour.",
  },
  IDPCommunicationError: { because: "AWS could not get Google's signing keys", passing: true },
  IDPRejectedClaim: {
    because: 'AWS rejected a claim of the ID token',
    fix: 'Check that the service account still exists and is enabled: gcloud iam service-accounts describe EMAIL',
  },
  InvalidIdentityToken: {
    because: 'AWS does not accept the ID token',
    fix: 'Google is built into AWS: if the account has an identity provider of its own for accounts.google.com, remove that (aws iam list-open-id-connect-providers).',
    passing: (said) => /retrieve verification key/i.test(said),
  },
  MalformedPolicyDocument: {
    because: 'the session policy is not valid',
    fix: 'Check "policy": aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY --policy-document file://POLICY.json',
  },
  PackedPolicyTooLarge: {
    because: 'the session policy is too large once AWS has packed it',
    fix: 'Shorten "policy", or move it into a managed policy and name that in "policyArns".',
  },
  RegionDisabledException: {
    because: ({ region }) => `STS is not activated in ${region} for this account`,
    fix: 'Activate it in the account settings of IAM, or set AWS_REGION to another region.',
  },
  ValidationError: {
    because: 'a parameter is out of its bounds',
    fix: ({ roleArn }, said) =>
      /MaxSessionDuration/i.test(said) && roleArn
        ? `Ask for less (durationSeconds), or allow more: aws iam update-role --role-name ${roleParts(roleArn).name} --max-session-duration SECONDS`
        : 'Check roleArn, sessionName, durationSeconds and the policies.',
  },
  ExpiredToken: { because: 'the credentials have expired' },
  InvalidClientTokenId: {
    because: 'AWS does not know the credentials: they are deleted, or were never valid',
  },
  SignatureDoesNotMatch: {
    because: 'the signature is wrong',
    fix: "The secret key does not belong to the access key, or this machine's clock is off.",
    passing: (said) => /signature (?:expired|not yet current)/i.test(said),
  },
  Throttling: THROTTLED,
  ThrottlingException: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  TooManyRequestsException: THROTTLED,
  InternalFailure: UNAVAILABLE,
  ServiceUnavailable: UNAVAILABLE,
}

const FOREIGN: StsMeaning = {
  because: 'what answered is not STS',
  fix: 'Check AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL and HTTPS_PROXY.',
}

const DENIED: Readonly<Record<StsAttempt['act'], { because: string; fix(attempt: StsAttempt): string }>> = {
  AssumeRoleWithWebIdentity: {
    because: 'its trust policy does not let this Google identity in, or there is no such role',
    fix: ({ idToken = '', roleArn }) =>
      `${presented(idToken)}AWS compares accounts.google.com:sub with the token's sub, :oaud with its aud (the audience asked for), ` +
      'and :aud with its azp (the service account), so a policy with the audience under :aud matches nobody. ' +
      `${trustCommands(idToken, roleArn)} A role that was just created needs a minute.`,
  },
  AssumeRole: {
    because: 'the role before it in the chain may not assume it, or there is no such role',
    fix: () =>
      'Its trust policy must name that role (and the external id, if one is demanded), and that role must be allowed sts:AssumeRole on it.',
  },
  GetCallerIdentity: { because: 'permission denied', fix: () => '' },
}

// With the identity spelt out they can be run anywhere, whoever runs them; what a shell would take apart has to be typed.
function trustCommands(idToken: string, roleArn = ''): string {
  const { sub = '', azp = '', aud = DEFAULT_AUDIENCE } = claimsOf(idToken) ?? {}
  const flags = [
    ...(/^\d{21}$/.test(sub) ? [` --unique-id ${sub}`] : []),
    ...(/^\d{21}$/.test(sub) && SERVICE_ACCOUNT.test(azp) ? [` --email ${azp}`] : []),
    ...(aud !== DEFAULT_AUDIENCE && /^[\w.:/-]+$/.test(aud) ? [` --audience ${aud}`] : []),
  ].join('')
  const name = ROLE_ARN.test(roleArn) ? roleParts(roleArn).name : 'ROLE'
  return (
    `What is wrong with it: aws iam get-role --role-name ${name} | keyferry trust-policy --lint - --explain${flags}. ` +
    `The policy that fits, as a command: keyferry trust-policy --update --role ${name}${flags}.`
  )
}

function presented(idToken: string): string {
  const { sub, azp, aud } = claimsOf(idToken) ?? {}
  return sub ? `The token has sub ${sub}, azp ${azp}, aud ${aud}. ` : ''
}
