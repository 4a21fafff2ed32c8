/** Which of two credentials is newer. Version numbers only locate: they restart when a secret is recreated. */

/** What can be ordered: stored, minted or held credentials. */
export interface Dated {
  readonly credentials: { readonly expiration?: Date }
  readonly provenance?: { readonly issuedAt: Date }
}

/** Whether `a` is newer than `b`: a later `IssuedAt`, then a later `Expiration`; without one they never expire. */
export function isNewer(a: Dated, b: Dated): boolean {
  const [issuedA, issuedB] = [a.provenance?.issuedAt.getTime(), b.provenance?.issuedAt.getTime()]
  // What something else made has no IssuedAt: its expiration is all there is to compare.
  if (issuedA !== undefined && issuedB !== undefined && issuedA !== issuedB) return issuedA > issuedB
  return expiresAt(a) > expiresAt(b)
}

function expiresAt({ credentials }: Dated): number {
  return credentials.expiration?.getTime() ?? Infinity
}
