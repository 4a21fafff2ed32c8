/** The container credentials endpoint: a server on loopback that answers those who have its token. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { KeyferryError } from '../../shared/core/errors.ts'
import { SECOND_MS } from '../../shared/core/limits.ts'
import { PROMETHEUS_CONTENT_TYPE } from '../../shared/report/prometheus-text.ts'
import { tokenCheck } from './bearer-token.ts'
import { credentialAnswer, unavailableAnswer, type Answer } from './credential-answer.ts'
import { heldCredentials, type HeldCredentials } from './held-credentials.ts'
import type { Metrics } from './metrics.ts'
import { keepRenewing } from './renewal.ts'
import { refusalOf, type Refusal } from './request-guard.ts'
import type { ServedTarget } from './served-targets.ts'

export interface EndpointOptions {
  readonly targets: readonly ServedTarget[]
  readonly token: string
  readonly metrics: Metrics
  /** 0 is any free one. @default 0 */
  readonly port?: number
  /** How long a client may take for a request, in milliseconds. @default 3000 */
  readonly requestTimeoutMs?: number
}

export interface Endpoint {
  readonly port: number
  /** What `AWS_CONTAINER_CREDENTIALS_FULL_URI` is to be for each target, by name. */
  readonly urls: ReadonlyMap<string, string>
  /** Resolves once every target has credentials. Rejects where one has none, with the reason; trying goes on. */
  held(): Promise<void>
  /** What `/readyz` tells from now on, as long as every target has credentials. */
  announce(): void
  readonly isReady: boolean
  /** Stops listening, and resolves when what was asked before is answered. */
  close(): Promise<void>
}

/** Listens on 127.0.0.1 and renews from now on. Rejects with CONFIG_INVALID where the port cannot be had. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { token, metrics, port: wanted = 0, requestTimeoutMs = 3 * SECOND_MS } = options
  const ended = new AbortController()
  const isToken = tokenCheck(token)
  const targets = options.targets.map((target) => ({ ...target, held: heldCredentials(target.provider) }))
  const byPath = new Map(targets.flatMap((target) => target.paths.map((path) => [path, target] as const)))
  let isAnnounced = false
  const server = createServer(limits(requestTimeoutMs), (request, response) => void handle(request, response))
  server.maxConnections = CONNECTIONS_MAX
  const port = await listen(server, wanted)
  for (const { held } of targets) void keepRenewing(() => held.renew(), { signal: ended.signal })

  return {
    port,
    urls: new Map(targets.map(({ name, paths: [path] }) => [name, `http://127.0.0.1:${port}${path}`])),
    held: async () => void (await Promise.all(targets.map(({ held }) => held.renew()))),
    announce: () => (isAnnounced = true),
    get isReady() {
      return isReady()
    },
    async close() {
      ended.abort()
      const closed = once(server, 'close')
      server.close()
      const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
      await closed
      clearTimeout(late)
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? ''
    const refusal = refusalOf(request, port)
    if (refusal) return refuse(response, refusal)
    if (path === '/healthz') return reply(response, probe(true))
    if (path === '/readyz') return reply(response, probe(isReady()))
    // Before the path: without the token nobody learns which there are.
    if (!isToken(request.headers.authorization)) return refuse(response, 'token')
    if (path === '/metrics') return reply(response, metricsAnswer())
    const target = byPath.get(path)
    if (!target) return refuse(response, 'path', 404)
    const answer = await answerOf(target)
    metrics.answered(answer.status)
    reply(response, answer)
  }

  function reply(response: ServerResponse, answer: Answer): void {
    // A connection that stays open would be waited for at the end.
    const last = ended.signal.aborted ? { connection: 'close' } : {}
    send(response, { ...answer, headers: { ...answer.headers, ...last } })
  }

  function isReady(): boolean {
    return isAnnounced && targets.every(({ provider: { state } }) => isHeld(state.freshness))
  }

  function metricsAnswer(): Answer {
    const body = metrics.text(targets.map(({ name, provider: { state } }) => ({ name, state })))
    return { status: 200, headers: { 'content-type': PROMETHEUS_CONTENT_TYPE }, body }
  }

  function refuse(response: ServerResponse, reason: Refusal, status = 403): void {
    metrics.refused(reason)
    reply(response, { status, headers: { connection: 'close' }, body: '' })
  }
}

/** No client of ours sends much, or slowly: what does is there to keep others out. */
function limits(requestTimeout: number): ServerOptions {
  return {
    maxHeaderSize: 16_384,
    headersTimeout: requestTimeout,
    requestTimeout,
    keepAliveTimeout: 5 * SECOND_MS,
    connectionsCheckingInterval: requestTimeout / 5,
  }
}
const CONNECTIONS_MAX = 256
/** Every answer is given within this time: who has none by then has not asked. */
const CLOSE_MS = SECOND_MS

/** What a probe is told: nothing but whether. */
export function probe(isWell: boolean): Answer {
  return isWell
    ? { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok\n' }
    : { status: 503, headers: { 'content-type': 'text/plain' }, body: 'unavailable\n' }
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** Resolves to the port. */
export async function listen(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new KeyferryError(
      'CONFIG_INVALID',
      `Port ${port} cannot be listened on (${error.code}). Name another, or 0 for any free one.`,
    )
  })
  return (server.address() as AddressInfo).port
}

async function answerOf({
  held,
  roleArn,
}: {
  held: HeldCredentials
  roleArn?: string | undefined
}): Promise<Answer> {
  try {
    return credentialAnswer(await held.best(), roleArn)
  } catch (error) {
    return unavailableAnswer(error)
  }
}

function isHeld(freshness: string): boolean {
  return freshness !== 'empty' && freshness !== 'expired'
}
