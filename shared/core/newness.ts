/** Which of two credentials is newer. Version numbers only locate: they restart when a secret is recreated. */
import type { StoredCredentials } from './payload.ts'

/** Whether `a` is newer than `b`: a later `IssuedAt`, then a later `Expiration`. */
export function isNewer(a: StoredCredentials, b: StoredCredentials): boolean {
  const [issuedA, issuedB] = [a.provenance?.issuedAt.getTime(), b.provenance?.issuedAt.getTime()]
  // A document that something else wrote has no IssuedAt: its expiration is all there is to compare.
  if (issuedA !== undefined && issuedB !== undefined && issuedA !== issuedB) return issuedA > issuedB
  return a.credentials.expiration.getTime() > b.credentials.expiration.getTime()
}
