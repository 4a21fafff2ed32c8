/** `keyferry serve`: the container credentials endpoint, for a sidecar or a shell, until it is told to stop. */
import { once } from 'node:events'
import { KeyferryError } from '../shared/core/errors.ts'
import type { Call } from './command/call.ts'
import { envText, writeEnvFile } from './command/env-file.ts'
import { EXIT } from './command/failure.ts'
import { startEndpoint, type Endpoint } from './serve/endpoint.ts'
import { failureReporter } from './serve/failure-reporter.ts'
import { metrics } from './serve/metrics.ts'
import { listenForProbes } from './serve/probe-listener.ts'
import { servedTargets } from './serve/served-targets.ts'
import { tokenPlace } from './serve/token-place.ts'
import type { Terminal } from './command/terminal.ts'
import { version } from './command/version.ts'
import { PORT, wholeNumberIn } from './command/whole-number.ts'

export async function serve(call: Call, terminal: Terminal): Promise<number> {
  const { env } = terminal
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const [port, probePort] = [wholeNumberIn(call, 'port', PORT), wholeNumberIn(call, 'probe-port', PORT)]
  const counted = metrics(version())
  const report = failureReporter(terminal.note)
  const targets = await servedTargets(call, env, (target) => {
    const [count, tell] = [counted.onEvent(target), report(target)]
    return (event) => {
      count(event)
      tell(event)
    }
  })
  const place = await tokenPlace(call.value('token-file'))
  const endpoint = await startEndpoint({ targets, token: place.token, metrics: counted, port: port ?? 0 })
  let closeProbes: (() => void) | undefined
  try {
    if (probePort !== undefined) closeProbes = await listenForProbes(probePort, endpoint)
    const isHeld = await Promise.race([untilHeld(endpoint), stopped.then(() => false)])
    if (isHeld) {
      await announce(endpoint, await place.write(), call, terminal)
      await stopped
    }
  } finally {
    closeProbes?.()
    await endpoint.close()
    await place.remove()
  }
  return EXIT.ok
}

/** Why there are none yet is reported as it happens, and whoever probes the start decides how long that may take. */
async function untilHeld(endpoint: Endpoint): Promise<boolean> {
  for (;;) {
    const isHeld = await endpoint.held().then(
      () => true,
      () => false,
    )
    if (isHeld) return true
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function announce(
  endpoint: Endpoint,
  tokenPath: string,
  call: Call,
  terminal: Terminal,
): Promise<void> {
  const variables = [...endpoint.urls.values()].map((url) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenPath,
  }))
  const envFile = call.value('env-file')
  if (envFile !== undefined) {
    if (variables.length > 1)
      throw new KeyferryError(
        'CONFIG_INVALID',
        `--env-file can hold one target, and ${variables.length} are served. Name one: keyferry serve TARGET --env-file ${envFile}`,
      )
    await writeEnvFile(envFile, variables[0] ?? {})
  }
  endpoint.announce()
  // The token itself is in its file alone: what is printed ends up in logs.
  for (const each of variables) terminal.print(`export ${envText(each).trimEnd().replace('\n', ' ')}`)
}
