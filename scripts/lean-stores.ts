/** Each target's secret, read through the lean transport: nothing but Node is needed for it. */
import type { AccessTokenSource } from '../shared/core/ports.ts'
import { googleIdentity } from '../shared/google/identity.ts'
import { leanSecretStore } from '../shared/google/secret-store-lean.ts'
import { leanTransport } from '../shared/transport.ts'

export function leanStores(
  env: NodeJS.ProcessEnv,
  tokens: AccessTokenSource = ownTokens(env),
): (target: { readonly secret: string }) => ReturnType<typeof leanSecretStore> {
  const http = leanTransport(env)
  return ({ secret }) => leanSecretStore({ secret, http, tokens, env })
}

// Found when the first is asked for: what a credential file lacks is then a failure of what is done with it.
function ownTokens(env: NodeJS.ProcessEnv): AccessTokenSource {
  let identity: Promise<AccessTokenSource> | undefined
  return {
    accessToken: async () =>
      (await (identity ??= googleIdentity({ http: leanTransport(env), env }))).accessToken(),
    discard: (token) =>
      void identity?.then(
        (known) => known.discard?.(token),
        () => undefined,
      ),
  }
}
