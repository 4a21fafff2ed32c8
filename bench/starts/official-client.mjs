/** The same by Google's own client for Secret Manager, over gRPC, as its documentation shows. */
import { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import { credentials } from '@grpc/grpc-js'
import { GoogleAuth } from 'google-auth-library'

const [apiEndpoint, port] = process.env.SECRET_MANAGER_EMULATOR_HOST.split(':')
// Over plaintext the client sends no token of its own; it is fetched by the same library as it would be.
const token = await new GoogleAuth().getAccessToken()
const client = new SecretManagerServiceClient({
  apiEndpoint,
  port: Number(port),
  sslCreds: credentials.createInsecure(),
})
const headers = { authorization: `Bearer ${token}` }
const name = `${process.env.KEYFERRY_SECRET}/versions/latest`
const [{ payload }] = await client.accessSecretVersion({ name }, { otherArgs: { headers } })
process.stdout.write(JSON.parse(Buffer.from(payload.data).toString()).AccountId)
