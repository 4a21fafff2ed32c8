/** What a request must be before anything looks at its path: from a program on this machine that was told of the endpoint. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'

/** Why a request was refused: for the metrics of whoever runs the endpoint, never for the one who asked. */
export const REFUSALS = ['peer', 'method', 'host', 'forwarded', 'body', 'token', 'path'] as const

export type Refusal = (typeof REFUSALS)[number]

/**
 * What browsers and proxies add, and no AWS SDK does. A page that a browser shows can send requests to loopback; a proxy would
 * send those of the whole network.
 */
const FOREIGN_HEADERS = [
  'origin',
  'sec-fetch-site',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'via',
]

/** The guards that need no token; `undefined` where it passes them all. */
export function refusalOf(request: GuardedRequest, port: number): Refusal | undefined {
  const { headersDistinct: headers } = request
  if (!isLoopback(request.socket.remoteAddress)) return 'peer'
  if (request.method !== 'GET') return 'method'
  // A name of somebody else's that was made to resolve to 127.0.0.1 is in Host: DNS rebinding.
  const [host, ...more] = headers['host'] ?? []
  if (host === undefined || more.length > 0 || !isOurs(host, port)) return 'host'
  if (FOREIGN_HEADERS.some((name) => headers[name])) return 'forwarded'
  if (headers['transfer-encoding'] || headers['content-length']?.some((length) => length !== '0'))
    return 'body'
  return undefined
}

export type GuardedRequest = Pick<IncomingMessage, 'method' | 'headersDistinct'> & {
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function isOurs(host: string, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host.toLowerCase() === `${name}:${port}`)
}
