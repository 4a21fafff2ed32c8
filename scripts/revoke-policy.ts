/** `keyferry revoke-policy`: the policy that denies the sessions issued before a version of the secret. It reads, and changes nothing. */
import { loadConfig } from '../shared/config.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import { effectiveRole, roleParts } from '../shared/core/exchange.ts'
import { readNewest } from '../shared/core/newest-version.ts'
import type { SecretStore } from '../shared/core/ports.ts'
import { revocationPolicy } from '../shared/core/revocation.ts'
import { targetsNamed } from '../shared/core/target-names.ts'
import type { Target } from '../shared/core/target.ts'
import { readVersion, type VersionReading } from '../shared/core/version-reading.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import { leanStores } from './lean-stores.ts'
import type { Terminal } from './command/terminal.ts'

export async function revokePolicy(call: Call, { env, print, note }: Terminal): Promise<number> {
  const target = oneTarget((await loadConfig(env)).targets, call.arguments)
  const { version, stored } = await reading(target, leanStores(env)(target), call.value('version'))
  const { name } = roleParts(effectiveRole(target))
  print(JSON.stringify(revocationPolicy(stored, version, target.secret), null, 2))
  note(
    `Denies what the role ${name} issued before version ${version} of ${target.secret}, whoever holds it. Consumers that hold an ` +
      'older version are refused until they look again (15 minutes unless peekSeconds says otherwise). To apply it, with the ' +
      `above in revoke.json:\n  aws iam put-role-policy --role-name ${name} --policy-name KeyferryDenyOlderSessions ` +
      '--policy-document file://revoke.json',
  )
  return EXIT.ok
}

function oneTarget(targets: readonly Target[], names: readonly string[]): Target {
  const named = targetsNamed(targets, names)
  if (named.length === 1) return named[0] as Target
  throw new KeyferryError(
    'CONFIG_INVALID',
    `Each target has a role of its own: name one of ${named.map(({ name }) => name).join(', ')}.`,
  )
}

async function reading(
  { secret }: Target,
  secrets: Pick<SecretStore, 'read'>,
  wanted: string | undefined,
): Promise<Required<Pick<VersionReading, 'version' | 'stored'>>> {
  const found = wanted === undefined ? await newest(secrets) : await numbered(secrets, wanted)
  if (found?.stored) return { version: found.version, stored: found.stored }
  throw (
    found?.problem ??
    new KeyferryError(
      'SECRET_NOT_FOUND',
      wanted === undefined
        ? `${secret} has no version yet. Write the first: keyferry refresh`
        : `${secret} has no version ${wanted}. See which it has: gcloud secrets versions list ${secret}`,
      { resource: secret },
    )
  )
}

async function newest(secrets: Pick<SecretStore, 'read'>): Promise<VersionReading | undefined> {
  const found = await readNewest(secrets, { clock: Date })
  return found.newest ?? found.top
}

function numbered(secrets: Pick<SecretStore, 'read'>, wanted: string): Promise<VersionReading | undefined> {
  const version = Number(wanted)
  if (!Number.isSafeInteger(version) || version < 1)
    throw new KeyferryError('CONFIG_INVALID', `--version takes the number of a version, got "${wanted}".`)
  return readVersion(secrets, version, { clock: Date })
}
