import { Crc32c } from '@aws-crypto/crc32c'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../shared/core/crc32c.ts'

describe('CRC-32C', () => {
  it('gives the check value of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  })

  it('agrees with an independent implementation on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(crc32c(bytes)).toBe(new Crc32c().update(bytes).digest())
      }),
    )
  })
})
