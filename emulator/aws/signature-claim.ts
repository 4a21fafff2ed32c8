/** What a signed request says of its signature: in the Authorization header, or in the query of a presigned URL. */
import type { HttpCall } from '../wire/http-api.ts'

export interface SignatureClaim {
  readonly accessKeyId: string
  readonly region: string
  readonly service: string
  /** The headers that were signed. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly signedAt: Date
  readonly sessionToken: string | undefined
  /** For a presigned URL: how long it is good for. */
  readonly expiresIn?: number
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/
const CREDENTIAL = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/

export function isSigned({ headers, query }: HttpCall): boolean {
  return headers['authorization'] !== undefined || query.has('X-Amz-Signature')
}

/** Undefined for a claim that is not whole. */
export function signatureClaim({ headers, query }: HttpCall): SignatureClaim | undefined {
  const [, ...inHeader] = AUTHORIZATION.exec(headers['authorization'] ?? '') ?? []
  const inQuery = ['X-Amz-Credential', 'X-Amz-SignedHeaders', 'X-Amz-Signature'].map((name) =>
    query.get(name),
  )
  const presigned = inHeader.length === 0
  const [credential, names, signature] = presigned ? inQuery : inHeader
  const [, accessKeyId, day, region, service] = CREDENTIAL.exec(credential ?? '') ?? []
  const date = presigned ? query.get('X-Amz-Date') : headers['x-amz-date']
  const signedAt = instant(date ?? '')
  if (
    !accessKeyId ||
    !region ||
    !service ||
    !names ||
    !signature ||
    !signedAt ||
    !date?.startsWith(day ?? '-')
  )
    return undefined
  return {
    accessKeyId,
    region,
    service,
    signedHeaders: names.split(';'),
    signature,
    signedAt,
    sessionToken: presigned
      ? (query.get('X-Amz-Security-Token') ?? undefined)
      : headers['x-amz-security-token'],
    ...(presigned && { expiresIn: Number(query.get('X-Amz-Expires')) }),
  }
}

function instant(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  return year === undefined ? undefined : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
