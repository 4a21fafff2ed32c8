/** What can be done with secrets themselves: create, get, list, update, delete, and their IAM policy. */
import { bindingsOf } from '../accounts.ts'
import { googleRefusal } from '../canonical-codes.ts'
import { granted } from './iam.ts'
import { Duration, millisecondsOf, pathsOf, secondsOf, type Message, type Value } from './message.ts'
import { parentNamed } from './names.ts'
import { newEtag, secretMessage, type SecretRecord } from './records.ts'
import type { Vault } from './vault.ts'
import { checkEtag, pageOf } from './version-operations.ts'

const CHANGEABLE = [
  'labels',
  'annotations',
  'topics',
  'versionAliases',
  'versionDestroyTtl',
  'expireTime',
  'ttl',
  'rotation',
  'customerManagedEncryption',
] as const

export function createSecret(vault: Vault, request: Message): Message {
  const id = String(request['secretId'] ?? '')
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) {
    throw googleRefusal('INVALID_ARGUMENT', `The secret id "${id}" is not 1 to 255 of A-Z a-z 0-9 _ -.`)
  }
  const given = (request['secret'] ?? {}) as Message
  const parent = parentNamed(String(request['parent']), vault.accounts)
  if (!parent.regional && given['replication'] === undefined)
    throw googleRefusal('INVALID_ARGUMENT', 'Secret replication must be set.')
  const secret = vault.create({ name: `${parent.name}/secrets/${id}` })
  if (given['replication'] !== undefined) secret.replication = given['replication'] as Message
  // A time to live is another way to give the expiration: what is absent takes nothing back.
  set(
    vault,
    secret,
    given,
    CHANGEABLE.filter((field) => Boolean(given[field])),
  )
  return secretMessage(secret)
}

export function getSecret(vault: Vault, request: Message): Message {
  return secretMessage(vault.secret(String(request['name'])))
}

export function listSecrets(vault: Vault, request: Message): Message {
  const { name } = parentNamed(String(request['parent']), vault.accounts)
  const all = [...vault.secrets.values()].filter((secret) => secret.name.startsWith(`${name}/secrets/`))
  const { page, nextPageToken } = pageOf(all, request)
  return { secrets: page.map(secretMessage), nextPageToken, totalSize: all.length }
}

export function updateSecret(vault: Vault, request: Message): Message {
  const given = (request['secret'] ?? {}) as Message
  const secret = vault.secret(String(given['name']))
  checkEtag(given['etag'], secret.etag, secret.name)
  const paths = pathsOf(request['updateMask'])
  const unknown = paths.filter((path) => !(CHANGEABLE as readonly string[]).includes(path))
  if (paths.length === 0 || unknown.length > 0)
    throw googleRefusal('INVALID_ARGUMENT', `The update mask "${paths.join(',')}" cannot be applied.`)
  set(vault, secret, given, paths as (typeof CHANGEABLE)[number][])
  secret.etag = newEtag()
  return secretMessage(secret)
}

export function deleteSecret(vault: Vault, request: Message): Message {
  const secret = vault.secret(String(request['name']))
  checkEtag(request['etag'], secret.etag, secret.name)
  vault.secrets.delete(secret.name)
  return {}
}

export function getIamPolicy(vault: Vault, request: Message): Message {
  return policyMessage(vault.secret(String(request['resource'])))
}

export function setIamPolicy(vault: Vault, request: Message): Message {
  const secret = vault.secret(String(request['resource']))
  const bindings = ((request['policy'] as Message | undefined)?.['bindings'] ?? []) as readonly Message[]
  secret.iam.clear()
  for (const { role, members } of bindings as readonly { role: string; members: string[] }[])
    secret.iam.set(role, new Set(members))
  return policyMessage(secret)
}

export function testIamPermissions(vault: Vault, request: Message, caller: string): Message {
  // Of a secret that does not exist nobody has any: Google says so instead of NOT_FOUND.
  const secret = vault.find(String(request['resource']))
  const asked = (request['permissions'] ?? []) as readonly string[]
  if (!secret) return { permissions: [] }
  return { permissions: granted(caller, asked, secret.iam, vault.accounts.project(secret.project)) }
}

function policyMessage({ iam }: SecretRecord): Message {
  return {
    version: 1,
    etag: Buffer.from('BwY'),
    bindings: [...iam].map(([role, members]) => ({ role, members: [...members] })),
  }
}

function set(
  { clock }: Vault,
  secret: SecretRecord,
  given: Message,
  fields: readonly (typeof CHANGEABLE)[number][],
): void {
  for (const field of fields) {
    const value = given[field]
    switch (field) {
      case 'versionDestroyTtl':
        secret.versionDestroyTtlSeconds = secondsOf(value)
        break
      case 'expireTime':
        secret.expiresAt = millisecondsOf(value)
        break
      case 'ttl':
        secret.expiresAt = !value ? undefined : clock.now() + Number(secondsOf(value)) * 1_000
        break
      case 'rotation':
        if (value && secret.topics.length === 0)
          throw googleRefusal('INVALID_ARGUMENT', 'Topics must be set if rotation is set.')
        secret.rotation = rotationOf(value as Message | undefined)
        break
      case 'customerManagedEncryption':
        secret.customerManagedEncryption = value as Message | undefined
        break
      case 'topics':
        secret.topics = [...((value ?? []) as unknown[])]
        break
      default:
        secret[field] = strings(value)
    }
  }
}

function rotationOf(given: Message | undefined): Message | undefined {
  if (!given) return undefined
  const period = secondsOf(given['rotationPeriod'])
  const next = millisecondsOf(given['nextRotationTime'])
  return {
    ...(period !== undefined && { rotationPeriod: new Duration(period) }),
    ...(next !== undefined && { nextRotationTime: new Date(next) }),
  }
}

function strings(value: Value): Record<string, string> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Message).map(([key, item]) => [key, String(item)]),
  )
}

/** For tests: binds a member to a role of a secret, or unbinds it. */
export function rebind(secret: SecretRecord, role: string, member: string, bound: boolean): void {
  const members = secret.iam.get(role) ?? bindingsOf({ [role]: [] }).get(role) ?? new Set<string>()
  if (bound) members.add(member)
  else members.delete(member)
  secret.iam.set(role, members)
}
