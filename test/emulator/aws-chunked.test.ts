import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '../../emulator/aws/s3/aws-chunked.ts'
import type { HttpCall } from '../../emulator/wire/http-api.ts'

const call = (body: Buffer, headers: Record<string, string>): HttpCall => ({
  method: 'PUT',
  path: '/bucket/key',
  query: new URLSearchParams(),
  rawQuery: '',
  headers,
  body,
})
const STREAMING = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }

describe('a body in aws-chunked form', () => {
  it('is what was cut into chunks, however it was cut, whatever stands behind it', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(fc.array(chunk), fc.boolean(), fc.boolean(), (chunks, signed, trailer) => {
        const extension = signed ? `;chunk-signature=${'0'.repeat(64)}` : ''
        const sent = Buffer.concat([
          ...chunks.flatMap((data) => [
            Buffer.from(`${data.length.toString(16)}${extension}\r\n`),
            data,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`0${extension}\r\n${trailer ? 'x-amz-checksum-crc32:AAAAAA==\r\n' : ''}\r\n`),
        ])
        const whole = Buffer.concat(chunks)
        const announced = { ...STREAMING, 'x-amz-decoded-content-length': String(whole.length) }
        expect(bodyOf(call(sent, announced)).equals(whole)).toBe(true)
      }),
    )
  })

  it.each([
    ['cut within a chunk', 'a\r\nhello'],
    ['without its last chunk', '5\r\nhello\r\n'],
    ['not in chunks at all', 'hello'],
  ])('%s is refused', (_name, sent) => {
    expect(() => bodyOf(call(Buffer.from(sent), STREAMING))).toThrow('terminated unexpectedly')
  })

  it('of another length than announced is refused', () => {
    const headers = { ...STREAMING, 'x-amz-decoded-content-length': '6' }
    expect(() => bodyOf(call(Buffer.from('5\r\nhello\r\n0\r\n\r\n'), headers))).toThrow(
      'terminated unexpectedly',
    )
  })
})

it('a plain body stays as it is', () => {
  expect(bodyOf(call(Buffer.from('5\r\nhello'), {})).toString()).toBe('5\r\nhello')
})
