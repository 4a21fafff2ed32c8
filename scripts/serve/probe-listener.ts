/** A second port, for probes that come from outside the container: it says whether, and can say nothing else. */
import type { Endpoint } from './endpoint.ts'
import { listen, probe, send } from './guarded-server.ts'

/** Listens on every address; resolves to what closes it. */
export async function listenForProbes(port: number, endpoint: Endpoint): Promise<() => void> {
  // Not imported, as in shared/transport.ts.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer({ requestTimeout: 3_000, headersTimeout: 2_000 }, ({ url }, response) => {
    if (url === '/healthz') send(response, probe(true))
    else if (url === '/readyz') send(response, probe(endpoint.isReady))
    else send(response, { status: 404, headers: { connection: 'close' }, body: '' })
  })
  server.maxConnections = 64
  await listen(server, port, '0.0.0.0')
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
