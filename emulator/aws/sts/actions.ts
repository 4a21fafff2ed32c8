/** What STS does: trades an ID token or another role's session for a session, and says whose a session is. */
import { keysOfAnyRequest } from '../../../shared/core/trust/request-context.ts'
import { evaluateRoleTrust, evaluateTrust } from '../../../shared/core/trust.ts'
import type { GoogleTokens } from '../../google/tokens.ts'
import type { EmulatorClock } from '../../options.ts'
import type { HttpCall } from '../../wire/http-api.ts'
import type { Role, Roles } from '../roles.ts'
import type { Session } from '../sessions.ts'
import { verify, type SignatureProblem, type SignatureRules } from '../signature.ts'
import type { XmlNode } from '../xml.ts'
import { stsRefusal } from './errors.ts'
import { assumeParameters, text, type AssumeParameters } from './parameters.ts'
import { verifiedClaims } from './web-identity-token.ts'

export interface StsWorld extends SignatureRules {
  readonly roles: Roles
  readonly google: GoogleTokens
  readonly clock: EmulatorClock
  readonly settings: { readonly clockToleranceMs: number }
}

export type Action = (world: StsWorld, form: URLSearchParams, call: HttpCall) => Promise<readonly XmlNode[]>

export const ACTIONS: Readonly<Record<string, Action>> = {
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  AssumeRole: assumeRole,
  GetCallerIdentity: getCallerIdentity,
}

async function assumeRoleWithWebIdentity(
  world: StsWorld,
  form: URLSearchParams,
  { headers }: HttpCall,
): Promise<readonly XmlNode[]> {
  // The call is not signed. A token of credentials that came along by accident is looked at all the same.
  if (headers['x-amz-security-token'] !== undefined) throw stsRefusal('InvalidClientTokenId')
  const parameters = assumeParameters(form)
  const token = text(form, 'WebIdentityToken', { min: 4, max: 20_000 })
  if (form.has('ProviderId')) {
    throw stsRefusal('ValidationError', 'ProviderId must not be given for an OpenID Connect token.')
  }
  const claims = await verifiedClaims(token, world.libraries, world.google, {
    nowMs: world.clock.now(),
    toleranceMs: world.settings.clockToleranceMs,
  })
  const { roleArn, sessionName } = parameters
  const role = world.roles.find(roleArn)
  // A role that does not exist is refused as one that does not trust: strangers learn nothing.
  if (
    !role ||
    !evaluateTrust(role.trustPolicy, claims, { sessionName, keys: keysOfAnyRequest(world.clock.now()) })
      .allowed
  )
    throw stsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
  return [
    ...assumed(world, role, parameters, role.maxSessionDuration),
    ['Provider', claims.iss],
    ['Audience', claims.aud],
    ['SubjectFromWebIdentityToken', claims.sub],
  ]
}

async function assumeRole(
  world: StsWorld,
  form: URLSearchParams,
  call: HttpCall,
): Promise<readonly XmlNode[]> {
  const caller = await signedBy(world, call)
  const parameters = assumeParameters(form)
  const { roleArn, sessionName, durationSeconds } = parameters
  const externalId = form.has('ExternalId')
    ? text(form, 'ExternalId', { min: 2, max: 1_224, pattern: '[\\w+=,.@:\\/-]*' })
    : undefined
  const role = world.roles.find(roleArn)
  const session = { sessionName, ...(externalId !== undefined && { externalId }) }
  const trusted =
    role && evaluateRoleTrust(role.trustPolicy, { arn: caller.arn, roleArn: caller.role.arn }, session)
  if (!role || trusted?.allowed !== true || world.sessions.denied(caller)) {
    throw stsRefusal(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    )
  }
  if (durationSeconds !== undefined && durationSeconds > 3_600) {
    throw stsRefusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  return assumed(world, role, parameters, Math.min(role.maxSessionDuration, 3_600))
}

async function getCallerIdentity(
  world: StsWorld,
  _form: URLSearchParams,
  call: HttpCall,
): Promise<readonly XmlNode[]> {
  // Needs no permission: not even a policy that denies everything stops it.
  const { arn, id, role } = await signedBy(world, call)
  return [
    ['Arn', arn],
    ['UserId', id],
    ['Account', role.accountId],
  ]
}

function assumed(
  { sessions }: StsWorld,
  role: Role,
  { sessionName, durationSeconds, packedPolicySize }: AssumeParameters,
  maxSeconds: number,
): readonly XmlNode[] {
  if (durationSeconds !== undefined && durationSeconds > maxSeconds) {
    throw stsRefusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  const session = sessions.issue(role, sessionName, durationSeconds ?? Math.min(3_600, maxSeconds))
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, arn, id } = session
  return [
    [
      'Credentials',
      [
        ['AccessKeyId', accessKeyId],
        ['SecretAccessKey', secretAccessKey],
        ['SessionToken', sessionToken],
        ['Expiration', new Date(expiresAt).toISOString().replace('.000Z', 'Z')],
      ],
    ],
    [
      'AssumedRoleUser',
      [
        ['AssumedRoleId', id],
        ['Arn', arn],
      ],
    ],
    ...(packedPolicySize === undefined ? [] : [['PackedPolicySize', packedPolicySize] as const]),
  ]
}

const PROBLEMS: Readonly<Record<SignatureProblem, string>> = {
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  'unknown key': 'InvalidClientTokenId',
  'wrong token': 'InvalidClientTokenId',
  expired: 'ExpiredToken',
  'other time': 'SignatureDoesNotMatch',
  'other body': 'SignatureDoesNotMatch',
  mismatch: 'SignatureDoesNotMatch',
}

async function signedBy(world: StsWorld, call: HttpCall): Promise<Session> {
  const signer = await verify(call, 'sts', world)
  if (typeof signer === 'object') return signer
  const date = call.headers['x-amz-date'] ?? ''
  throw stsRefusal(
    PROBLEMS[signer],
    signer === 'other time' ? `Signature expired: ${date} is now too far from the current time.` : undefined,
  )
}
