/** Each target's secret, read through the lean transport: nothing but Node is needed for it. */
import type { AccessTokenSource } from '../shared/core/ports.ts'
import { metadataServer } from '../shared/google/identity.ts'
import { leanSecretStore } from '../shared/google/secret-store-lean.ts'
import { leanTransport } from '../shared/transport.ts'

export function leanStores(
  env: NodeJS.ProcessEnv,
  tokens: AccessTokenSource = metadataServer({ http: leanTransport(env), env }),
): (target: { readonly secret: string }) => ReturnType<typeof leanSecretStore> {
  const http = leanTransport(env)
  return ({ secret }) => leanSecretStore({ secret, http, tokens, env })
}
