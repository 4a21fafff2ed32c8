/** Who may do what: the predefined roles of Secret Manager, bound on a secret or on its project. */
import { memberOf, type Project } from '../accounts.ts'
import { googleRefusal } from '../canonical-codes.ts'

export type Bindings = Map<string, Set<string>>

const ALL = [
  'secrets.create',
  'secrets.delete',
  'secrets.get',
  'secrets.getIamPolicy',
  'secrets.list',
  'secrets.setIamPolicy',
  'secrets.update',
  'versions.access',
  'versions.add',
  'versions.destroy',
  'versions.disable',
  'versions.enable',
  'versions.get',
  'versions.list',
] as const

export type Permission = (typeof ALL)[number]

const ROLES: Readonly<Record<string, readonly Permission[]>> = {
  'roles/secretmanager.secretAccessor': ['versions.access'],
  'roles/secretmanager.secretVersionAdder': ['versions.add'],
  // Without versions.access: who writes a secret need not be able to read it.
  'roles/secretmanager.secretVersionManager': [
    'versions.add',
    'versions.destroy',
    'versions.disable',
    'versions.enable',
    'versions.get',
    'versions.list',
  ],
  'roles/secretmanager.viewer': [
    'secrets.get',
    'secrets.getIamPolicy',
    'secrets.list',
    'versions.get',
    'versions.list',
  ],
  'roles/secretmanager.admin': ALL,
  'roles/owner': ALL,
}

/** Whether a caller has a permission by any of these bindings. */
export function may(
  caller: string,
  permission: Permission,
  ...bindings: readonly (Bindings | undefined)[]
): boolean {
  return bindings.some((roles) =>
    [...(roles ?? [])].some(
      ([role, members]) =>
        ROLES[role]?.includes(permission) === true &&
        ['allUsers', 'allAuthenticatedUsers', memberOf(caller)].some((member) => members.has(member)),
    ),
  )
}

/** Throws as Google does, which does not tell a stranger whether the resource exists. */
export function demand(
  email: string | undefined,
  permission: Permission | undefined,
  resource: string,
  secret: Bindings | undefined,
  project: Project,
): void {
  if (email === undefined) {
    throw googleRefusal(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
      'CREDENTIALS_MISSING',
    )
  }
  if (permission === undefined || may(email, permission, secret, project.iam)) return
  throw googleRefusal(
    'PERMISSION_DENIED',
    `Permission 'secretmanager.${permission}' denied for resource '${resource}' (or it may not exist).`,
    'IAM_PERMISSION_DENIED',
  )
}

/** Of the permissions asked about, those that the caller has. */
export function granted(
  email: string,
  asked: readonly string[],
  secret: Bindings,
  project: Project,
): string[] {
  return asked.filter((name) => {
    const permission = name.replace('secretmanager.', '')
    return may(email, permission as Permission, secret, project.iam)
  })
}
