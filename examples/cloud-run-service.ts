/**
 * A Cloud Run service that lists a bucket in AWS, with the credentials that Keyferry's scheduled function keeps in
 * Secret Manager. No request mints or waits for a token; near the credentials' end the service can make the exchange itself.
 *
 *     KEYFERRY_SECRET=projects/my-project/secrets/aws-app AWS_ROLE_ARN=arn:aws:iam::123456789012:role/app \
 *     AWS_REGION=eu-central-1 S3_BUCKET=my-bucket npx node examples/cloud-run-service.ts
 */
import { createServer, type ServerResponse } from 'node:http'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { fromSecretManager, refreshOnExpiredToken } from 'keyferry'

const { KEYFERRY_SECRET: secret, AWS_ROLE_ARN: roleArn, AWS_REGION: region, S3_BUCKET: Bucket } = process.env
if (!secret || !roleArn || !region || !Bucket) {
  console.error('Set KEYFERRY_SECRET, AWS_ROLE_ARN, AWS_REGION and S3_BUCKET.')
  process.exit(2)
}

const credentials = fromSecretManager({
  secret,
  // The fallback, and what the secret must hold: leave it out where the service may not ask AWS itself.
  exchange: { roleArn, region },
  onEvent: (event) =>
    console.log(JSON.stringify({ severity: 'INFO', message: `keyferry: ${event.type}`, ...event })),
})
const s3 = new S3Client({ region, credentials })
// A credential that AWS refuses before its time costs a retry, not an error.
refreshOnExpiredToken(s3, credentials)

const server = createServer(async ({ url }, response) => {
  try {
    if (url === '/healthz') return answer(response, 200, credentials.state)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    answer(response, 200, { objects: Contents.map(({ Key }) => Key) })
  } catch (error) {
    console.error(JSON.stringify({ severity: 'ERROR', message: String(error) }))
    answer(response, 502, { error: 'The bucket cannot be listed.' })
  }
})

// Before the service takes requests, so that the first one does not wait either.
await credentials.ready()
server.listen(Number(process.env['PORT'] ?? 8080))

// Cloud Run gives ten seconds: what is in flight is answered, nothing new is taken.
process.once('SIGTERM', () => {
  server.close(() => s3.destroy())
  server.closeIdleConnections()
})

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
