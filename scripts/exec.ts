/** `keyferry exec`: runs a command with credentials that renew, or with fixed ones in its environment. */
import { constants } from 'node:os'
import { KeyferryError } from '../shared/core/errors.ts'
import { MINUTE_MS } from '../shared/core/limits.ts'
import type { Call } from './command/call.ts'
import { credentialsFrom } from './consumer/credentials-from.ts'
import { childEnv } from './exec/child-env.ts'
import { runChild } from './exec/child.ts'
import { shadowingProfile } from './exec/shadowing-profile.ts'
import { describeFailure, exitCodeOf, EXIT } from './command/failure.ts'
import type { Endpoint } from './serve/endpoint.ts'
import { failureReporter } from './serve/failure-reporter.ts'
import type { Terminal } from './command/terminal.ts'

/** As of env(1), timeout(1) and their like: what failed before the command was there to fail. */
const NO_CREDENTIALS = 125

export async function exec(call: Call, terminal: Terminal): Promise<number> {
  const [command, ...args] = call.arguments
  if (command === undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      'There is no command to run: write "keyferry exec -- aws s3 ls".',
    )
  const later = heldBack(terminal.note)
  const heedless = heedSignals()
  let given: Given
  try {
    given = call.has('static') ? await fixed(call, terminal, later) : await renewing(call, terminal, later)
  } catch (error) {
    terminal.note(describeFailure(error, call.has('debug')))
    return exitCodeOf(error) === EXIT.usage ? EXIT.usage : NO_CREDENTIALS
  }
  later.release()
  try {
    const { env, hidden } = childEnv(terminal.env, given.variables)
    if (hidden.length > 0) terminal.note(`keyferry: hidden from ${command}: ${hidden.join(', ')}`)
    const ended = runChild(command, args, env, terminal.note)
    // From here on they are the command's.
    heedless()
    return await ended
  } finally {
    // What it was for has ended: nobody is left to be answered.
    void given.endpoint?.close()
  }
}

/** The first process of a container gets no signal that it does not listen for, and loading may take a while. */
function heedSignals(): () => void {
  const heeded = (['SIGTERM', 'SIGINT'] as const).map((signal) => {
    const listener = (): never => process.exit(128 + constants.signals[signal])
    process.once(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => heeded.forEach((unheed) => unheed())
}

interface Given {
  readonly variables: Readonly<Record<string, string>>
  readonly endpoint?: Endpoint
}

async function renewing(call: Call, { env }: Terminal, { note }: HeldBack): Promise<Given> {
  const [{ newToken }, { startEndpoint }, { metrics }, { onlyTarget }, { version }] = await Promise.all([
    import('./serve/bearer-token.ts'),
    import('./serve/endpoint.ts'),
    import('./serve/metrics.ts'),
    import('./serve/served-targets.ts'),
    import('./command/version.ts'),
  ])
  const token = newToken()
  const counted = metrics(version())
  const report = failureReporter(note)()
  const target = await onlyTarget(call, env, (name) => {
    const count = counted.onEvent(name)
    return (event) => {
      count(event)
      report(event)
    }
  })
  const endpoint = await startEndpoint({ targets: [target], token, metrics: counted })
  try {
    await endpoint.held()
  } catch (error) {
    await endpoint.close()
    throw error
  }
  endpoint.announce()
  const shadow = await shadowingProfile(env)
  if (shadow) note(`keyferry: ${shadow}`)
  return {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.urls.get(target.name) as string,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    endpoint,
  }
}

/** Fixed credentials end while their holder may still run: with less life than this, longer ones are looked for. */
const MINIMUM_LIFE_SECONDS = 1_800

async function fixed(call: Call, { env }: Terminal, { note }: HeldBack): Promise<Given> {
  const provider = await credentialsFrom(call, env, {
    minimumLifeSeconds: MINIMUM_LIFE_SECONDS,
    onEvent: failureReporter(note)(),
  })
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = await provider()
  const minutes = Math.floor((expiration.getTime() - Date.now()) / MINUTE_MS)
  if (minutes < 15)
    note(`keyferry: these credentials end in ${minutes} min; without --static they would be renewed.`)
  return {
    variables: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_CREDENTIAL_EXPIRATION: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      AWS_ACCOUNT_ID: accountId,
    },
  }
}

interface HeldBack {
  note(text: string): void
  /** From now on, and for what was noted before. */
  release(): void
}

/** What fails on the way to credentials is worth a word where there are some; where there are none, their error says it. */
function heldBack(note: (text: string) => void): HeldBack {
  const kept: string[] = []
  let tell = (text: string): void => void kept.push(text)
  return {
    note: (text) => tell(text),
    release() {
      tell = note
      kept.forEach(note)
    },
  }
}
