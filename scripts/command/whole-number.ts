/** The value of a flag that takes a whole number. */
import { KeyferryError } from '../../shared/core/errors.ts'
import type { Call } from './call.ts'

export interface Bounds {
  readonly min: number
  readonly max: number
  /** What is counted, for the message: `seconds`. */
  readonly unit?: string
}

/** Undefined where the flag was not given. Throws CONFIG_INVALID for anything but digits, and outside the bounds. */
export function wholeNumberIn(call: Call, flag: string, { min, max, unit }: Bounds): number | undefined {
  const text = call.value(flag)
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new KeyferryError(
    'CONFIG_INVALID',
    `--${flag} must be ${min} to ${max}${unit ? ` ${unit}` : ''}, got "${text}".`,
  )
}

export const PORT: Bounds = { min: 0, max: 65_535 }
