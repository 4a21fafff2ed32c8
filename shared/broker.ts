/** The writing side put together: every target's secret, identity and exchange, with Google's and AWS's own clients. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { webIdentityMint } from './aws/mint.ts'
import { officialSts } from './aws/sts-official.ts'
import type { Config } from './config.ts'
import { pacing } from './core/pacing.ts'
import type { Clock, Random, SecretVersions, Sleep } from './core/ports.ts'
import type { PruneResult } from './core/prune.ts'
import { withinQuotas } from './core/quotas.ts'
import { runsOver, type TargetResult } from './core/refresh-run.ts'
import type { Target } from './core/target.ts'
import { targetsNamed } from './core/target-names.ts'
import type { RefreshOptions } from './core/writer.ts'
import type { WriterEvent, WriterPorts } from './core/writer-ports.ts'
import { actingAs, googleIdentity } from './google/identity.ts'
import { officialSecretManager, type OfficialSecretManager } from './google/secret-manager-official.ts'
import { leanTransport } from './transport.ts'

export interface Broker {
  readonly targets: readonly Target[]
  /**
   * Refreshes the targets named, or all of them, and prunes their secrets. A target's failure is its result; rejects with
   * TARGET_UNKNOWN, before anything is done. Calls at the same time share what they do.
   */
  refresh(options?: RefreshOptions & { readonly targets?: readonly string[] }): Promise<TargetResult[]>
  /** Destroys dead versions, many in one call; rejects only with TARGET_UNKNOWN. */
  prune(options?: { readonly targets?: readonly string[]; readonly dryRun?: boolean }): Promise<PruneResult[]>
  /** Closes connections; what is under way fails. */
  close(): Promise<void>
}

export interface BrokerOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv
  readonly clock?: Clock
  readonly random?: Random
  readonly sleep?: Sleep
  readonly onEvent?: (event: WriterEvent) => void
  /** Deadlines of single attempts, in milliseconds. @default 3000 for what gives Google's tokens, 5000 for Secret Manager and for STS */
  readonly timeoutsMs?: { readonly metadata?: number; readonly secret?: number; readonly sts?: number }
  /** Targets that are worked on at once. @default 50 */
  readonly concurrency?: number
}

const PRUNED_BY_HAND_MAX = 1_000

/** Connects to nothing until something is asked of it. */
export function createBroker({ targets }: Config, options: BrokerOptions = {}): Broker {
  const { env = process.env, clock = Date, random = Math.random, sleep = sleepFor, onEvent } = options
  const { metadata = 3_000, secret = 5_000, sts: stsMs = 5_000 } = options.timeoutsMs ?? {}
  const around = { env, sleep, random }
  const identityOptions = { http: leanTransport(env), clock, timeoutMs: metadata, ...around }
  const google = once(() => googleIdentity(identityOptions))
  const secretManager = once(async () =>
    officialSecretManager({ tokens: await google(), timeoutMs: secret, ...around }),
  )
  const stsIn = keyed((region) =>
    once(() => officialSts({ region: region || undefined, env, timeoutMs: stsMs })),
  )
  // Quotas are counted on real time, whatever clock credentials are judged by.
  const pace = pacing({ clock: performance, sleep })
  const portsOf = keyed((name) => portsFor(targets.find((target) => target.name === name) as Target))
  const runs = runsOver(({ name }) => portsOf(name), options.concurrency)

  return {
    targets,
    async refresh({ targets: names, ...refreshOptions } = {}) {
      return runs.refresh(targetsNamed(targets, names), refreshOptions)
    },
    async prune({ targets: names, dryRun = false } = {}) {
      return runs.prune(targetsNamed(targets, names), { dryRun, limit: PRUNED_BY_HAND_MAX })
    },
    async close() {
      const opened = secretManager.held()
      await opened?.then((client) => client.close()).catch(() => undefined)
    },
  }

  function portsFor(target: Target): WriterPorts {
    const sts = stsIn(target.region ?? '')
    // The account is for AWS alone: the secret is kept as the writer itself.
    const identity = once(async () => actingAs(await google(), target, identityOptions))
    return {
      clock,
      secrets: withinQuotas(target.secret, openedLate(target.secret, secretManager), pace),
      async mint() {
        const mint = webIdentityMint({
          exchange: target,
          identity: await identity(),
          sts: await sts(),
          clock,
          sleep,
          random,
        })
        return mint()
      },
      callerIdentity: async (credentials) => (await sts()).callerIdentity(credentials),
      onEvent,
    }
  }
}

function openedLate(secret: string, secretManager: () => Promise<OfficialSecretManager>): SecretVersions {
  const versions = async (): Promise<SecretVersions> => (await secretManager()).versionsOf(secret)
  return {
    read: async (version) => (await versions()).read(version),
    add: async (payload) => (await versions()).add(payload),
    list: async () => (await versions()).list(),
    destroy: async (version) => (await versions()).destroy(version),
  }
}

/** `make`, called once for each key. */
function keyed<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

interface Once<T> {
  (): Promise<T>
  /** What was opened, if anything was asked for. */
  held(): Promise<T> | undefined
}

/** `open`, called when first asked for, and again only after it failed. */
function once<T>(open: () => Promise<T>): Once<T> {
  let held: Promise<T> | undefined
  const ask = (): Promise<T> => {
    held ??= open().catch((error: unknown) => {
      held = undefined
      throw error
    })
    return held
  }
  return Object.assign(ask, { held: () => held })
}
