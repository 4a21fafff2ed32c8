/** `keyferry credential-process`: AWS credentials as the `aws` command and every SDK take them from another process. */
import { KeyferryError } from '../shared/core/errors.ts'
import { fromSecretManager } from '../shared/from-secret-manager.ts'
import type { Call } from './call.ts'
import { exchangeFrom } from './exchange-from.ts'
import { EXIT } from './failure.ts'
import type { Terminal } from './terminal.ts'

export async function credentialProcess(call: Call, { env, print }: Terminal): Promise<number> {
  const secret = call.value('secret') ?? env['KEYFERRY_SECRET']
  if (!secret)
    throw new KeyferryError(
      'CONFIG_INVALID',
      'No secret is named. Give --secret projects/P/secrets/S, or set KEYFERRY_SECRET.',
    )
  const exchange = exchangeFrom(env)
  const provider = fromSecretManager({ secret, env, ...(exchange && { exchange }) })
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = await provider()
  print(
    JSON.stringify({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      // Whole seconds: some tools do not read fractions.
      Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
      AccountId: accountId,
    }),
  )
  return EXIT.ok
}
