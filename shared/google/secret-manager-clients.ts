/** Google's own clients of Secret Manager, one for each address that the API has: made when needed, replaced when broken. */
import type * as Gax from 'google-gax'
import { createRequire } from 'node:module'
import { KeyferryError } from '../core/errors.ts'
import { withoutDetails } from '../core/redaction.ts'
import type { ServiceEndpoint } from './endpoints.ts'
import { grpcRoute } from './grpc-proxy.ts'

/** The methods of `SecretManagerServiceClient` that we call, without a type of the package: it is an optional peer. */
export interface SecretManagerClient {
  initialize(): Promise<unknown>
  accessSecretVersion(
    request: { name: string },
    options: GoogleCallOptions,
  ): Promise<
    readonly [{ name?: unknown; payload?: { data?: unknown; dataCrc32c?: unknown } | null }, ...unknown[]]
  >
  addSecretVersion(
    request: { parent: string; payload: { data: Uint8Array; dataCrc32c: number } },
    options: GoogleCallOptions,
  ): Promise<readonly [{ name?: unknown }, ...unknown[]]>
  listSecretVersions(
    request: { parent: string; filter: string; pageSize: number; pageToken: string },
    options: GoogleCallOptions,
  ): Promise<readonly [readonly ListedVersion[], { pageToken?: unknown } | null, ...unknown[]]>
  destroySecretVersion(request: { name: string }, options: GoogleCallOptions): Promise<unknown>
  close(): Promise<void>
}

export interface ListedVersion {
  name?: unknown
  state?: unknown
  createTime?: GoogleTime | null
  scheduledDestroyTime?: GoogleTime | null
}

interface GoogleTime {
  seconds?: unknown
}

export interface GoogleCallOptions {
  /** In milliseconds. The client's own is a minute, and ten with its retries. */
  readonly timeout: number
  /** No retries of the client's own: ours are the one layer. */
  readonly retry: null
  readonly autoPaginate?: boolean
  readonly otherArgs?: { readonly headers: Record<string, string> }
}

export interface GoogleClients {
  at(endpoint: ServiceEndpoint): SecretManagerClient
  /** The next call to `endpoint` gets a new client, with new connections. */
  drop(endpoint: ServiceEndpoint, client: SecretManagerClient): void
  close(): Promise<void>
}

/** Rejects with DEPENDENCY_MISSING where Google's package is not installed. */
export async function googleClients(env: NodeJS.ProcessEnv): Promise<GoogleClients> {
  const connect = await connector(env)
  const clients = new Map<string, SecretManagerClient>()
  return {
    at({ origin, ...endpoint }) {
      let client = clients.get(origin)
      if (!client) clients.set(origin, (client = connect({ origin, ...endpoint })))
      return client
    },
    drop({ origin }, client) {
      if (clients.get(origin) !== client) return
      clients.delete(origin)
      void client.close().catch(() => undefined)
    },
    async close() {
      const open = [...clients.values()]
      clients.clear()
      await Promise.allSettled(open.map((client) => client.close()))
    },
  }
}

async function connector(
  env: NodeJS.ProcessEnv,
): Promise<(endpoint: ServiceEndpoint) => SecretManagerClient> {
  const { SecretManagerServiceClient } = await import('@google-cloud/secret-manager').catch(missing)
  const { PassThroughClient } = await import('google-auth-library')
  return ({ host, port, plaintext }) =>
    new SecretManagerServiceClient({
      ...grpcRoute(host, port, env),
      // Each call brings its own authorization.
      authClient: new PassThroughClient(),
      ...(plaintext && { sslCreds: insecure() }),
      // gRPC shares connections between clients; one that replaces a broken client must not get its connection.
      'grpc.use_local_subchannel_pool': 1,
    })
}

// From the copy of gRPC that the client itself uses, wherever the package manager put that.
function insecure(): ReturnType<typeof Gax.grpc.credentials.createInsecure> {
  const ours = createRequire(import.meta.url)
  const clients = createRequire(ours.resolve('@google-cloud/secret-manager'))
  return (clients('google-gax') as typeof Gax).grpc.credentials.createInsecure()
}

function missing(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new KeyferryError(
    'DEPENDENCY_MISSING',
    'Writing to Secret Manager needs the package @google-cloud/secret-manager. Install it: npm install @google-cloud/secret-manager@7',
    { cause: withoutDetails(error), resource: '@google-cloud/secret-manager' },
  )
}
