/** The proxy for Google's gRPC client, which by itself reads the variables in lower case only. */
import { LOOPBACK_HOST } from '../core/limits.ts'

/** Where to connect, and the options of the channel that make it a way to the service itself. */
export interface GrpcRoute {
  readonly apiEndpoint: string
  readonly port: number
  /** gRPC's own look at the environment is off: it would send even loopback to the proxy. */
  readonly 'grpc.enable_http_proxy': 0
  readonly 'grpc.http_connect_target'?: string
  readonly 'grpc.http_connect_creds'?: string
  readonly 'grpc.default_authority'?: string
}

/** The way to `host`: through the proxy of HTTPS_PROXY where NO_PROXY does not exclude it, in either case. */
export function grpcRoute(host: string, port: number, env: NodeJS.ProcessEnv): GrpcRoute {
  const direct = { apiEndpoint: host, port, 'grpc.enable_http_proxy': 0 } as const
  const proxy = URL.parse(env['https_proxy'] || env['HTTPS_PROXY'] || '')
  if (proxy?.protocol !== 'http:' || LOOPBACK_HOST.test(host)) return direct
  if (isExcluded(host, env['no_proxy'] || env['NO_PROXY'] || '')) return direct
  const user = decodeURIComponent(proxy.username)
  return {
    ...direct,
    apiEndpoint: proxy.hostname,
    port: Number(proxy.port || 80),
    'grpc.http_connect_target': `dns:${host}:${port}`,
    ...(user && { 'grpc.http_connect_creds': `${user}:${decodeURIComponent(proxy.password)}` }),
    'grpc.default_authority': host,
  }
}

function isExcluded(host: string, noProxy: string): boolean {
  return noProxy
    .split(',')
    .map((rule) => rule.trim().replace(/^\*?\./, ''))
    .some((rule) => rule !== '' && (rule === '*' || host === rule || host.endsWith(`.${rule}`)))
}
