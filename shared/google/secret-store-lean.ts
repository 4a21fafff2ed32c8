/** Secret Manager over its REST API and the lean transport: what a reader and a publisher need, and no package. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import { crc32c } from '../core/crc32c.ts'
import type {
  AccessTokenSource,
  HttpRequest,
  HttpResponse,
  HttpTransport,
  Random,
  SecretStore,
  SecretVersions,
  Sleep,
} from '../core/ports.ts'
import { secretManagerEndpoint } from './endpoints.ts'
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
import type * as Explanations from './secret-errors.ts'
import type { SecretAttempt, SecretFailure } from './secret-refusals.ts'

export interface LeanSecretStoreOptions {
  /** `projects/P/secrets/S`, or `projects/P/locations/L/secrets/S` for a regional one. */
  readonly secret: string
  readonly http: HttpTransport
  readonly tokens: AccessTokenSource
  /** Read for SECRET_MANAGER_EMULATOR_HOST. @default process.env */
  readonly env?: NodeJS.ProcessEnv
  /** Deadline of one attempt, in milliseconds. @default 2000 */
  readonly timeoutMs?: number
  readonly sleep?: Sleep
  readonly random?: Random
}

/** Throws CONFIG_INVALID for what is not the name of a secret, or an emulator that is not on this machine. */
export function leanSecretStore(options: LeanSecretStoreOptions): SecretStore & Pick<SecretVersions, 'list'> {
  const { secret } = options
  const call = leanSecretCalls(options)

  return {
    read(version) {
      const attempt: SecretAttempt = { act: 'read', secret, version }
      return call(attempt, 3, `/versions/${version}:access`, undefined, (answer) => {
        const { data, dataCrc32c } = asObject(answer['payload']) ?? {}
        return versionRead(attempt, {
          name: answer['name'],
          data: typeof data === 'string' ? Buffer.from(data, 'base64') : undefined,
          checksum: dataCrc32c,
        })
      })
    },
    add(payload) {
      const data = Buffer.from(payload).toString('base64')
      const attempt: SecretAttempt = { act: 'add', secret, secrets: [data] }
      const body = JSON.stringify({ payload: { data, dataCrc32c: String(crc32c(payload)) } })
      // The first may have been stored although its answer was lost: a second version of the same does no harm.
      return call(attempt, 2, ':addVersion', body, (answer) => versionNumber(answer['name']))
    },
    list() {
      const attempt: SecretAttempt = { act: 'list', secret }
      return versionsListed((pageToken) => {
        const query = new URLSearchParams({
          filter: NOT_DESTROYED,
          pageSize: String(PAGE_SIZE),
          ...(pageToken && { pageToken }),
        })
        return call(attempt, 3, `/versions?${query}`, undefined, (answer) =>
          versionPage(pageToken, versionsIn(answer), answer['nextPageToken']),
        )
      })
    },
  }
}

/** One call of Secret Manager's REST API: tried again where that may help, and its failures in Keyferry's terms. */
export type LeanSecretCall = <T>(
  attempt: SecretAttempt,
  attempts: number,
  /** Behind the secret's own address. */
  path: string,
  /** A POST's; without one it is a GET. */
  body: string | undefined,
  read: (answer: Record<string, unknown>) => T,
) => Promise<T>

/** Throws CONFIG_INVALID for what is not the name of a secret, or an emulator that is not on this machine. */
export function leanSecretCalls(options: LeanSecretStoreOptions): LeanSecretCall {
  const { secret, http, tokens, timeoutMs = 2_000, random = Math.random } = options
  const sleep = options.sleep ?? sleepFor
  const url = `${secretManagerEndpoint(secret, options.env).origin}/v1/${secret}`

  return async (attempt, attempts, path, body, read) => {
    // Outside the retries: the source of the token has its own.
    const token = await tokens.accessToken()
    const known = { ...attempt, secrets: [...(attempt.secrets ?? []), token] }
    const request: HttpRequest = {
      method: body === undefined ? 'GET' : 'POST',
      url: url + path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(tokens.quotaProject !== undefined && { 'x-goog-user-project': tokens.quotaProject }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      timeoutMs,
    }
    const once = async (): Promise<ReturnType<typeof read>> => {
      const response = await http(request).catch(async (error: unknown) => {
        throw (await explanations()).unanswered(known, error)
      })
      if (response.status === 401) tokens.discard?.(token)
      if (response.status !== 200) throw (await explanations()).refused(known, failureIn(response))
      try {
        const answer = objectIn(response.body)
        if (!answer) throw new UnreadableAnswer('is not the JSON that was expected')
        return read(answer)
      } catch (error) {
        throw (await explanations()).unreadable(known, error)
      }
    }
    return once().catch(async (error: unknown) => {
      const { retryAfter } = await import('../core/retry.ts')
      return retryAfter(error, once, { attempts, sleep, random })
    })
  }
}

/** What failures mean, and what to do, is loaded when something has failed: a reader's first credentials do not wait for it. */
function explanations(): Promise<typeof Explanations> {
  return import('./secret-errors.ts')
}

function versionsIn({ versions = [] }: Record<string, unknown>): VersionAnswer[] {
  return (Array.isArray(versions) ? versions : [undefined]).map(
    (version: Record<string, unknown> | undefined) => ({
      name: version?.['name'],
      state: version?.['state'],
      createdAt: new Date(String(version?.['createTime'])),
      destroyAt: version?.['scheduledDestroyTime']
        ? new Date(String(version['scheduledDestroyTime']))
        : undefined,
    }),
  )
}

// Only what has the form of Google's errors is taken for one: a 404 of some proxy's does not mean that a version is gone.
function failureIn({ status, body }: HttpResponse): SecretFailure {
  const { status: said, message, details } = asObject(objectIn(body)?.['error']) ?? {}
  if (typeof said !== 'string' || !/^[A-Z_]{1,32}$/.test(said))
    return { status: STATUS_OF[status] ?? `HTTP status ${status}` }
  const reasons = (Array.isArray(details) ? details : []).map(
    (detail: unknown) => asObject(detail)?.['reason'],
  )
  const reason = reasons.find((each) => typeof each === 'string')
  return {
    status: said,
    ...(typeof message === 'string' && { message }),
    ...(reason !== undefined && { reason }),
  }
}

const STATUS_OF: Readonly<Record<number, string>> = {
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function objectIn(json: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(json))
  } catch {
    // JSON.parse quotes its input in its message: it must not travel on.
    return undefined
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}
