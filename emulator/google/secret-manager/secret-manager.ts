/** Secret Manager as tests hold it: one state, two transports, faults, lags and quotas. */
import { Calls, type CallLog } from '../../calls.ts'
import { Faults, type Faulty } from '../../faults.ts'
import type { Libraries } from '../../libraries.ts'
import type { SecretSeed } from '../../options.ts'
import { httpFront, type Surroundings } from '../../wire/http-front.ts'
import { httpServer, listenForConnections, type Listener } from '../../wire/listener.ts'
import type { GoogleTokens } from '../tokens.ts'
import { grpcSide } from './grpc.ts'
import { byFirstBytes } from './port.ts'
import type { SecretManagerQuotas } from './quotas.ts'
import { newEtag, type VersionRecord } from './records.ts'
import { restApi } from './rest.ts'
import { restRoutes } from './rest-routes.ts'
import { rebind } from './secret-operations.ts'
import type { Lags, Vault } from './vault.ts'
import { append } from './version-operations.ts'

/** Operations are named as the RPCs are: `AccessSecretVersion`, `AddSecretVersion`, … over both transports. */
export interface SecretManager extends Faulty, Lags {
  readonly calls: CallLog
  readonly quotas: SecretManagerQuotas
  createSecret(seed: SecretSeed): void
  deleteSecret(secret: string): void
  /** Lets a member, such as `serviceAccount:EMAIL`, do what a role allows. */
  grant(secret: string, role: string, member: string): void
  revoke(secret: string, role: string, member: string): void
  /** Adds a version as somebody else's hand, past permissions and quotas. */
  add(secret: string, payload: string | Uint8Array): number
  setState(secret: string, version: number, state: 'ENABLED' | 'DISABLED' | 'DESTROYED'): void
  /** Flips a bit of what is stored: the payload no longer has the checksum that comes with it. */
  corrupt(secret: string, version: number): void
  /** Oldest first; as they are, whatever lags. */
  versions(secret: string): readonly EmulatedVersion[]
}

export interface EmulatedVersion {
  readonly version: number
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  readonly createdAt: Date
  /** Undefined once destroyed. */
  readonly payload: Uint8Array | undefined
}

export async function startSecretManager(
  libraries: Libraries,
  vault: Vault,
  tokens: GoogleTokens,
  around: Surroundings,
  port: number,
): Promise<{ readonly control: SecretManager; readonly listener: Listener; close(): Promise<void> }> {
  const watched = { calls: new Calls(), faults: new Faults() }
  const rest = restApi(vault, tokens, restRoutes(libraries.protos), watched)
  const http = httpServer(httpFront(() => rest, around))
  const grpc = grpcSide(libraries, vault, tokens, watched, {
    ...around,
    connectionFrom: (remotePort) => listener.connectionFrom(remotePort),
  })
  const listener = await listenForConnections(
    port,
    byFirstBytes(grpc.accept, (socket) => http.emit('connection', socket)),
  )
  return {
    control: control(vault, watched),
    listener,
    close: async () => {
      grpc.close()
      await listener.close()
    },
  }
}

function control(vault: Vault, { calls, faults }: { calls: Calls; faults: Faults }): SecretManager {
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
    calls,
    quotas: vault.meter.limits,
    fault: (rule) => faults.fault(rule),
    clearFaults: () => faults.clearFaults(),
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
