/** No test talks to anything but this machine: a connection to any other address fails at once, and says so. */
import { Socket } from 'node:net'

const connect = Socket.prototype.connect

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const [first] = args.flat(1) as [unknown]
  const options =
    typeof first === 'object' && first !== null ? (first as { host?: string; path?: string }) : {}
  const host = options.path === undefined ? (options.host ?? 'localhost') : 'localhost'
  if (!/^(?:localhost|127\.|::1$|\[::1\]$)/.test(host)) {
    throw new Error(`A test tried to reach ${host}: tests stay on this machine.`)
  }
  return Reflect.apply(connect, this, args) as Socket
}
