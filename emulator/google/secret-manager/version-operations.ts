/** What can be done with versions: add, access, get, list, enable, disable, destroy. */
import { crc32c } from '../../../shared/core/crc32c.ts'
import { googleRefusal } from '../canonical-codes.ts'
import { bytesOf, type Message, type Value } from './message.ts'
import { versionNamed } from './names.ts'
import { newEtag, versionMessage, versionName, type SecretRecord, type VersionRecord } from './records.ts'
import type { Vault } from './vault.ts'

const PAYLOAD_BYTES_MAX = 65_536

export function addVersion(vault: Vault, request: Message): Message {
  const secret = vault.secret(String(request['parent']))
  vault.meter.spendAdd(secret.name, secret.project, secret.regional)
  const payload = (request['payload'] ?? {}) as Message
  return versionMessage(secret, append(vault, secret, bytesOf(payload['data']), payload['dataCrc32c']))
}

/** Adds a version, checked as Google checks it. */
export function append(vault: Vault, secret: SecretRecord, data: Buffer, checksum?: Value): VersionRecord {
  if (data.length === 0) throw googleRefusal('INVALID_ARGUMENT', 'Secret Payload cannot be empty.')
  if (data.length > PAYLOAD_BYTES_MAX) {
    throw googleRefusal(
      'INVALID_ARGUMENT',
      `The secret payload has ${data.length} bytes, the maximum is ${PAYLOAD_BYTES_MAX}.`,
    )
  }
  const crc = crc32c(data)
  if (checksum !== undefined && String(checksum) !== String(crc)) {
    throw googleRefusal('INVALID_ARGUMENT', 'The checksum of the secret payload does not match data_crc32c.')
  }
  const version: VersionRecord = {
    number: secret.versions.length + 1,
    createdAt: vault.clock.now(),
    clientChecksum: checksum !== undefined,
    state: 'ENABLED',
    data,
    crc32c: crc,
    etag: newEtag(),
  }
  secret.versions.push(version)
  return version
}

export function accessVersion(vault: Vault, request: Message): Message {
  const { secret, version } = found(vault, request)
  const { data, state, number } = version
  if (state !== 'ENABLED' || !data) throw wrongState(secret, version)
  return { name: versionName(secret, number), payload: { data, dataCrc32c: String(version.crc32c) } }
}

export function getVersion(vault: Vault, request: Message): Message {
  const { secret, version } = found(vault, request)
  return versionMessage(secret, version)
}

export function listVersions(vault: Vault, request: Message): Message {
  const secret = vault.secret(String(request['parent']))
  const filter = String(request['filter'] ?? '')
  const wanted = filter.split(/\bOR\b/).map((term) => /^\s*state\s*[:=]\s*"?(\w+)"?\s*$/i.exec(term)?.[1])
  if (filter !== '' && wanted.includes(undefined))
    throw googleRefusal('INVALID_ARGUMENT', `The emulator filters by state alone, not by "${filter}".`)
  const matching = vault
    .listed(secret)
    .filter(({ state }) => filter === '' || wanted.some((each) => each?.toUpperCase() === state))
  const { page, nextPageToken } = pageOf(matching, request)
  return {
    versions: page.map((version) => versionMessage(secret, version)),
    nextPageToken,
    totalSize: filter === '' ? matching.length : 0,
  }
}

export function enableVersion(vault: Vault, request: Message): Message {
  return changed(vault, request, (version) => {
    version.state = 'ENABLED'
    delete version.destroyAt
  })
}

export function disableVersion(vault: Vault, request: Message): Message {
  return changed(vault, request, (version) => {
    version.state = 'DISABLED'
  })
}

export function destroyVersion(vault: Vault, request: Message): Message {
  return changed(vault, request, (version, { versionDestroyTtlSeconds }) => {
    if (versionDestroyTtlSeconds === undefined) return vault.destroy(version)
    version.state = 'DISABLED'
    version.destroyAt = vault.clock.now() + versionDestroyTtlSeconds * 1_000
  })
}

function changed(
  vault: Vault,
  request: Message,
  change: (version: VersionRecord, secret: SecretRecord) => void,
): Message {
  const { secret: secretName, version: wanted } = versionNamed(String(request['name']))
  const secret = vault.secret(secretName)
  const version = vault.numbered(secret, wanted)
  vault.meter.spendChange(versionName(secret, version.number), secret.project, secret.regional)
  checkEtag(request['etag'], version.etag, versionName(secret, version.number))
  if (version.state === 'DESTROYED') throw wrongState(secret, version)
  change(version, secret)
  version.etag = newEtag()
  return versionMessage(secret, version)
}

/** An etag that a caller gives must be the current one. */
export function checkEtag(given: Value, current: string, resource: string): void {
  if (given === undefined || given === '' || given === current) return
  throw googleRefusal('FAILED_PRECONDITION', `The etag given for [${resource}] is not its current one.`)
}

/** One page of what was asked for. The token is the place of the next one. */
export function pageOf<T>(
  items: readonly T[],
  request: Message,
): { readonly page: readonly T[]; readonly nextPageToken: string } {
  const start = Number(request['pageToken'] ?? 0) || 0
  const size = Math.min(Number(request['pageSize'] ?? 0) || 25_000, 25_000)
  const end = start + size
  return { page: items.slice(start, end), nextPageToken: end < items.length ? String(end) : '' }
}

function found(vault: Vault, request: Message): { secret: SecretRecord; version: VersionRecord } {
  const { secret: name, version } = versionNamed(String(request['name']))
  const secret = vault.secret(name)
  return { secret, version: vault.version(secret, version) }
}

function wrongState(secret: SecretRecord, { number, state }: VersionRecord): Error {
  return googleRefusal(
    'FAILED_PRECONDITION',
    `Secret Version [${versionName(secret, number)}] is in ${state} state.`,
  )
}
