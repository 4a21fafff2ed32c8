/** Secret Manager as tests hold it: what a hand behind the scenes can see and change. */
import type { SecretManager } from '../../emulator.ts'
import type { Watched } from '../../watch.ts'
import { newEtag, type VersionRecord } from './records.ts'
import { rebind } from './secret-operations.ts'
import type { Vault } from './vault.ts'
import { append } from './version-operations.ts'

export function secretManagerControl(vault: Vault, watched: Watched): SecretManager {
  // Not by way of the vault's own look-up: a test's hand leaves no probe behind.
  const versionOf = (secret: string, number: number): VersionRecord => {
    const version = vault.secret(secret).versions[number - 1]
    if (!version) throw new Error(`${secret} has no version ${number}.`)
    return version
  }
  const own: SecretManager = {
    latestLagMs: 0,
    listLagMs: 0,
    notFoundLagMs: 0,
    clockSkewMs: 0,
    ...watched,
    quotas: vault.meter.limits,
    createSecret: (seed) => void vault.create(seed),
    deleteSecret: (secret) => void vault.secrets.delete(vault.secret(secret).name),
    grant: (secret, role, member) => rebind(vault.secret(secret), role, member, true),
    revoke: (secret, role, member) => rebind(vault.secret(secret), role, member, false),
    add: (secret, payload) => append(vault, vault.secret(secret), Buffer.from(payload)).number,
    setState: (secret, number, state) => {
      const version = versionOf(secret, number)
      if (state === 'DESTROYED') vault.destroy(version)
      else Object.assign(version, { state, etag: newEtag() })
    },
    corrupt: (secret, number) => {
      const { data } = versionOf(secret, number)
      if (data) data[0] = (data[0] as number) ^ 1
    },
    versions: (secret) =>
      vault.secret(secret).versions.map((version) => {
        const { number, state, createdAt, data } = vault.settled(version)
        return { version: number, state, createdAt: new Date(createdAt), payload: data }
      }),
  }
  // What a test sets is what the rules read.
  vault.lags = own
  return own
}
