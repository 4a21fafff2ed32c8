/** A trust policy as the command that gives it to a role, quoted for sh. */
import type { TrustingRole } from './role.ts'

/** `aws iam create-role …`, on one line. */
export function createRoleCommand({ name, path, elsewhere }: TrustingRole, policy: object): string {
  return [
    'aws iam create-role',
    ...regionFlag(elsewhere),
    `--role-name ${quoted(name)}`,
    ...(path === undefined ? [] : [`--path ${quoted(path)}`]),
    `--assume-role-policy-document ${quoted(JSON.stringify(policy))}`,
  ].join(' ')
}

/** `aws iam update-assume-role-policy …`, on one line. */
export function updateRoleCommand({ name, elsewhere }: TrustingRole, policy: object): string {
  return [
    'aws iam update-assume-role-policy',
    ...regionFlag(elsewhere),
    `--role-name ${quoted(name)}`,
    `--policy-document ${quoted(JSON.stringify(policy))}`,
  ].join(' ')
}

function regionFlag(elsewhere: TrustingRole['elsewhere']): readonly string[] {
  return elsewhere?.region === undefined ? [] : [`--region ${quoted(elsewhere.region)}`]
}

function quoted(value: string): string {
  return /^[\w+=,.@:/-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
