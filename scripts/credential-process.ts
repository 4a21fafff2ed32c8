/** `keyferry credential-process`: AWS credentials as the `aws` command and every SDK take them from another process. */
import { KeyferryError } from '../shared/core/errors.ts'
import type { Call } from './command/call.ts'
import { credentialsOnce } from './consumer/credentials-once.ts'
import { EXIT } from './command/failure.ts'
import { processDocument } from './consumer/process-document.ts'
import type { Terminal } from './command/terminal.ts'

export async function credentialProcess(call: Call, terminal: Terminal): Promise<number> {
  const [profile] = call.arguments
  if (call.has('print-config')) {
    const { processProfile } = await import('./consumer/process-profile.ts')
    terminal.print(await processProfile(call, terminal.env, profile))
    return EXIT.ok
  }
  if (profile !== undefined)
    throw new KeyferryError(
      'CONFIG_INVALID',
      `A profile, "${profile}", is only named to --print-config: write "keyferry credential-process --print-config ${profile}".`,
    )
  terminal.print(processDocument(await credentialsOnce(call, terminal)))
  return EXIT.ok
}
