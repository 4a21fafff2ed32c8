/** Compares whole and decimal numbers digit by digit: ids of organisations may be longer than a double is exact. */

const DECIMAL = /^(?<sign>[+-]?)(?<whole>\d{1,64})(?:\.(?<fraction>\d{1,64}))?$/

/** Negative, zero or positive as `one` is less, equal or more; undefined where either is no number. */
export function compareDecimals(one: string, other: string): number | undefined {
  const [left, right] = [scaled(one), scaled(other)]
  if (left === undefined || right === undefined) return undefined
  return left < right ? -1 : left > right ? 1 : 0
}

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text)
}

function scaled(text: string): bigint | undefined {
  const { sign, whole, fraction = '' } = DECIMAL.exec(text)?.groups ?? {}
  if (whole === undefined) return undefined
  const value = BigInt(whole + fraction.padEnd(64, '0'))
  return sign === '-' ? -value : value
}
