/** S3's operations, told apart by method, path and query. */
import type { HttpCall } from '../../wire/http-api.ts'

export interface Target {
  readonly operation: string
  readonly bucket: string
  readonly key: string
  /** `BUCKET/KEY` */
  readonly resource: string
}

/** What a request asks for. The bucket is the first part of the path, or the first label of the host. */
export function targetOf({ method, path, query, headers }: HttpCall): Target {
  const host = headers['host'] ?? ''
  const virtual = /^([a-z0-9][a-z0-9.-]+)\.(?:s3[.-]|localhost|127\.0\.0\.1)/.exec(host)?.[1]
  const [, first = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(virtual ? `/${virtual}${path}` : path) ?? []
  const [bucket, key] = [decodeURIComponent(first), decodeURIComponent(rest)]
  return {
    operation: operationOf(method, bucket, key, query),
    bucket,
    key,
    resource: key === '' ? bucket : `${bucket}/${key}`,
  }
}

function operationOf(method: string, bucket: string, key: string, query: URLSearchParams): string {
  const has = (...names: string[]): boolean => names.some((name) => query.has(name))
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : 'unknown'
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket'
    if (method === 'PUT' && query.size === 0) return 'CreateBucket'
    if (method !== 'GET') return 'unknown'
    if (has('location')) return 'GetBucketLocation'
    if (has('acl', 'policy', 'versioning', 'versions', 'uploads', 'tagging', 'cors')) return 'unknown'
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects'
  }
  if (has('uploadId', 'uploads', 'acl', 'tagging')) return 'unknown'
  const byMethod = { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' }
  return byMethod[method as keyof typeof byMethod] ?? 'unknown'
}
