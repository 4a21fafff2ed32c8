/** Which of two credentials is newer. Version numbers only locate: they restart when a secret is recreated. */

/** What can be ordered: stored, minted or held credentials. */
export interface Dated {
  readonly credentials: { readonly accessKeyId: string; readonly expiration?: Date }
  readonly provenance?: { readonly issuedAt: Date }
  readonly version?: number
}

/** Whether `a` is newer than `b`: a later `IssuedAt`, then a later `Expiration`; without one they never expire. */
export function isNewer(a: Dated, b: Dated): boolean {
  const [issuedA, issuedB] = [a.provenance?.issuedAt.getTime(), b.provenance?.issuedAt.getTime()]
  // What something else made has no IssuedAt: its expiration is all there is to compare.
  if (issuedA !== undefined && issuedB !== undefined && issuedA !== issuedB) return issuedA > issuedB
  const [expiresA, expiresB] = [expiresAt(a), expiresAt(b)]
  if (expiresA !== expiresB) return expiresA > expiresB
  // Of two that were issued in one second, the one written last: so all readers end with the same.
  return a.credentials.accessKeyId !== b.credentials.accessKeyId && (a.version ?? 0) > (b.version ?? 0)
}

function expiresAt({ credentials }: Dated): number {
  return credentials.expiration?.getTime() ?? Infinity
}
