/** A secret itself, as its owner sees it: what it is set to, who may do what, and what the asker may. Over the lean transport. */
import { leanSecretCalls, type LeanSecretStoreOptions } from './secret-store-lean.ts'
import type { SecretAttempt } from './secret-refusals.ts'

/** Without what Keyferry has nothing to say about. */
export interface SecretSettings {
  /** The customer's own keys that encrypt it, one for each location; empty where Google's do. */
  readonly kmsKeys: readonly string[]
  /** Each active version is billed once for each. */
  readonly locations: number
  /** The whole secret is deleted then, with all its versions. */
  readonly expiresAt?: Date
  /** A destroyed version stays, disabled, this much longer. */
  readonly destroyDelaySeconds?: number
  readonly rotationSeconds?: number
  readonly nextRotationAt?: Date
  /** Pub/Sub topics that are told of changes. */
  readonly topics: readonly string[]
}

/** Members by role: those bound on the secret itself, not on its project. */
export type SecretBindings = readonly { readonly role: string; readonly members: readonly string[] }[]

/** Rejects with SECRET_DENIED, SECRET_NOT_FOUND or SECRET_UNREADABLE. */
export interface SecretInspection {
  settings(): Promise<SecretSettings>
  bindings(): Promise<SecretBindings>
  /** Of the permissions asked about, those that the caller has. None where the secret does not exist. */
  permitted(permissions: readonly string[]): Promise<readonly string[]>
}

/** Throws CONFIG_INVALID for what is not the name of a secret, or an emulator that is not on this machine. */
export function secretInspection(options: LeanSecretStoreOptions): SecretInspection {
  const call = leanSecretCalls(options)
  const attempt: SecretAttempt = { act: 'inspect', secret: options.secret }
  return {
    settings: () => call(attempt, 2, '', undefined, settingsIn),
    bindings: () => call(attempt, 2, ':getIamPolicy', undefined, ({ bindings }) => bindingsIn(bindings)),
    permitted: (permissions) =>
      call(attempt, 2, ':testIamPermissions', JSON.stringify({ permissions }), (answer) =>
        listIn(answer['permissions']).map(String),
      ),
  }
}

function settingsIn(secret: Record<string, unknown>): SecretSettings {
  const { replication, rotation, topics, expireTime, versionDestroyTtl } = secret
  const replicas = listIn(at(at(replication, 'userManaged'), 'replicas'))
  const places = [secret, at(replication, 'automatic'), ...replicas]
  const kmsKeys = places.map((place) => at(at(place, 'customerManagedEncryption'), 'kmsKeyName'))
  const destroyDelaySeconds = secondsIn(versionDestroyTtl)
  const rotationSeconds = secondsIn(at(rotation, 'rotationPeriod'))
  const next = at(rotation, 'nextRotationTime')
  return {
    kmsKeys: kmsKeys.filter((key) => typeof key === 'string'),
    locations: Math.max(1, replicas.length),
    ...(typeof expireTime === 'string' && { expiresAt: new Date(expireTime) }),
    ...(destroyDelaySeconds !== undefined && { destroyDelaySeconds }),
    ...(rotationSeconds !== undefined && { rotationSeconds }),
    ...(typeof next === 'string' && { nextRotationAt: new Date(next) }),
    topics: listIn(topics).map((topic) => String(at(topic, 'name'))),
  }
}

function bindingsIn(bindings: unknown): SecretBindings {
  return listIn(bindings).map((binding) => ({
    role: String(at(binding, 'role')),
    members: listIn(at(binding, 'members')).map(String),
  }))
}

// A duration is `"86400s"` in JSON.
function secondsIn(duration: unknown): number | undefined {
  return typeof duration === 'string' ? Number.parseFloat(duration) : undefined
}

function at(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
