/** IP addresses and ranges in CIDR form, of either family. */

interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/**
 * Whether `address` lies in `range`; undefined where `range` is none. Without a prefix it is that address alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
 */
export function isInRange(address: string, range: string): boolean | undefined {
  const wanted = rangeOf(range)
  const had = addressOf(address)
  if (!wanted) return undefined
  if (had?.bits !== wanted.bits) return false
  const shift = BigInt(wanted.bits - wanted.prefix)
  return had.value >> shift === wanted.value >> shift
}

export function isRange(text: string): boolean {
  return rangeOf(text) !== undefined
}

function rangeOf(text: string): (Address & { readonly prefix: number }) | undefined {
  const { host = '', digits } = /^(?<host>[^/]*)(?:\/(?<digits>\d{1,3}))?$/.exec(text)?.groups ?? {}
  const address = addressOf(host)
  if (!address) return undefined
  const prefix = digits === undefined ? address.bits : Number(digits)
  return prefix <= address.bits ? { ...address, prefix } : undefined
}

function addressOf(text: string): Address | undefined {
  const value = text.includes(':') ? version6(text) : version4(text)
  return value === undefined ? undefined : { bits: text.includes(':') ? 128 : 32, value }
}

function version4(text: string): bigint | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every((byte) => byte < 256)
    ? bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
    : undefined
}

function version6(text: string): bigint | undefined {
  const { before = text, last } = /^(?<before>.*:)(?<last>\d+\.\d+\.\d+\.\d+)$/.exec(text)?.groups ?? {}
  const tail = last === undefined ? '' : hextetsOf(version4(last))
  const halves = `${before}${tail}`.split('::').map((half) => (half === '' ? [] : half.split(':')))
  if (tail === undefined || halves.length > 2) return undefined
  const [head = [], rest] = halves
  const missing = 8 - head.length - (rest?.length ?? 0)
  if (rest ? missing < 1 : missing !== 0) return undefined
  const groups = rest ? [...head, ...Array<string>(missing).fill('0'), ...rest] : head
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

function hextetsOf(value: bigint | undefined): string | undefined {
  return value === undefined ? undefined : `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}
