/** The broker of this process: made at the first request, since whoever builds a function imports it without its environment. */
import { createBroker, type Broker } from '../shared/broker.ts'
import { loadConfig } from '../shared/config.ts'
import { logEvent, warnOfLoudLibraries, type Log } from './log.ts'

/** Rejects with CONFIG_INVALID, and then reads the configuration again at the next request. */
export type BrokerSource = () => Promise<Broker>

export function lazyBroker(log: Log, env: NodeJS.ProcessEnv = process.env): BrokerSource {
  let broker: Promise<Broker> | undefined
  let warned = false

  return () => {
    if (!warned) warnOfLoudLibraries(log, env)
    warned = true
    broker ??= loadConfig(env)
      .then((config) => createBroker(config, { env, onEvent: (event) => logEvent(log, event) }))
      .catch((error: unknown) => {
        broker = undefined
        throw error
      })
    return broker
  }
}
