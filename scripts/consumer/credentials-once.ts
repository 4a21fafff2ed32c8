/** Credentials for a process that ends at once: with enough life for whoever takes them, and a word where all was not well. */
import type { KeyferryEvent } from '../../shared/core/events.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import type { Call } from '../command/call.ts'
import { credentialsFrom } from './credentials-from.ts'
import type { Terminal } from '../command/terminal.ts'

/** botocore asks anew, at every signature, below 15 minutes: what is handed out has more wherever it can be had. */
const MINIMUM_LIFE_SECONDS = 960

export async function credentialsOnce(call: Call, { env, note }: Terminal): Promise<SessionCredentials> {
  const trouble: Trouble[] = []
  const provider = await credentialsFrom(call, env, {
    minimumLifeSeconds: MINIMUM_LIFE_SECONDS,
    onEvent(event) {
      if (event.level !== 'info' && 'reason' in event) trouble.push(event)
    },
  })
  const credentials = await provider()
  const worst = trouble.find(({ level }) => level === 'error') ?? trouble[0]
  if (worst) {
    const from = provider.state.origin === 'secret' ? 'from the secret' : 'by an exchange of their own'
    note(
      `keyferry: ${worst.reason}: ${worst.message ?? 'It failed.'} There are credentials all the same, ${from}.`,
    )
  }
  return credentials
}

type Trouble = Extract<KeyferryEvent, { readonly reason: string }>
