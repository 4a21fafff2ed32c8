/** `keyferry credential-process`: AWS credentials as the `aws` command and every SDK take them from another process. */
import type { Call } from './call.ts'
import { credentialsFrom } from './credentials-from.ts'
import { EXIT } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** botocore asks anew, at every signature, below 15 minutes: what is handed out has more wherever it can be had. */
const MINIMUM_LIFE_SECONDS = 960

export async function credentialProcess(call: Call, { env, print }: Terminal): Promise<number> {
  const provider = await credentialsFrom(call, env, { minimumLifeSeconds: MINIMUM_LIFE_SECONDS })
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
