/** The same policy with the fault mended that keeps a token out. */
import type { TrustCause } from './condition-causes.ts'
import { isEmail, isUniqueId, wantedOf } from './google-claims.ts'
import { listOf, type Json } from './json-shape.ts'
import type { Statement } from './policy-model.ts'
import { readPolicy } from './read-policy.ts'
import { tightTrustPolicy, type TrustStatement } from './tight-policy.ts'
import { evaluateTrust, GOOGLE, type SessionRequest, type WebIdentityClaims } from './web-identity.ts'

/** A cause that says that a statement is for somebody else, and not that it is wrong. */
const FOR_OTHERS: readonly TrustCause['id'][] = ['other-subject', 'other-azp', 'no-google-statement']

/** A cause that says that somebody is meant to stay out. */
const ON_PURPOSE: readonly TrustCause['id'][] = ['denied', 'excluded']

/**
 * Statements for others stay as they are; the one at fault is replaced, or a new one added; conditions that are not about Google's claims
 * are kept. Undefined where somebody is kept out on purpose, and where no such change lets the token in.
 */
export function correctedPolicy(
  policy: unknown,
  claims: WebIdentityClaims,
  session: SessionRequest,
  causes: readonly TrustCause[],
): object | undefined {
  const [cause] = causes
  if (causes.some(({ id }) => ON_PURPOSE.includes(id))) return undefined
  const { source, document, problems } = readPolicy(policy)
  const own = tightFor(claims)
  const at = cause && !FOR_OTHERS.includes(cause.id) ? cause.statement : undefined
  const faulty = document.statements.find(({ index }) => index === at)
  const statements = listOf(source?.['Statement']) as readonly Json[]
  const corrected =
    problems.length > 0 || !source
      ? { Version: '2012-10-17', Statement: [own] }
      : {
          ...source,
          Statement: faulty
            ? statements.map((statement, index) =>
                index === at ? mended(statement, faulty, own) : statement,
              )
            : [...statements, own],
        }
  return evaluateTrust(corrected, claims, session).allowed ? corrected : undefined
}

function tightFor({ sub, azp, aud }: WebIdentityClaims): TrustStatement {
  return tightTrustPolicy({ uniqueId: sub, email: azp ?? sub }, { audience: aud }).Statement[0]
}

function mended(raw: Json, statement: Statement, own: TrustStatement): Json {
  // Others that the statement named rightly stay named.
  const rounded = String(Number(own.Condition.StringEquals[`${GOOGLE}:sub`]))
  const subjects = wantedOf(statement, 'sub').filter((value) => isUniqueId(value) && value !== rounded)
  const callers = wantedOf(statement, 'aud').filter((value) => isUniqueId(value) || isEmail(value))
  const tight = own.Condition.StringEquals
  const pinned = {
    [`${GOOGLE}:sub`]: oneOrList([...listOf(tight[`${GOOGLE}:sub`]), ...subjects]),
    [`${GOOGLE}:oaud`]: tight[`${GOOGLE}:oaud`],
    [`${GOOGLE}:aud`]: oneOrList([...listOf(tight[`${GOOGLE}:aud`]), ...callers, ...subjects]),
  }
  const { StringEquals, ...others } = otherConditions(raw)
  return {
    ...('Sid' in raw && { Sid: raw['Sid'] }),
    ...own,
    Condition: { StringEquals: { ...(StringEquals as object), ...pinned }, ...others },
  }
}

function otherConditions(raw: Json): Json {
  const block = (raw['Condition'] ?? {}) as Readonly<Record<string, Json>>
  return Object.fromEntries(
    Object.entries(block).flatMap(([operator, keys]) => {
      const kept = Object.entries(keys).filter(([key]) => !/google/i.test(key))
      return kept.length > 0 ? [[operator, Object.fromEntries(kept)]] : []
    }),
  )
}

function oneOrList(values: readonly unknown[]): unknown {
  const [first, ...others] = new Set(values)
  return others.length === 0 ? first : [first, ...others]
}
