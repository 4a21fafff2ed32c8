/** Each target's secret, read through the lean transport: nothing but Node is needed for it. */
import { metadataServer, type MetadataServer } from '../shared/google/metadata-server.ts'
import { leanSecretStore } from '../shared/google/secret-store-lean.ts'
import { leanTransport } from '../shared/transport.ts'

export function leanStores(
  env: NodeJS.ProcessEnv,
  tokens: MetadataServer = metadataServer({ http: leanTransport(env), env }),
): (target: { readonly secret: string }) => ReturnType<typeof leanSecretStore> {
  const http = leanTransport(env)
  return ({ secret }) => leanSecretStore({ secret, http, tokens, env })
}
