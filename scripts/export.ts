/** `keyferry export`: AWS credentials as variables, for a shell to evaluate or a program to read. */
import { KeyferryError } from '../shared/core/errors.ts'
import { nearestTo } from '../shared/core/did-you-mean.ts'
import type { SessionCredentials } from '../shared/core/ports.ts'
import type { Call } from './command/call.ts'
import { credentialsOnce } from './consumer/credentials-once.ts'
import { EXPORT_FORMATS, isExportFormat, variablesIn } from './consumer/export-formats.ts'
import { EXIT } from './command/failure.ts'
import { expirationText, processDocument } from './consumer/process-document.ts'
import type { Terminal } from './command/terminal.ts'

export async function exportCredentials(call: Call, terminal: Terminal): Promise<number> {
  const format = call.value('format') ?? 'env'
  if (!isExportFormat(format)) throw unknownFormat(format)
  const credentials = await credentialsOnce(call, terminal)
  terminal.print(
    format === 'process' ? processDocument(credentials) : variablesIn(format, variablesOf(credentials)),
  )
  if (terminal.isScreen) terminal.note(ON_SCREEN)
  if (format !== 'process' && terminal.env['AWS_PROFILE']) terminal.note(PROFILE_WINS)
  return EXIT.ok
}

const ON_SCREEN =
  'keyferry: These are secrets, on a screen. Let the shell take them instead: eval "$(keyferry export)"'
const PROFILE_WINS =
  'keyferry: AWS_PROFILE is set, and some SDKs (the one for JavaScript is one) then take its credentials instead of these. ' +
  'Unset it: unset AWS_PROFILE'

/** Named as the AWS command names them, and as the SDKs read them. */
function variablesOf(credentials: SessionCredentials): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = credentials
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: expirationText(credentials),
    AWS_ACCOUNT_ID: accountId,
  }
}

function unknownFormat(format: string): KeyferryError {
  const nearest = nearestTo(format, EXPORT_FORMATS)
  return new KeyferryError(
    'CONFIG_INVALID',
    `There is no format "${format}". ${nearest ? `Did you mean "${nearest}"?` : `There are ${EXPORT_FORMATS.join(', ')}.`}`,
  )
}
