/**
 * Loaded by `node --import` into the demo's child processes, before their own code: it moves `Date` ahead as the demo
 * says, so that hours pass in seconds for a function and a service that know nothing of it. Timers stay on real time.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:net'

/** From the demo: milliseconds to be ahead of real time. */
export interface ClockMessage {
  readonly aheadMs: number
}

/** To the demo: the first port that the process listens on, and each change of the clock once it is done. */
export type ChildMessage = { readonly port: number } | { readonly aheadMs: number }

const realNow = Date.now
let aheadMs = Number(process.env['KEYFERRY_DEMO_AHEAD_MS'] ?? 0)
const now = (): number => realNow() + aheadMs

globalThis.Date = new Proxy(Date, {
  construct: (real, given: unknown[], newTarget: NewableFunction) =>
    Reflect.construct(real, given.length === 0 ? [now()] : given, newTarget) as Date,
  apply: () => new Date(now()).toString(),
})
Date.now = now

process.on('message', (message: ClockMessage) => {
  aheadMs = message.aheadMs
  tell({ aheadMs })
})
// Whatever ends the demo, even SIGKILL, leaves nothing running.
process.on('disconnect', () => process.exit(0))
// The channel is ours: it must not keep a service alive that has nothing left to do.
process.channel?.unref()
subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const address = (message as { server: Server }).server.address()
  if (address !== null && typeof address === 'object') tell({ port: address.port })
})

function tell(message: ChildMessage): void {
  process.send?.(message)
}
