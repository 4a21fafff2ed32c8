/** First credentials from the secret, by this package as it is published. */
import { fromSecretManager } from '../../dist/shared/index.js'

const { accountId } = await fromSecretManager({ secret: process.env.KEYFERRY_SECRET })()
process.stdout.write(accountId)
