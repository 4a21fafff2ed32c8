/** One form for requests and answers, from which both transports make their own: protobuf objects and JSON. */

export type Value =
  string | number | boolean | Date | Buffer | Duration | readonly Value[] | Message | undefined
export interface Message {
  readonly [field: string]: Value
}

export class Duration {
  readonly seconds: number

  constructor(seconds: number) {
    this.seconds = seconds
  }
}

/** As `@grpc/proto-loader` takes it. */
export function toProtobuf(value: Value): unknown {
  return converted(value, {
    date: (at) => ({ seconds: Math.floor(at.getTime() / 1_000), nanos: (at.getTime() % 1_000) * 1_000_000 }),
    bytes: (bytes) => bytes,
    duration: ({ seconds }) => ({ seconds, nanos: 0 }),
    state: (state) => state,
  })
}

/** As Google's REST gives it; with `enum-encoding=int` its enums are numbers. */
export function toJson(value: Value, enumsAsNumbers: boolean): unknown {
  return converted(value, {
    date: (at) => at.toISOString(),
    bytes: (bytes) => bytes.toString('base64'),
    duration: ({ seconds }) => `${seconds}s`,
    state: (state) => (enumsAsNumbers ? STATES.indexOf(state) : state),
  })
}

const STATES: readonly string[] = ['STATE_UNSPECIFIED', 'ENABLED', 'DISABLED', 'DESTROYED']

interface Forms {
  date(at: Date): unknown
  bytes(bytes: Buffer): unknown
  duration(duration: Duration): unknown
  state(state: string): unknown
}

function converted(value: Value, forms: Forms, field = ''): unknown {
  if (value instanceof Date) return forms.date(value)
  if (Buffer.isBuffer(value)) return forms.bytes(value)
  if (value instanceof Duration) return forms.duration(value)
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => converted(item, forms))
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value as Message)
        .filter(([, item]) => item !== undefined)
        .map(([name, item]) => [name, converted(item, forms, name)]),
    )
  }
  return field === 'state' ? forms.state(String(value)) : value
}

/** Bytes of a request: a buffer over gRPC, base64 over REST. */
export function bytesOf(value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value
  return typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
}

/** Seconds of a Duration in a request: `{ seconds }` over gRPC, `"86400s"` over REST. */
export function secondsOf(value: Value): number | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? Number.parseFloat(value) : Number((value as Message)['seconds'])
}

/** Milliseconds of a Timestamp in a request: `{ seconds }` over gRPC, ISO 8601 over REST. */
export function millisecondsOf(value: Value): number | undefined {
  if (!value) return undefined
  return typeof value === 'string' ? Date.parse(value) : Number((value as Message)['seconds']) * 1_000
}

/** Paths of a FieldMask in lowerCamelCase: a list over gRPC, one string over REST. */
export function pathsOf(value: Value): string[] {
  const paths =
    typeof value === 'string' ? value.split(',') : ((value as Message | undefined)?.['paths'] ?? [])
  return (paths as string[]).map((path) =>
    path.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
  )
}

/** Another checksum than this one. */
export function wrongChecksum(crc: Value): number {
  return (Number(crc) ^ 1) >>> 0
}
