/** `aws-chunked`: how the SDKs send a body whose length or checksum they learn only while sending it. */
import type { HttpCall } from '../../wire/http-api.ts'
import { s3Refusal } from './errors.ts'

/** What an upload is to hold: the body, without the chunks' headers and the trailers. */
export function bodyOf({ headers, body }: HttpCall): Buffer {
  const chunked = headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true
  const decoded = chunked ? decode(body) : body
  const announced = headers['x-amz-decoded-content-length']
  if (announced !== undefined && Number(announced) !== decoded.length) throw s3Refusal('IncompleteBody')
  return decoded
}

// SIZE[;chunk-signature=…]CRLF DATA CRLF … 0[;…]CRLF [trailer: value CRLF]… CRLF
function decode(body: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    const [, hex] = /^([0-9a-f]+)(?:;.*)?$/i.exec(body.subarray(at, lineEnd).toString('latin1')) ?? []
    if (lineEnd < 0 || hex === undefined) throw s3Refusal('IncompleteBody')
    const size = Number.parseInt(hex, 16)
    if (size === 0) return Buffer.concat(parts)
    const start = lineEnd + 2
    parts.push(body.subarray(start, start + size))
    at = start + size + 2
  }
}
