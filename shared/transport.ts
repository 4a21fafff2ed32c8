/** The one lean HTTP client: on `node:http` and `node:https`, for what a request handler must not load a library for. */
import type * as Http from 'node:http'
import type * as Https from 'node:https'
import { LOOPBACK_HOST } from './core/limits.ts'
import type { HttpRequest, HttpResponse, HttpTransport } from './core/ports.ts'

/** No answer that we ask for is near this: it bounds what a broken or hostile server can make us hold. */
const ANSWER_BYTES_MAX = 1_048_576
/** Google and AWS close idle connections at about this age or later: rather a new one than a race with that. */
const IDLE_MS = 20_000

/**
 * A transport with its own connections, kept alive per origin; idle ones do not keep the process alive. TLS goes through
 * the proxy that HTTPS_PROXY and NO_PROXY of `env` name, in either case; loopback and `direct` requests never do.
 */
export function leanTransport(env: NodeJS.ProcessEnv = process.env): HttpTransport {
  const agents = new Map<string, Http.Agent>()

  return async (request) => {
    const url = new URL(request.url)
    const proxied = url.protocol === 'https:' && !request.direct && !LOOPBACK_HOST.test(url.hostname)
    const key = `${url.origin} ${proxied}`
    let agent = agents.get(key)
    if (!agent) agents.set(key, (agent = agentFor(url, proxied ? env : undefined)))
    return exchange(request, url, agent)
  }
}

function agentFor(url: URL, proxyEnv: NodeJS.ProcessEnv | undefined): Http.Agent {
  const { Agent } = clientOf(url)
  return new Agent({ keepAlive: true, timeout: IDLE_MS, ...(proxyEnv && { proxyEnv }) })
}

// Not imported: an import reads all that a module exports, and for `http.WebSocket` Node loads a second HTTP client, HTTP/2
// and web streams (nodejs/node#59686): more than all else up to the first credentials takes.
function clientOf({ protocol }: URL): typeof Http | typeof Https {
  return process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
}

function exchange(request: HttpRequest, url: URL, agent: Http.Agent): Promise<HttpResponse> {
  const { method, headers, body, timeoutMs } = request
  return new Promise((resolve, reject) => {
    const outgoing = clientOf(url).request(url, { method, headers, agent })
    let isOver = false
    // One deadline for the whole exchange: a server that sends a byte now and then must not outlive it. Where this process
    // had no CPU for so long, timers come first though the answer has long been there: it is looked for once more.
    const deadline = setTimeout(() => setImmediate(expire), timeoutMs)

    function expire(): void {
      if (!isOver) fail(`no whole answer within ${timeoutMs} ms`, 'ETIMEDOUT')
    }

    function fail(what: string, code: string): void {
      isOver = true
      clearTimeout(deadline)
      // Our own words: Node's name the proxy with its password, and would carry the request on.
      reject(Object.assign(new Error(`${method} ${url.origin}: ${what}.`), { code }))
      outgoing.destroy()
      closeIdle(agent)
    }
    function broken(error: NodeJS.ErrnoException): void {
      const code = error.code ?? 'ECONNRESET'
      fail(`the connection failed (${code})`, code)
    }

    outgoing.on('error', broken)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > ANSWER_BYTES_MAX) fail(`the answer has more than ${ANSWER_BYTES_MAX} bytes`, 'EMSGSIZE')
        else chunks.push(chunk)
      })
      incoming.on('error', () => fail('the answer was cut short', 'ECONNRESET'))
      incoming.on('end', () => {
        if (!incoming.complete) return fail('the answer was cut short', 'ECONNRESET')
        isOver = true
        clearTimeout(deadline)
        resolve(responseOf(incoming, Buffer.concat(chunks)))
      })
    })
    outgoing.end(body)
  })
}

function responseOf({ statusCode = 0, headers }: Http.IncomingMessage, body: Buffer): HttpResponse {
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body: body.toString(),
  }
}

// What failed once may have died with all its siblings, as when a process was frozen between requests.
function closeIdle(agent: Http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
