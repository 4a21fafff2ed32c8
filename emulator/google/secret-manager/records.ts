/** What Secret Manager keeps: secrets, their versions, and how each is told to a client. */
import { randomBytes } from 'node:crypto'
import type { Bindings } from './iam.ts'
import { Duration, type Message } from './message.ts'

export interface SecretRecord {
  readonly name: string
  readonly project: string
  readonly regional: boolean
  readonly createdAt: number
  readonly iam: Bindings
  readonly versions: VersionRecord[]
  /** When a number was last asked for before it existed. */
  readonly probes: Map<number, number>
  replication: Message
  labels: Record<string, string>
  annotations: Record<string, string>
  topics: unknown[]
  versionAliases: Record<string, string>
  versionDestroyTtlSeconds: number | undefined
  /** When the whole secret is deleted, in milliseconds. */
  expiresAt: number | undefined
  rotation: Message | undefined
  /** Of a regional secret: a global one has its keys in its replication. */
  customerManagedEncryption: Message | undefined
  etag: string
}

export interface VersionRecord {
  readonly number: number
  readonly createdAt: number
  readonly clientChecksum: boolean
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  /** Gone once the version is destroyed. */
  data: Buffer | undefined
  crc32c: number
  etag: string
  destroyedAt?: number
  destroyAt?: number
}

export function newEtag(): string {
  return `"${randomBytes(7).toString('hex')}"`
}

export function versionName(secret: SecretRecord, version: number | string): string {
  return `${secret.name}/versions/${version}`
}

export function secretMessage(secret: SecretRecord): Message {
  const { name, createdAt, labels, annotations, topics, versionAliases, versionDestroyTtlSeconds, etag } =
    secret
  const { expiresAt, rotation, customerManagedEncryption } = secret
  return {
    name,
    // A regional secret lives in its region and has no replication.
    ...(!secret.regional && { replication: secret.replication }),
    createTime: new Date(createdAt),
    labels,
    annotations,
    topics: topics as Message[],
    versionAliases,
    ...(versionDestroyTtlSeconds !== undefined && {
      versionDestroyTtl: new Duration(versionDestroyTtlSeconds),
    }),
    ...(expiresAt !== undefined && { expireTime: new Date(expiresAt) }),
    ...(rotation && { rotation }),
    ...(customerManagedEncryption && { customerManagedEncryption }),
    etag,
  }
}

export function versionMessage(secret: SecretRecord, version: VersionRecord): Message {
  return {
    name: versionName(secret, version.number),
    createTime: new Date(version.createdAt),
    state: version.state,
    etag: version.etag,
    clientSpecifiedPayloadChecksum: version.clientChecksum,
    ...(version.destroyedAt !== undefined && { destroyTime: new Date(version.destroyedAt) }),
    ...(version.destroyAt !== undefined && { scheduledDestroyTime: new Date(version.destroyAt) }),
    ...(!secret.regional && { replicationStatus: { automatic: {} } }),
  }
}
