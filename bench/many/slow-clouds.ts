/** Google's and AWS's side of many targets on virtual time: every call takes what is drawn for it, and is put on its target's account. */
import type { RoleChain } from '../../shared/aws/sts-official.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import { roleParts } from '../../shared/core/exchange.ts'
import type {
  AssumedRole,
  CallerIdentityCheck,
  IdTokenSource,
  Random,
  SecretVersions,
  SessionCredentials,
  WebIdentityExchange,
} from '../../shared/core/ports.ts'
import { latency } from '../fleet/seeded-random.ts'
import type { VirtualWorld } from '../fleet/virtual-world.ts'

/** Medians in milliseconds, as in a day of a fleet; one call to STS in a hundred takes five seconds more. */
const READ_MS = 30
const WRITE_MS = 200
const STS_MS = 700
const STS_SLOW_MS = 5_000
/** As the broker's default. */
const STS_DEADLINE_MS = 5_000

/** A call, or a back-off before one. */
export interface Step {
  readonly ms: number
  /** The project whose quota of writes it counts against. */
  readonly writesTo?: string | undefined
}

/** What a run asked for. */
export interface Account {
  /** What each target took, without any wait for a quota, by its name. */
  readonly steps: Map<string, Step[]>
  /** When something was written to a project, or listed in it, in order. */
  readonly writes: Map<string, number[]>
  readonly lists: Map<string, number[]>
  /** When each secret got its new version. */
  readonly storedAt: number[]
  /** When the last call ended. */
  lastAt: number
}

export interface SlowClouds {
  /** Since `reset`. */
  readonly account: Account
  reset(): void
  /** One secret, of the target `name`. */
  secretOf(name: string, project: string): SecretVersions
  /** Google's side of an exchange by the target `name`. */
  identityOf(name: string): IdTokenSource
  /** STS as the target `name` calls it: `isOut` says that it does not answer. */
  stsOf(name: string, isOut: () => boolean): WebIdentityExchange & RoleChain & CallerIdentityCheck
  /** Lets `ms` pass on the account of `name`. */
  work(name: string, ms: number): Promise<void>
}

/** @param isEven whether every call takes its median */
export function slowClouds(world: VirtualWorld, random: Random, isEven: boolean): SlowClouds {
  const draw = (medianMs: number): number => (isEven ? medianMs : latency(random, medianMs))
  const account: Account = { steps: new Map(), writes: new Map(), lists: new Map(), storedAt: [], lastAt: 0 }
  const roleOfKey = new Map<string, string>()

  const work = (name: string, ms: number, writesTo?: string): Promise<void> => {
    noted(account.steps, name, { ms, writesTo })
    if (writesTo !== undefined) noted(account.writes, writesTo, world.now())
    account.lastAt = Math.max(account.lastAt, world.now() + ms)
    return world.after(ms)
  }

  async function answerOfSts(name: string, isOut: boolean): Promise<void> {
    const ms = draw(STS_MS) + (!isEven && random() < 0.01 ? STS_SLOW_MS : 0)
    await work(name, isOut ? STS_DEADLINE_MS : Math.min(ms, STS_DEADLINE_MS))
    if (isOut || ms > STS_DEADLINE_MS)
      throw new KeyferryError('EXCHANGE_FAILED', 'STS did not answer in time.', {
        retryable: true,
        cause: Object.assign(new Error('no whole answer in time'), { code: 'ETIMEDOUT' }),
      })
  }

  function assumed(roleArn: string, durationSeconds: number): AssumedRole {
    const { accountId, name } = roleParts(roleArn)
    const accessKeyId = `ASIA${String(roleOfKey.size).padStart(16, '0')}`
    const assumedRoleArn = `arn:aws:sts::${accountId}:assumed-role/${name}/keyferry`
    roleOfKey.set(accessKeyId, assumedRoleArn)
    const expiration = new Date(world.now() + durationSeconds * 1_000)
    const secrets = { secretAccessKey: 'simulated', sessionToken: 'simulated' }
    return { credentials: { accessKeyId, ...secrets, accountId, expiration }, assumedRoleArn }
  }

  return {
    account,
    reset() {
      for (const each of [account.steps, account.writes, account.lists]) each.clear()
      account.storedAt.length = 0
    },
    work,
    identityOf: (name) => ({
      async idToken() {
        await work(name, draw(READ_MS))
        return 'simulated'
      },
    }),
    stsOf: (name, isOut) => ({
      async assumeRoleWithWebIdentity({ roleArn, durationSeconds }) {
        await answerOfSts(name, isOut())
        return assumed(roleArn, durationSeconds)
      },
      async assumeRole(_, { roleArn, durationSeconds }) {
        await answerOfSts(name, isOut())
        return assumed(roleArn, durationSeconds)
      },
      async callerIdentity({ accessKeyId, accountId }: SessionCredentials) {
        await answerOfSts(name, isOut())
        return { accountId, arn: roleOfKey.get(accessKeyId) ?? '' }
      },
    }),
    secretOf(name, project) {
      const versions: { payload: Uint8Array; createdAt: Date; destroyed: boolean }[] = []
      return {
        async read(wanted) {
          await work(name, draw(READ_MS))
          const number = wanted === 'latest' ? versions.length : wanted
          const found = versions[number - 1]
          if (!found) throw new KeyferryError('SECRET_NOT_FOUND', `There is no version ${number}.`)
          if (found.destroyed) throw new KeyferryError('SECRET_DESTROYED', `Version ${number} is destroyed.`)
          return { version: number, payload: found.payload }
        },
        async list() {
          noted(account.lists, project, world.now())
          await work(name, draw(READ_MS))
          return versions
            .map(({ createdAt, destroyed }, i) => {
              const state = destroyed ? ('DESTROYED' as const) : ('ENABLED' as const)
              return { version: i + 1, createdAt, state }
            })
            .filter(({ state }) => state === 'ENABLED')
            .reverse()
        },
        async add(payload) {
          await work(name, draw(WRITE_MS), project)
          versions.push({ payload, createdAt: new Date(world.now()), destroyed: false })
          account.storedAt.push(world.now())
          return versions.length
        },
        async destroy(number) {
          await work(name, draw(WRITE_MS), project)
          const version = versions[number - 1]
          if (version) version.destroyed = true
        },
      }
    },
  }
}

function noted<T>(all: Map<string, T[]>, key: string, item: T): void {
  const known = all.get(key)
  if (known) known.push(item)
  else all.set(key, [item])
}
