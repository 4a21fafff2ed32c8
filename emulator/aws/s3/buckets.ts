/** Buckets and their objects, in memory. */
import { createHash } from 'node:crypto'
import type { BucketSeed, EmulatorClock } from '../../options.ts'
import { s3Refusal } from './errors.ts'

export interface StoredObject {
  readonly body: Buffer
  /** With its quotes, as S3 gives it. */
  readonly etag: string
  readonly modifiedAt: Date
  readonly contentType: string
  /** Headers `x-amz-meta-…`, given back as they came. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface Bucket {
  readonly name: string
  readonly createdAt: Date
  readonly objects: Map<string, StoredObject>
}

export class Buckets {
  readonly region: string
  readonly #buckets = new Map<string, Bucket>()
  readonly #clock: EmulatorClock

  constructor(clock: EmulatorClock, region: string) {
    this.#clock = clock
    this.region = region
  }

  put({ name, objects = {} }: BucketSeed): void {
    this.#buckets.set(name, { name, createdAt: new Date(this.#clock.now()), objects: new Map() })
    for (const [key, body] of Object.entries(objects)) this.store(name, key, Buffer.from(body), {})
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name)
  }

  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw s3Refusal('NoSuchBucket')
    return bucket
  }

  all(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  store(bucket: string, key: string, body: Buffer, headers: Readonly<Record<string, string>>): StoredObject {
    const object: StoredObject = {
      body,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      modifiedAt: new Date(this.#clock.now()),
      contentType: headers['content-type'] ?? 'binary/octet-stream',
      metadata: Object.fromEntries(
        Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')),
      ),
    }
    this.bucket(bucket).objects.set(key, object)
    return object
  }
}
