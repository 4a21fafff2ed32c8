/** A process that gets credentials by way of the user's directory, prints their key, and ends. */
import { fromDirectoryCache } from '../../shared/from-directory-cache.ts'

const provider = fromDirectoryCache({ exchange: { roleArn: 'arn:aws:iam::123456789012:role/app' } })
process.stdout.write((await provider()).accessKeyId)
