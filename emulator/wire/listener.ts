/** A TCP port on loopback that can be closed at once, with every connection that hangs on it. */
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Listener {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** The open connection from this port of the other side. */
  connectionFrom(remotePort: number): Socket | undefined
  /** Listens no more and breaks what is open, until what is returned is called: from the next turn on it listens again. */
  refuse(): () => void
  close(): Promise<void>
}

/** Listens for HTTP. */
export function listenForHttp(port: number, front: RequestListener): Promise<Listener> {
  return listen(httpServer(front), port)
}

/** An HTTP server that is not yet listening: connections can also be handed to it. */
export function httpServer(front: RequestListener): HttpServer {
  // Connections kept alive must outlive any pause of a client: a server that closes first races with its next request.
  return createHttpServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, front)
}

/** Listens, and hands every connection to `accept`. */
export function listenForConnections(port: number, accept: (socket: Socket) => void): Promise<Listener> {
  return listen(createServer(accept), port)
}

async function listen(server: Server, port: number): Promise<Listener> {
  const sockets = new Map<number | undefined, Socket>()
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    sockets.set(remotePort, socket)
    socket.on('close', () => sockets.delete(remotePort))
    // A client that resets its connection is no failure of ours.
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const stopListening = (stopped?: () => void): void => {
    server.close(stopped)
    for (const socket of sockets.values()) socket.destroy()
  }
  let refusals = 0
  return {
    port: bound,
    host: `127.0.0.1:${bound}`,
    connectionFrom: (remotePort) => sockets.get(remotePort),
    refuse() {
      if (refusals++ === 0) stopListening()
      let isOver = false
      return () => {
        if (!isOver && --refusals === 0) server.listen(bound, '127.0.0.1')
        isOver = true
      }
    },
    close: () => new Promise((resolve) => stopListening(() => resolve())),
  }
}
