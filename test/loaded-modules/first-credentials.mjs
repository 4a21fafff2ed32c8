/** What a request handler does first: credentials from the secret, by the package as it is published. */
const { fromSecretManager } = await import('../../dist/shared/index.js')

const credentials = await fromSecretManager({ secret: process.env.SECRET })()
process.stdout.write(credentials.accountId)
