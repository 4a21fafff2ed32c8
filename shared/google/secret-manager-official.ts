/** Secret Manager through Google's own client over gRPC: what the writing side uses. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { crc32c } from '../core/crc32c.ts'
import { isKeyferryError } from '../core/errors.ts'
import type { AccessTokenSource, Random, SecretVersions, Sleep } from '../core/ports.ts'
import { retry } from '../core/retry.ts'
import { secretManagerEndpoint, type ServiceEndpoint } from './endpoints.ts'
import { grpcFailure, isConnectionFailure, timedOut } from './grpc-failure.ts'
import {
  googleClients,
  type GoogleCallOptions,
  type ListedVersion,
  type SecretManagerClient,
} from './secret-manager-clients.ts'
import {
  NOT_DESTROYED,
  PAGE_SIZE,
  UnreadableAnswer,
  versionNumber,
  versionPage,
  versionRead,
  versionsListed,
  type VersionAnswer,
} from './secret-answers.ts'
import { unreadable } from './secret-errors.ts'
import type { SecretAttempt } from './secret-refusals.ts'

export interface OfficialSecretManagerOptions {
  /** Authorizes every call: the client's own way to credentials knows neither our deadlines nor our proxy. */
  readonly tokens: AccessTokenSource
  /** Read for SECRET_MANAGER_EMULATOR_HOST and the proxy. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of one attempt, in milliseconds. The first one connects too. @default 5000 */
  readonly timeoutMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

export interface OfficialSecretManager {
  /** Throws CONFIG_INVALID for what is not the name of a secret. */
  versionsOf(secret: string): SecretVersions
  /** Closes every connection, once what is under way has ended. */
  close(): Promise<void>
}

/** Rejects with DEPENDENCY_MISSING where Google's package, an optional peer of ours, is not installed. */
export async function officialSecretManager(
  options: OfficialSecretManagerOptions,
): Promise<OfficialSecretManager> {
  const { tokens, env = process.env, timeoutMs = 5_000, random = Math.random } = options
  const sleep = options.sleep ?? sleepFor
  const clients = await googleClients(env)

  return { versionsOf, close: () => clients.close() }

  function versionsOf(secret: string): SecretVersions {
    const endpoint = secretManagerEndpoint(secret, env)
    return {
      read(version) {
        const attempt: SecretAttempt = { act: 'read', secret, version }
        return call(endpoint, attempt, 3, async (client, callOptions) => {
          const name = `${secret}/versions/${version}`
          const [answer] = await client.accessSecretVersion({ name }, callOptions)
          const { data, dataCrc32c: checksum } = answer.payload ?? {}
          return versionRead(attempt, {
            name: answer.name,
            data: data ? Buffer.from(data as Uint8Array) : undefined,
            checksum,
          })
        })
      },
      add(data) {
        const attempt: SecretAttempt = { act: 'add', secret, secrets: [Buffer.from(data).toString()] }
        // The first may have been stored although its answer was lost: a second version of the same does no harm.
        return call(endpoint, attempt, 2, async (client, callOptions) => {
          const payload = { data, dataCrc32c: crc32c(data) }
          const [answer] = await client.addSecretVersion({ parent: secret, payload }, callOptions)
          return versionNumber(answer.name)
        })
      },
      list() {
        const attempt: SecretAttempt = { act: 'list', secret }
        return versionsListed((pageToken) =>
          call(endpoint, attempt, 3, async (client, callOptions) => {
            const [versions, next] = await client.listSecretVersions(
              { parent: secret, filter: NOT_DESTROYED, pageSize: PAGE_SIZE, pageToken },
              { ...callOptions, autoPaginate: false },
            )
            return versionPage(pageToken, versions.map(versionAnswer), next?.pageToken)
          }),
        )
      },
      async destroy(version) {
        const attempt: SecretAttempt = { act: 'destroy', secret, version }
        const name = `${secret}/versions/${version}`
        await call(endpoint, attempt, 3, (client, callOptions) =>
          client.destroySecretVersion({ name }, callOptions),
        ).catch((error: unknown) => {
          // It is what was wanted, perhaps by an attempt whose answer was lost.
          if (!isKeyferryError(error, 'SECRET_DESTROYED')) throw error
        })
      },
    }
  }

  async function call<T>(
    endpoint: ServiceEndpoint,
    attempt: SecretAttempt,
    attempts: number,
    act: (client: SecretManagerClient, options: GoogleCallOptions) => Promise<T>,
  ): Promise<T> {
    // Outside the retries: the source has its own.
    const token = await tokens.accessToken()
    const { quotaProject } = tokens
    const headers = {
      authorization: `Bearer ${token}`,
      ...(quotaProject !== undefined && { 'x-goog-user-project': quotaProject }),
    }
    const known = { ...attempt, secrets: [...(attempt.secrets ?? []), token] }
    return retry(
      async () => {
        const client = clients.at(endpoint)
        const options = {
          timeout: timeoutMs,
          retry: null,
          otherArgs: { headers },
        }
        try {
          return await within(
            timeoutMs,
            client.initialize().then(() => act(client, options)),
          )
        } catch (error) {
          if (error instanceof UnreadableAnswer) throw unreadable(known, error)
          if (isKeyferryError(error)) throw error
          if (isConnectionFailure(error)) clients.drop(endpoint, client)
          const failure = grpcFailure(known, error)
          if (failure.code === 'ACCESS_TOKEN_FAILED') tokens.discard?.(token)
          throw failure
        }
      },
      { attempts, sleep, random },
    )
  }
}

/** The client's deadline is for the call alone: what it loads and connects to comes before it. */
async function within<T>(ms: number, act: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(`no answer within ${ms} ms`)), ms)
  })
  return Promise.race([act, late]).finally(() => clearTimeout(timer))
}

function versionAnswer({ name, state, createTime, scheduledDestroyTime }: ListedVersion): VersionAnswer {
  return {
    name,
    state: stateName(state),
    createdAt: new Date(Number(createTime?.seconds) * 1_000),
    destroyAt: scheduledDestroyTime ? new Date(Number(scheduledDestroyTime.seconds) * 1_000) : undefined,
  }
}

// A number in REST mode, where the client asks for numeric enums.
function stateName(state: unknown): unknown {
  return typeof state === 'number' ? ['', 'ENABLED', 'DISABLED', 'DESTROYED'][state] : state
}
