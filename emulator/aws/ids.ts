/** Ids as AWS makes them: a prefix that says of what, and letters and digits. */
import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Letters and digits as AWS's ids have them. */
export function letters(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % 32]).join('')
}
