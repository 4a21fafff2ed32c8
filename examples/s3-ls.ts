/**
 * Lists a bucket in AWS with the Google identity of this workload: no key of AWS's, no secret, one exchange.
 *
 *     ASSUME_ROLE_ARN=arn:aws:iam::123456789012:role/app S3_BUCKET=my-bucket AWS_REGION=eu-central-1 npx node examples/s3-ls.ts
 *
 * The identity is whatever Google's own tools would use here: the runtime's, or a credential file's (GOOGLE_APPLICATION_CREDENTIALS,
 * gcloud auth application-default login). KEYFERRY_SERVICE_ACCOUNT=EMAIL acts as another account with it.
 */
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { fromGoogleIdentity } from 'keyferry'

const { ASSUME_ROLE_ARN: roleArn, S3_BUCKET: Bucket, AWS_REGION: region } = process.env
if (!roleArn || !Bucket || !region) {
  console.error('Set ASSUME_ROLE_ARN, S3_BUCKET and AWS_REGION.')
  process.exit(2)
}

const serviceAccount = process.env['KEYFERRY_SERVICE_ACCOUNT']
const credentials = fromGoogleIdentity({ roleArn, region, ...(serviceAccount && { serviceAccount }) })
const client = new S3Client({ region, credentials })
for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
  for (const { LastModified, Size, Key } of Contents)
    console.log(`${LastModified?.toISOString()} ${String(Size).padStart(10)} ${Key}`)
}
