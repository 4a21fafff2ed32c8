/** Every method of Secret Manager: what it needs, what it counts as, and what does it. */
import { googleRefusal } from '../canonical-codes.ts'
import { demand, type Permission } from './iam.ts'
import type { Message } from './message.ts'
import { secretOrParent } from './names.ts'
import type { QuotaKind } from './quotas.ts'
import {
  createSecret,
  deleteSecret,
  getIamPolicy,
  getSecret,
  listSecrets,
  setIamPolicy,
  testIamPermissions,
  updateSecret,
} from './secret-operations.ts'
import type { Vault } from './vault.ts'
import {
  accessVersion,
  addVersion,
  destroyVersion,
  disableVersion,
  enableVersion,
  getVersion,
  listVersions,
} from './version-operations.ts'

interface Operation {
  readonly permission?: Permission
  readonly quota: QuotaKind
  readonly act: (vault: Vault, request: Message, caller: string) => Message
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  AccessSecretVersion: { permission: 'versions.access', quota: 'access', act: accessVersion },
  AddSecretVersion: { permission: 'versions.add', quota: 'write', act: addVersion },
  GetSecretVersion: { permission: 'versions.get', quota: 'read', act: getVersion },
  ListSecretVersions: { permission: 'versions.list', quota: 'read', act: listVersions },
  EnableSecretVersion: { permission: 'versions.enable', quota: 'write', act: enableVersion },
  DisableSecretVersion: { permission: 'versions.disable', quota: 'write', act: disableVersion },
  DestroySecretVersion: { permission: 'versions.destroy', quota: 'write', act: destroyVersion },
  CreateSecret: { permission: 'secrets.create', quota: 'write', act: createSecret },
  GetSecret: { permission: 'secrets.get', quota: 'read', act: getSecret },
  ListSecrets: { permission: 'secrets.list', quota: 'read', act: listSecrets },
  UpdateSecret: { permission: 'secrets.update', quota: 'write', act: updateSecret },
  DeleteSecret: { permission: 'secrets.delete', quota: 'write', act: deleteSecret },
  GetIamPolicy: { permission: 'secrets.getIamPolicy', quota: 'read', act: getIamPolicy },
  SetIamPolicy: { permission: 'secrets.setIamPolicy', quota: 'write', act: setIamPolicy },
  // Anybody may ask what they may do.
  TestIamPermissions: { quota: 'read', act: testIamPermissions },
}

/** What a request is about: the field that names it differs from method to method. */
export function resourceOf(request: Message): string {
  const secret = request['secret'] as Message | undefined
  return String(request['name'] ?? request['parent'] ?? request['resource'] ?? secret?.['name'] ?? '')
}

/** Authorizes, counts and does it. Throws a refusal in Google's words. */
export function perform(
  vault: Vault,
  operation: string,
  request: Message,
  caller: string | undefined,
): Message {
  const known = OPERATIONS[operation]
  if (!known) throw googleRefusal('UNIMPLEMENTED', `The emulator does not do ${operation}.`)
  const resource = resourceOf(request)
  const { name, project } = secretOrParent(resource, vault.accounts)
  demand(caller, known.permission, resource, vault.secrets.get(name)?.iam, vault.accounts.project(project))
  vault.meter.spend(known.quota, project)
  return known.act(vault, request, caller as string)
}
