/**
 * The policy that takes back what leaked: attached to a role, it denies every session that is older than a version of the secret.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
import { KeyferryError } from './errors.ts'
import { SECOND_MS } from './limits.ts'
import type { StoredCredentials } from './payload.ts'

export interface RevocationPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly [
    {
      readonly Sid: 'KeyferryDenyOlderSessions'
      readonly Effect: 'Deny'
      readonly Action: '*'
      readonly Resource: '*'
      readonly Condition: { readonly DateLessThan: { readonly 'aws:TokenIssueTime': string } }
    },
  ]
}

/** The issue time is known from the expiration, to the second: the version itself must not be denied. */
const MARGIN_MS = 5 * SECOND_MS

/** What keeps `version`, and all that is issued later. Throws SECRET_NOT_OURS where the payload does not say when it was issued. */
export function revocationPolicy(
  { provenance }: StoredCredentials,
  version: number,
  secret: string,
): RevocationPolicy {
  if (!provenance)
    throw new KeyferryError(
      'SECRET_NOT_OURS',
      `Version ${version} of ${secret} was not written by Keyferry, and does not say when its credentials were issued. ` +
        'Write one that does: keyferry refresh --force',
      { resource: secret },
    )
  const oldest = new Date(provenance.issuedAt.getTime() - MARGIN_MS).toISOString().replace(/\.\d{3}/, '')
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'KeyferryDenyOlderSessions',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': oldest } },
      },
    ],
  }
}
