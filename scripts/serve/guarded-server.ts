/** A server on loopback for programs of this machine that have its token, and for probes, which are only told whether. */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KeyferryError } from '../../shared/core/errors.ts'
import { SECOND_MS } from '../../shared/core/limits.ts'
import type { Answer } from './answer.ts'
import { tokenCheck } from './bearer-token.ts'
import { refusalOf, type Refusal } from './request-guard.ts'

export interface GuardedServerOptions {
  readonly token: string
  /** 0 is any free one. @default 0 */
  readonly port?: number | undefined
  /** How long a client may take for a request, in milliseconds. @default 3000 */
  readonly requestTimeoutMs?: number | undefined
  /** What is at a path, for who has the token; undefined where nothing is. It must not reject. */
  readonly answer: (path: string) => Promise<Answer> | Answer | undefined
  /** What `/readyz` tells. */
  readonly isReady: () => boolean
  readonly onRefused: (reason: Refusal) => void
}

export interface GuardedServer {
  readonly port: number
  /** Stops listening, and resolves when what was asked before is answered, or a second has passed. */
  close(): Promise<void>
}

/** Listens on 127.0.0.1. Rejects with CONFIG_INVALID where the port cannot be had. */
export async function startGuardedServer(options: GuardedServerOptions): Promise<GuardedServer> {
  const { token, answer, isReady, onRefused, requestTimeoutMs = 3 * SECOND_MS } = options
  const isToken = tokenCheck(token)
  let isClosing = false
  // Not imported, as in shared/transport.ts: `keyferry exec` stands before every command.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer(limits(requestTimeoutMs), (request, response) => void handle(request, response))
  server.maxConnections = CONNECTIONS_MAX
  const port = await listen(server, options.port ?? 0)

  return {
    port,
    async close() {
      isClosing = true
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
    const given = await answer(path)
    if (given) reply(response, given)
    else refuse(response, 'path', 404)
  }

  function reply(response: ServerResponse, given: Answer): void {
    // A connection that stays open would be waited for at the end.
    const last = isClosing ? { connection: 'close' } : {}
    send(response, { ...given, headers: { ...given.headers, ...last } })
  }

  function refuse(response: ServerResponse, reason: Refusal, status = 403): void {
    onRefused(reason)
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
/** Nobody who stops a server waits longer for those who asked it. */
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
