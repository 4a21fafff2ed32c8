/** Commands to paste, with the real names in them. */
import { roleParts } from '../../core/exchange.ts'
import { secretParts } from '../../google/endpoints.ts'
import { updateRoleCommand } from '../trust-policy/aws-command.ts'

/** `NAME --project=P`, with the location of a regional secret. */
export function secretFlags(secret: string): string {
  const { project, location, id } = secretParts(secret)
  return `${id} --project=${project}${location ? ` --location=${location}` : ''}`
}

export function grantCommand(secret: string, email: string | undefined, role: string): string {
  return `gcloud secrets add-iam-policy-binding ${secretFlags(secret)} --member=serviceAccount:${email ?? 'EMAIL'} --role=roles/secretmanager.${role}`
}

export function ungrantCommand(secret: string, member: string, role: string): string {
  return `gcloud secrets remove-iam-policy-binding ${secretFlags(secret)} --member=${member} --role=${role}`
}

export function trustCommand(roleArn: string, policy: object): string {
  return updateRoleCommand({ name: roleParts(roleArn).name }, policy)
}

/** Looks at the policy that the role really has. */
export function lookCommand(roleArn: string): string {
  return (
    `aws iam get-role --role-name ${roleParts(roleArn).name} --query Role.AssumeRolePolicyDocument > trust-policy.json && ` +
    'keyferry doctor --trust-policy trust-policy.json'
  )
}
