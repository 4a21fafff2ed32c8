/** Each target's secret, read through the lean transport: nothing but Node is needed for it where no credential file is. */
import type { AccessTokenSource } from '../shared/core/ports.ts'
import { googleIdentity } from '../shared/google/identity.ts'
import { leanSecretStore } from '../shared/google/secret-store-lean.ts'
import { leanTransport } from '../shared/transport.ts'

export type LeanStore = ReturnType<typeof leanSecretStore>

/** @param tokens by default those of this process's Google identity, found when the first is needed */
export function leanStores(
  env: NodeJS.ProcessEnv,
  tokens?: AccessTokenSource,
): (target: { readonly secret: string }) => LeanStore {
  const http = leanTransport(env)
  let identity: Promise<AccessTokenSource> | undefined = tokens && Promise.resolve(tokens)
  return ({ secret }) => {
    // What a credential file lacks is a failure of what is done with it.
    const opened = async (): Promise<LeanStore> =>
      leanSecretStore({ secret, http, env, tokens: await (identity ??= found()) })
    return {
      read: async (version) => (await opened()).read(version),
      add: async (payload) => (await opened()).add(payload),
      list: async () => (await opened()).list(),
    }
  }

  // A file that was mended helps whoever asks again.
  function found(): Promise<AccessTokenSource> {
    return googleIdentity({ http, env }).catch((error: unknown) => {
      identity = undefined
      throw error
    })
  }
}
