/** A function on Google's own framework, in this process, with a broker that does as a test says. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { cloudEvent, http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { eventRefresh } from '../../functions/event-refresh.ts'
import { httpRefresh } from '../../functions/http-refresh.ts'
import { createLog } from '../../functions/log.ts'
import type { Broker } from '../../shared/broker.ts'
import type { TargetResult } from '../../shared/core/refresh-run.ts'
import { resolveTarget, type Target } from '../../shared/core/target.ts'
import { targetsNamed } from '../../shared/core/target-names.ts'

export interface FunctionBed extends AsyncDisposable {
  readonly lines: Record<string, unknown>[]
  /** The names that each call of the broker was for. */
  readonly asked: (readonly string[] | undefined)[]
  call(path?: string, init?: RequestInit): Promise<Response>
  /** A Pub/Sub message as Eventarc delivers it. */
  deliver(attributes?: Record<string, string>, type?: string): Promise<Response>
}

export interface FunctionBedOptions {
  readonly targets?: readonly Target[]
  /** What a refresh of the named targets gives. */
  readonly refresh?: (names: readonly string[] | undefined) => Promise<TargetResult[]>
  readonly results?: readonly TargetResult[]
  readonly failure?: Error
}

export const APP: Target = targetOf('app', 'projects/demo/secrets/aws-app')

export function targetOf(name: string, secret: string): Target {
  return resolveTarget({ name, secret, roleArn: 'arn:aws:iam::123456789012:role/app' })
}

export async function functionBed(options: FunctionBedOptions = {}): Promise<FunctionBed> {
  const { targets = [APP], results = [], failure } = options
  const refresh = options.refresh ?? (async () => [...results])
  const lines: Record<string, unknown>[] = []
  const asked: (readonly string[] | undefined)[] = []
  const log = createLog((line) => void lines.push(JSON.parse(line) as Record<string, unknown>))
  const broker: Broker = {
    targets,
    async refresh({ targets: names } = {}) {
      asked.push(names)
      targetsNamed(targets, names)
      return refresh(names)
    },
    prune: async () => [],
    close: async () => undefined,
  }
  const source = async (): Promise<Broker> => {
    if (failure) throw failure
    return broker
  }
  http('refresh-under-test', httpRefresh(source, log))
  cloudEvent('event-under-test', eventRefresh(source, log))
  const servers = ['refresh-under-test', 'event-under-test'].map((name) => getTestServer(name))
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  const [httpUrl, eventUrl] = servers.map(
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  ) as [string, string]

  return {
    lines,
    asked,
    call: (path = '/', init = { method: 'POST' }) => fetch(httpUrl + path, init),
    deliver: (attributes, type = 'google.cloud.pubsub.topic.v1.messagePublished') =>
      fetch(eventUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'ce-id': 'event-1',
          'ce-source': '//pubsub.googleapis.com/projects/demo/topics/refresh',
          'ce-specversion': '1.0',
          'ce-type': type,
        },
        body: JSON.stringify({ message: { data: '', messageId: '1', ...(attributes && { attributes }) } }),
      }),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close()
      await Promise.all(servers.map((server) => once(server, 'close')))
    },
  }
}
