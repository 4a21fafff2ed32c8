/** Listing a bucket, version 2 and version 1: prefix, delimiter, pages. */
import { xmlAnswer } from '../../wire/answers.ts'
import type { HttpAnswer, HttpCall } from '../../wire/http-api.ts'
import { xml, type XmlNode } from '../xml.ts'
import type { Bucket, Buckets, StoredObject } from './buckets.ts'
import type { Target } from './target.ts'

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

interface Page {
  readonly entries: readonly Entry[]
  readonly truncated: boolean
}

/** A key with its object, or a prefix that stands for all keys below it. */
interface Entry {
  readonly name: string
  readonly object?: StoredObject
}

export function listObjectsV2(buckets: Buckets, { bucket: name }: Target, { query }: HttpCall): HttpAnswer {
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const { entries, truncated } = pageOf(buckets.bucket(name), query, after)
  const last = entries.at(-1)?.name ?? ''
  return answer(name, query, entries, truncated, [
    ['KeyCount', entries.length],
    token === null ? undefined : ['ContinuationToken', token],
    truncated ? ['NextContinuationToken', Buffer.from(last).toString('base64url')] : undefined,
  ])
}

export function listObjects(buckets: Buckets, { bucket: name }: Target, { query }: HttpCall): HttpAnswer {
  const marker = query.get('marker') ?? ''
  const { entries, truncated } = pageOf(buckets.bucket(name), query, marker)
  return answer(name, query, entries, truncated, [
    ['Marker', shown(marker, query)],
    truncated ? ['NextMarker', shown(entries.at(-1)?.name ?? '', query)] : undefined,
  ])
}

function pageOf({ objects }: Bucket, query: URLSearchParams, after: string): Page {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const entries = new Map<string, Entry>()
  for (const [key, object] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length)
    if (name > after) entries.set(name, cut < 0 ? { name, object } : { name })
  }
  const size = Math.min(Number(query.get('max-keys') ?? 1_000), 1_000)
  const all = [...entries.values()]
  return { entries: all.slice(0, size), truncated: all.length > size && size > 0 }
}

function answer(
  name: string,
  query: URLSearchParams,
  entries: readonly Entry[],
  truncated: boolean,
  own: readonly (XmlNode | undefined)[],
): HttpAnswer {
  const delimiter = query.get('delimiter')
  const encoding = query.get('encoding-type')
  const body = xml(
    'ListBucketResult',
    [
      ['Name', name],
      ['Prefix', shown(query.get('prefix') ?? '', query)],
      ['MaxKeys', Number(query.get('max-keys') ?? 1_000)],
      delimiter === null ? undefined : ['Delimiter', shown(delimiter, query)],
      encoding === null ? undefined : ['EncodingType', encoding],
      ['IsTruncated', truncated],
      ...own,
      ...entries.map(({ name: entry, object }): XmlNode =>
        object
          ? [
              'Contents',
              [
                ['Key', shown(entry, query)],
                ['LastModified', object.modifiedAt.toISOString()],
                ['ETag', object.etag],
                ['Size', object.body.length],
                ['StorageClass', 'STANDARD'],
              ],
            ]
          : ['CommonPrefixes', [['Prefix', shown(entry, query)]]],
      ),
    ],
    S3_NAMESPACE,
  )
  return xmlAnswer(body)
}

// Keys may hold what XML cannot: clients ask to have them escaped.
function shown(text: string, query: URLSearchParams): string {
  return query.get('encoding-type') === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text
}
