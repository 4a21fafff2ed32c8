/** The bearer token: who has it gets credentials. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 bits, in characters that need quoting nowhere. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether an `Authorization` header is the token: bare, as AWS's SDKs send it, or after `Bearer`, as Prometheus does. */
export function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)
  // Of hashes, which have one length: the time that it takes tells nothing of the token, not even how long it is.
  return (authorization = '') => timingSafeEqual(digest(authorization.replace(/^Bearer /i, '')), expected)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
