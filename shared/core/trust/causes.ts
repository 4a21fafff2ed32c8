/** Why a token is refused, the likeliest cause first: from what each statement wanted, and what the token had. */
import { causeOf, type TrustCause } from './condition-causes.ts'
import type { TrustReason } from './decision.ts'
import type { Statement } from './policy-model.ts'
import { readPolicy } from './read-policy.ts'
import { uselessPrincipals } from './rules/principals.ts'
import { GOOGLE, type WebIdentityClaims } from './web-identity.ts'

/** `reasons` are those of a refusal. */
export function causesOf(
  policy: unknown,
  claims: WebIdentityClaims,
  reasons: readonly TrustReason[],
): readonly TrustCause[] {
  const { document, problems } = readPolicy(policy)
  if (problems.length > 0)
    return problems.map(({ id, statement, message, fix }) => ({
      id,
      ...(statement !== undefined && { statement }),
      message,
      fix,
    }))
  if (claims.iss.replace('https://', '') !== GOOGLE)
    return [
      {
        id: 'not-google',
        message: `The token is from ${claims.iss}, not from Google.`,
        fix: 'Mint it with a Google identity: keyferry whoami shows which one this is.',
      },
    ]
  const denials = reasons.filter(({ applies, effect }) => applies && effect === 'Deny')
  if (denials.length > 0) return denials.map(denied)
  const causes = document.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) => causesIn(statement, reasons[statement.index], claims))
    .toSorted((one, other) => one.distance - other.distance)
    .flatMap(({ causes: found }) => found)
  return causes.length > 0 ? causes : [NOBODY]
}

const NOBODY: TrustCause = {
  id: 'no-google-statement',
  message: 'No statement of the policy lets in anyone from Google.',
  fix: 'Add the one that this prints: keyferry trust-policy',
}

function denied({ statement = 0, message }: TrustReason): TrustCause {
  return {
    id: 'denied',
    statement,
    message: `${message.slice(0, -1)}, and a Deny wins over any Allow.`,
    fix: 'If this identity should get in, take it out of that statement: whoever wrote it meant somebody.',
  }
}

/** How far a statement is from letting the token in, and what keeps it. */
function causesIn(
  statement: Statement,
  reason: TrustReason | undefined,
  claims: WebIdentityClaims,
): readonly { readonly distance: number; readonly causes: readonly TrustCause[] }[] {
  const { index } = statement
  const useless = uselessPrincipals(statement).filter(({ level }) => level === 'error')
  if (useless.length > 0)
    return [
      {
        distance: 0.5,
        causes: useless.map(({ id, message, fix }) => ({ id, statement: index, message, fix })),
      },
    ]
  // Without any it is for others: one that means Google and has another fault is among the useless.
  if (!reason?.conditions) return []
  const causes = reason.conditions.map((failure) => ({ statement: index, ...causeOf(failure, claims) }))
  const forAnother = causes.some(({ id }) => id === 'other-subject')
  return [{ distance: causes.length + (forAnother ? 100 : 0), causes }]
}
