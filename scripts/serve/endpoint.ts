/** The container credentials endpoint: whoever has its token is given credentials, and they are renewed for as long as it runs. */
import { metricsAnswer, unavailableAnswer, type Answer } from './answer.ts'
import { credentialAnswer } from './credential-answer.ts'
import { startGuardedServer } from './guarded-server.ts'
import { heldCredentials, type HeldCredentials } from './held-credentials.ts'
import type { Metrics } from './metrics.ts'
import { keepRenewing } from './renewal.ts'
import type { ServedTarget } from './served-targets.ts'

export interface EndpointOptions {
  readonly targets: readonly ServedTarget[]
  readonly token: string
  readonly metrics: Metrics
  /** 0 is any free one. @default 0 */
  readonly port?: number
  /** How long a client may take for a request, in milliseconds. @default 3000 */
  readonly requestTimeoutMs?: number
}

export interface Endpoint {
  readonly port: number
  /** What `AWS_CONTAINER_CREDENTIALS_FULL_URI` is to be for each target, by name. */
  readonly urls: ReadonlyMap<string, string>
  /** Resolves once every target has credentials. Rejects where one has none, with the reason; trying goes on. */
  held(): Promise<void>
  /** What `/readyz` tells from now on, as long as every target has credentials. */
  announce(): void
  readonly isReady: boolean
  /** Stops listening, and resolves when what was asked before is answered. */
  close(): Promise<void>
}

/** Listens on 127.0.0.1 and renews from now on. Rejects with CONFIG_INVALID where the port cannot be had. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { token, metrics, port: wanted, requestTimeoutMs } = options
  const ended = new AbortController()
  const targets = options.targets.map((target) => ({ ...target, held: heldCredentials(target.provider) }))
  const byPath = new Map(targets.flatMap((target) => target.paths.map((path) => [path, target] as const)))
  let isAnnounced = false
  const server = await startGuardedServer({
    token,
    port: wanted,
    requestTimeoutMs,
    isReady,
    onRefused: (reason) => metrics.refused(reason),
    answer: (path) => {
      const target = byPath.get(path)
      if (target) return counted(answerOf(target))
      return path === '/metrics' ? metricsAnswer(page()) : undefined
    },
  })
  const { port } = server
  for (const { held } of targets) void keepRenewing(() => held.renew(), { signal: ended.signal })

  return {
    port,
    urls: new Map(targets.map(({ name, paths: [path] }) => [name, `http://127.0.0.1:${port}${path}`])),
    held: async () => void (await Promise.all(targets.map(({ held }) => held.renew()))),
    announce: () => (isAnnounced = true),
    get isReady() {
      return isReady()
    },
    async close() {
      ended.abort()
      await server.close()
    },
  }

  function isReady(): boolean {
    return isAnnounced && targets.every(({ provider: { state } }) => isHeld(state.freshness))
  }

  async function counted(given: Promise<Answer>): Promise<Answer> {
    const answer = await given
    metrics.answered(answer.status)
    return answer
  }

  function page(): string {
    return metrics.text(targets.map(({ name, provider: { state } }) => ({ name, state })))
  }
}

async function answerOf({
  held,
  roleArn,
}: {
  held: HeldCredentials
  roleArn?: string | undefined
}): Promise<Answer> {
  try {
    return credentialAnswer(await held.best(), roleArn)
  } catch (error) {
    return unavailableAnswer(error, 'The credentials could not be loaded.')
  }
}

function isHeld(freshness: string): boolean {
  return freshness !== 'empty' && freshness !== 'expired'
}
