/** One port for gRPC and REST: the first bytes of a connection say which of the two it speaks. */
import type { Socket } from 'node:net'

/** What every HTTP/2 connection starts with. */
const PREFACE = Buffer.from('PRI * HTTP/2.0')

export function byFirstBytes(
  grpc: (socket: Socket) => void,
  http: (socket: Socket) => void,
): (socket: Socket) => void {
  return (socket) => {
    let seen = Buffer.alloc(0)
    const look = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      const length = Math.min(seen.length, PREFACE.length)
      const may = seen.subarray(0, length).equals(PREFACE.subarray(0, length))
      if (may && length < PREFACE.length) return
      socket.off('data', look)
      socket.pause()
      socket.unshift(seen)
      // HTTP/2 takes the connection away from the stream, with what was put back: it must not flow here any more.
      if (may) return grpc(socket)
      http(socket)
      socket.resume()
    }
    socket.on('data', look)
  }
}
