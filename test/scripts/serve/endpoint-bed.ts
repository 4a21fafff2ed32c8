/** An endpoint on loopback with providers that a test plays, and raw requests: an HTTP client would not send what attackers do. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { newToken } from '../../../scripts/serve/bearer-token.ts'
import { startEndpoint, type Endpoint } from '../../../scripts/serve/endpoint.ts'
import { metrics, type Metrics } from '../../../scripts/serve/metrics.ts'
import type { SessionCredentials } from '../../../shared/core/ports.ts'
import type { KeyferryProvider, KeyferryState } from '../../../shared/core/provider.ts'
import { credentialsOf } from '../../bed/credentials.ts'

export interface FakeProvider extends KeyferryProvider {
  /** What calls give: credentials, an error to reject with, or a promise of them. */
  gives: SessionCredentials | Error | Promise<SessionCredentials>
  /** The properties of every call so far. */
  readonly calls: (Record<string, unknown> | undefined)[]
}

export function fakeProvider(gives: FakeProvider['gives']): FakeProvider {
  const calls: FakeProvider['calls'] = []
  const provider = async (properties?: Record<string, unknown>): Promise<SessionCredentials> => {
    calls.push(properties)
    const given = await fake.gives
    if (given instanceof Error) throw given
    return given
  }
  const state = (): KeyferryState => {
    const { gives: given } = fake
    const held = given instanceof Error || given instanceof Promise ? undefined : given
    return {
      freshness: held ? 'fresh' : 'empty',
      kind: 'store',
      suspect: false,
      loading: false,
      ...(held && { expiration: held.expiration }),
    }
  }
  const fake = Object.defineProperty(
    Object.assign(provider, {
      memoized: true as const,
      gives,
      calls,
      invalidate: () => undefined,
      ready: async () => void (await provider()),
    }),
    'state',
    { get: state, configurable: true },
  ) as unknown as FakeProvider
  return fake
}

/** Credentials with an hour of life by the real clock. */
export function anHour(number = 1): SessionCredentials {
  return credentialsOf(number, Date.now() + 3_600_000)
}

export interface EndpointBed {
  readonly endpoint: Endpoint
  readonly token: string
  readonly metrics: Metrics
  /** `GET path` with the token, unless `headers` says otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Resolves to all that comes back until the connection ends. */
  raw(bytes: string): Promise<string>
  /** How often each guard refused, by the metrics. */
  refusals(): Promise<Record<string, number>>
}

export async function endpointBed(providers: Record<string, KeyferryProvider>): Promise<EndpointBed> {
  const token = newToken()
  const counted = metrics('0.0.0')
  const targets = Object.entries(providers).map(([name, provider]) => ({
    name,
    paths: (name === 'default' ? ['/credentials'] : [`/credentials/${name}`]) as [string],
    provider,
    roleArn: `arn:aws:iam::123456789012:role/${name}`,
  }))
  const endpoint = await startEndpoint({ targets, token, metrics: counted, requestTimeoutMs: 200 })
  const get = (path: string, headers: Record<string, string> = { authorization: token }): Promise<Response> =>
    fetch(`http://127.0.0.1:${endpoint.port}${path}`, { headers })
  return {
    endpoint,
    token,
    metrics: counted,
    get,
    raw(bytes) {
      const socket = connect(endpoint.port, '127.0.0.1')
      socket.write(bytes)
      return text(socket)
    },
    async refusals() {
      const page = await (await get('/metrics')).text()
      const lines = [...page.matchAll(/^keyferry_requests_refused_total\{reason="(\w+)"\} (\d+)$/gm)]
      return Object.fromEntries(lines.map(([, reason, count]) => [reason as string, Number(count)]))
    },
  }
}
