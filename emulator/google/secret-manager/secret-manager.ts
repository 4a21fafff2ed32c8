/** Secret Manager: one port, two transports, one state. */
import type { SecretManager } from '../../emulator.ts'
import type { Libraries } from '../../libraries.ts'
import { watch } from '../../watch.ts'
import { httpFront, type Surroundings } from '../../wire/http-front.ts'
import { httpServer, listenForConnections, type Listener } from '../../wire/listener.ts'
import type { GoogleTokens } from '../tokens.ts'
import { secretManagerControl } from './control.ts'
import { grpcSide } from './grpc.ts'
import { byFirstBytes } from './port.ts'
import { restApi } from './rest.ts'
import { restRoutes } from './rest-routes.ts'
import type { Vault } from './vault.ts'

export async function startSecretManager(
  libraries: Libraries,
  vault: Vault,
  tokens: GoogleTokens,
  around: Surroundings,
  port: number,
): Promise<{ readonly control: SecretManager; readonly listener: Listener; close(): Promise<void> }> {
  const watched = watch(around.clock)
  const rest = restApi(vault, tokens, restRoutes(libraries.protos), watched)
  const http = httpServer(httpFront(() => rest, around))
  const grpc = grpcSide(libraries, vault, tokens, watched, {
    ...around,
    connectionFrom: (remotePort) => listener.connectionFrom(remotePort),
  })
  const listener = await listenForConnections(
    port,
    byFirstBytes(grpc.accept, (socket) => http.emit('connection', socket)),
  )
  watched.reachedAt(listener)
  return {
    control: secretManagerControl(vault, watched.control),
    listener,
    close: async () => {
      grpc.close()
      await listener.close()
    },
  }
}
