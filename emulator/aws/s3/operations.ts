/** What each of S3's operations does. */
import { xmlAnswer } from '../../wire/answers.ts'
import type { HttpAnswer, HttpCall } from '../../wire/http-api.ts'
import { xml } from '../xml.ts'
import { bodyOf } from './aws-chunked.ts'
import type { Buckets, StoredObject } from './buckets.ts'
import { s3Refusal } from './errors.ts'
import type { Target } from './target.ts'
import { listObjects, listObjectsV2, S3_NAMESPACE } from './listing.ts'

type S3Operation = (buckets: Buckets, target: Target, call: HttpCall) => HttpAnswer

export const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  ListBuckets: listBuckets,
  GetBucketLocation: getBucketLocation,
  HeadBucket: headBucket,
  ListObjectsV2: listObjectsV2,
  ListObjects: listObjects,
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  CreateBucket: createBucket,
  DeleteObject: deleteObject,
}

function listBuckets(buckets: Buckets): HttpAnswer {
  return xmlAnswer(
    xml(
      'ListAllMyBucketsResult',
      [
        [
          'Owner',
          [
            ['ID', '0'.repeat(64)],
            ['DisplayName', 'emulator'],
          ],
        ],
        [
          'Buckets',
          buckets.all().map(
            ({ name, createdAt }) =>
              [
                'Bucket',
                [
                  ['Name', name],
                  ['CreationDate', createdAt.toISOString()],
                ],
              ] as const,
          ),
        ],
      ],
      S3_NAMESPACE,
    ),
  )
}

function getBucketLocation(buckets: Buckets, { bucket }: Target): HttpAnswer {
  buckets.bucket(bucket)
  // The oldest region has no name here.
  return xmlAnswer(
    xml('LocationConstraint', buckets.region === 'us-east-1' ? '' : buckets.region, S3_NAMESPACE),
  )
}

function headBucket(buckets: Buckets, { bucket }: Target): HttpAnswer {
  buckets.bucket(bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': buckets.region } }
}

function createBucket(buckets: Buckets, { bucket }: Target): HttpAnswer {
  if (buckets.find(bucket)) throw s3Refusal('BucketAlreadyOwnedByYou')
  buckets.put({ name: bucket })
  return { status: 200, headers: { location: `/${bucket}` } }
}

function getObject(buckets: Buckets, { bucket, key }: Target, { headers, method }: HttpCall): HttpAnswer {
  const object = buckets.bucket(bucket).objects.get(key)
  if (!object) throw s3Refusal('NoSuchKey')
  const { length } = object.body
  const wanted = headers['range'] === undefined ? undefined : rangeOf(headers['range'], length)
  const body = wanted ? object.body.subarray(wanted.start, wanted.end + 1) : object.body
  return {
    status: wanted ? 206 : 200,
    headers: {
      ...describing(object),
      'content-type': object.contentType,
      'accept-ranges': 'bytes',
      ...(wanted && { 'content-range': `bytes ${wanted.start}-${wanted.end}/${length}` }),
      ...(method === 'HEAD' && { 'content-length': String(body.length) }),
    },
    body,
  }
}

function putObject(buckets: Buckets, { bucket, key }: Target, call: HttpCall): HttpAnswer {
  if (call.headers['x-amz-copy-source'] !== undefined) throw s3Refusal('NotImplemented')
  buckets.bucket(bucket)
  const { etag } = buckets.store(bucket, key, bodyOf(call), call.headers)
  return { status: 200, headers: { etag } }
}

function deleteObject(buckets: Buckets, { bucket, key }: Target): HttpAnswer {
  buckets.bucket(bucket).objects.delete(key)
  return { status: 204 }
}

function describing({ etag, modifiedAt, metadata }: StoredObject): Record<string, string> {
  return { etag, 'last-modified': modifiedAt.toUTCString(), ...metadata }
}

function rangeOf(header: string, length: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, length - Number(to)) : Number(from)
  const end = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (start > end) throw s3Refusal('InvalidRange')
  return { start, end }
}
