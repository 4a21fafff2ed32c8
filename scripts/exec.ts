/** `keyferry exec`: runs a command with credentials that renew, or with fixed ones in its environment. */
import { KeyferryError } from '../shared/core/errors.ts'
import { MINUTE_MS } from '../shared/core/limits.ts'
import type { Call } from './call.ts'
import { credentialsFrom } from './credentials-from.ts'
import { childEnv } from './exec/child-env.ts'
import { runChild } from './exec/child.ts'
import { shadowingProfile } from './exec/shadowing-profile.ts'
import { describeFailure, exitCodeOf, EXIT } from './failure.ts'
import type { Endpoint } from './serve/endpoint.ts'
import type { Terminal } from './terminal.ts'

/** As of env(1), timeout(1) and their like: what failed before the command was there to fail. */
const NO_CREDENTIALS = 125

export async function exec(call: Call, terminal: Terminal): Promise<number> {
  const [command, ...args] = call.arguments
  if (command === undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      'There is no command to run: write "keyferry exec -- aws s3 ls".',
    )
  let given: Given
  try {
    given = call.has('static') ? await fixed(call, terminal) : await renewing(call, terminal)
  } catch (error) {
    terminal.note(describeFailure(error, call.has('debug')))
    return exitCodeOf(error) === EXIT.usage ? EXIT.usage : NO_CREDENTIALS
  }
  try {
    const { env, hidden } = childEnv(terminal.env, given.variables)
    if (hidden.length > 0) terminal.note(`keyferry: hidden from ${command}: ${hidden.join(', ')}`)
    return await runChild(command, args, env, terminal.note)
  } finally {
    // What it was for has ended: nobody is left to be answered.
    void given.endpoint?.close()
  }
}

interface Given {
  readonly variables: Readonly<Record<string, string>>
  readonly endpoint?: Endpoint
}

async function renewing(call: Call, { env, note }: Terminal): Promise<Given> {
  const [{ newToken }, { startEndpoint }, { metrics }, { onlyTarget }, { version }] = await Promise.all([
    import('./serve/bearer-token.ts'),
    import('./serve/endpoint.ts'),
    import('./serve/metrics.ts'),
    import('./serve/served-targets.ts'),
    import('./version.ts'),
  ])
  const token = newToken()
  const counted = metrics(version())
  const target = await onlyTarget(call, env, counted.onEvent)
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

async function fixed(call: Call, { env, note }: Terminal): Promise<Given> {
  const provider = await credentialsFrom(call, env, { minimumLifeSeconds: MINIMUM_LIFE_SECONDS })
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
