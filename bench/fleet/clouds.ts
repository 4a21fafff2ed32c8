/** Both clouds as the fleet sees them: Secret Manager with a lagging `latest`, negative caching and a quota, and STS; each may be out. */
import { KeyferryError } from '../../shared/core/errors.ts'
import type {
  Random,
  SecretStore,
  SecretVersion,
  SecretVersions,
  SessionCredentials,
} from '../../shared/core/ports.ts'
import { latency } from './seeded-random.ts'
import type { VirtualWorld } from './virtual-world.ts'

export interface CloudsOptions {
  readonly world: VirtualWorld
  readonly random: Random
  readonly durationSeconds: number
  /** How far `latest` lags behind. */
  readonly latestLagMs: number
  /** How long a number that was asked for too early stays unknown. */
  readonly negativeCacheMs: number
  /** Accesses a minute before Secret Manager answers RESOURCE_EXHAUSTED. */
  readonly accessQuota: number
  readonly isStsOut: (now: number) => boolean
  readonly isSecretManagerOut: (now: number) => boolean
}

export interface Clouds {
  readonly secrets: SecretVersions
  mint(): Promise<SessionCredentials>
  /** Exchanges that STS refused. */
  readonly refusedMints: number
  readonly accesses: number
  readonly accessesInBusiestMinute: number
  readonly refusedAccesses: number
}

interface StoredVersion {
  readonly payload: Uint8Array
  readonly addedAt: number
  lastAskedBefore: number
  destroyed: boolean
}

export function clouds(options: CloudsOptions): Clouds {
  const { world, random } = options
  const versions: StoredVersion[] = []
  /** When each number that does not exist yet was last asked for. */
  const askedEarly = new Map<number, number>()
  const perMinute = new Map<number, number>()
  const counts = { accesses: 0, refusedAccesses: 0, refusedMints: 0 }
  let minted = 0

  async function admitted(): Promise<void> {
    counts.accesses++
    const minute = Math.floor(world.now() / 60_000)
    const used = (perMinute.get(minute) ?? 0) + 1
    perMinute.set(minute, used)
    await world.after(latency(random, 30))
    const status = options.isSecretManagerOut(world.now())
      ? 'UNAVAILABLE'
      : used > options.accessQuota
        ? 'RESOURCE_EXHAUSTED'
        : undefined
    if (!status) return
    counts.refusedAccesses++
    throw new KeyferryError('SECRET_UNREADABLE', `Secret Manager answered ${status}.`, {
      cause: Object.assign(new Error(), { name: status }),
      retryable: true,
    })
  }

  const read: SecretStore['read'] = async (wanted) => {
    await admitted()
    const now = world.now()
    const number = wanted === 'latest' ? lastIndexAddedBy(versions, now - options.latestLagMs) + 1 : wanted
    const version = versions[number - 1]
    if (!version) {
      askedEarly.set(number, now)
      throw missing(number)
    }
    if (wanted !== 'latest' && now < version.lastAskedBefore + options.negativeCacheMs) throw missing(number)
    if (version.destroyed) throw new KeyferryError('SECRET_DESTROYED', `Version ${number} is destroyed.`)
    return { version: number, payload: version.payload } satisfies SecretVersion
  }

  return {
    get refusedMints() {
      return counts.refusedMints
    },
    get accesses() {
      return counts.accesses
    },
    get refusedAccesses() {
      return counts.refusedAccesses
    },
    get accessesInBusiestMinute() {
      return Math.max(0, ...perMinute.values())
    },
    secrets: {
      read,
      async add(payload) {
        await world.after(latency(random, 200))
        if (options.isSecretManagerOut(world.now()))
          throw new KeyferryError('SECRET_WRITE_FAILED', 'Secret Manager is out.', { retryable: true })
        const number = versions.length + 1
        versions.push({
          payload,
          addedAt: world.now(),
          lastAskedBefore: askedEarly.get(number) ?? -Infinity,
          destroyed: false,
        })
        return number
      },
      async list() {
        return versions
          .map(
            ({ addedAt, destroyed }, i) =>
              ({
                version: i + 1,
                state: destroyed ? 'DESTROYED' : 'ENABLED',
                createdAt: new Date(addedAt),
              }) as const,
          )
          .reverse()
      },
      async destroy(number) {
        const version = versions[number - 1]
        if (version) version.destroyed = true
      },
    },
    async mint() {
      const slow = random() < 0.01 ? 5_000 : 0
      await world.after(latency(random, 700) + slow)
      const now = world.now()
      if (options.isStsOut(now)) {
        counts.refusedMints++
        throw new KeyferryError('EXCHANGE_FAILED', 'STS is out.', { retryable: true })
      }
      minted++
      return {
        accessKeyId: `ASIA${String(minted).padStart(16, '0')}`,
        secretAccessKey: 'simulated',
        sessionToken: 'simulated',
        accountId: '123456789012',
        expiration: new Date(now + options.durationSeconds * 1_000),
      }
    },
  }
}

function lastIndexAddedBy(versions: readonly StoredVersion[], at: number): number {
  // The very first is there for everyone: a fleet starts on a secret that has been in use.
  return Math.max(
    0,
    versions.findLastIndex(({ addedAt }) => addedAt <= at),
  )
}

function missing(number: number): KeyferryError {
  return new KeyferryError('SECRET_NOT_FOUND', `There is no version ${number}.`)
}
