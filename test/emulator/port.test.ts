import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byFirstBytes } from '../../emulator/google/secret-manager/port.ts'
import { listenForConnections, type Listener } from '../../emulator/wire/listener.ts'

/** Echoes what it is sent behind the name of the side that got the connection. */
let listener: Listener

beforeAll(async () => {
  const side =
    (name: string) =>
    (socket: Parameters<Parameters<typeof listenForConnections>[1]>[0]): void => {
      socket.write(`${name}:`)
      socket.pipe(socket)
    }
  listener = await listenForConnections(0, byFirstBytes(side('gRPC'), side('HTTP')))
})

afterAll(() => listener.close())

async function sent(pieces: readonly string[]): Promise<string> {
  const socket = connect({ port: listener.port, host: '127.0.0.1', noDelay: true })
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  for (const piece of pieces) {
    socket.write(piece)
    // Each in a packet of its own.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  socket.end()
  await once(socket, 'close')
  return answer
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

describe('a port for two protocols', () => {
  it.each([
    ['gRPC', [preface]],
    ['gRPC', [...preface]],
    ['gRPC', ['PR', preface.slice(2)]],
    ['HTTP', ['GET / HTTP/1.1\r\n\r\n']],
    ['HTTP', [...'POST / HTTP/1.1\r\n\r\n']],
    ['HTTP', ['PRI', 'VATE / HTTP/1.1\r\n\r\n']],
    ['HTTP', ['P', 'UT / HTTP/1.1\r\n\r\n']],
  ])('knows %s by its first bytes, and loses none: %j', async (side, pieces) => {
    expect(await sent(pieces)).toBe(`${side}:${pieces.join('')}`)
  })
})
