/** Why a condition does not hold: what the policy's author took the key for, told from what the token has there. */
import type { ConditionFailure } from './conditions.ts'
import type { TrustRuleId } from './finding.ts'
import { claimNamed, isEmail, isUniqueId } from './google-claims.ts'
import { GOOGLE, type WebIdentityClaims } from './web-identity.ts'

/** One reason of a refusal, and what to write instead. */
export interface TrustCause {
  /** Stable; the id of a lint rule where one finds the same. */
  readonly id: CauseId
  readonly statement?: number
  readonly message: string
  readonly fix: string
}

export type CauseId =
  TrustRuleId | 'not-google' | 'denied' | 'excluded' | 'other-subject' | 'other-azp' | 'other-condition'

type Cause = Omit<TrustCause, 'statement'>

/** Why this condition does not hold for this token. */
export function causeOf(failure: ConditionFailure, claims: WebIdentityClaims): Cause {
  const claim = claimNamed(failure.key)
  if (failure.operator === 'Null') return absenceCause(failure)
  if (failure.had.length > 0 && /Not(?:Equals|Like|Ip)/.test(failure.operator)) return exclusionCause(failure)
  if (claim === 'aud') return azpCause(failure, claims)
  if (claim === 'oaud') return audienceCause(failure, claims)
  if (claim === 'sub') return subjectCause(failure, claims)
  return otherCause(failure, claim)
}

function absenceCause({ key, had }: ConditionFailure): Cause {
  return {
    id: 'other-condition',
    message: `Null demands that the token ${had.length > 0 ? 'lacks' : 'has'} ${key}, and it ${had.length > 0 ? `has ${quoted(had)}` : 'lacks it'}.`,
    fix: `Remove that, and name the account by "${GOOGLE}:sub": what StringEquals demands is there.`,
  }
}

function exclusionCause({ operator, key, had }: ConditionFailure): Cause {
  return {
    id: 'excluded',
    message: `${operator} ${key} keeps out ${quoted(had)}, which is what the token has.`,
    fix: 'If this identity should get in, take it out of that list: whoever wrote it meant somebody.',
  }
}

function azpCause({ operator, wanted }: ConditionFailure, { azp, aud, sub }: WebIdentityClaims): Cause {
  const key = `${GOOGLE}:aud`
  const compared =
    azp === undefined
      ? `the token's aud, ${quoted([aud])} (it has no azp)`
      : `the token's azp, which is ${quoted([azp])}`
  const message = `${operator} ${key} is compared with ${compared}; the policy wants ${quoted(wanted)}`
  const caller = azp ?? aud
  if (azp !== undefined && (wanted.includes(aud) || !wanted.some(looksLikeAccount)))
    return {
      id: 'audience-under-aud',
      message: `${message}${wanted.includes(aud) ? ", which is the token's aud: AWS calls that :oaud" : ', which is no account'}.`,
      fix: `Write "${GOOGLE}:oaud": ${quoted([aud])} instead, and "${GOOGLE}:sub": ${quoted([sub])}.`,
    }
  if (isEmail(caller) && wanted.includes(sub))
    return {
      id: 'numeric-aud-only',
      message: `${message}. It is the same account, but its token was minted with a key file or by impersonation, which puts the e-mail there.`,
      fix: `Write "${key}": [${[sub, caller].map((value) => JSON.stringify(value)).join(', ')}].`,
    }
  if (isUniqueId(caller) && wanted.some(isEmail))
    return {
      id: 'email-aud-only',
      message: `${message}. The metadata server puts the unique id there, never the e-mail.`,
      fix: `Write "${key}": [${[caller, ...wanted].map((value) => JSON.stringify(value)).join(', ')}].`,
    }
  return {
    id: 'other-azp',
    message: `${message}: another account.`,
    fix: `If this identity should get in, add ${quoted([caller])} there, and ${quoted([sub])} under "${GOOGLE}:sub".`,
  }
}

function audienceCause({ operator, wanted }: ConditionFailure, claims: WebIdentityClaims): Cause {
  const { aud, sub, azp } = claims
  const message = `${operator} ${GOOGLE}:oaud is compared with the token's aud, which is ${quoted([aud])}; the policy wants ${quoted(wanted)}`
  if (wanted.some((value) => value === sub || value === azp))
    return {
      id: 'identity-under-oaud',
      message: `${message}, which is the account: AWS calls that :sub.`,
      fix: `Write "${GOOGLE}:sub": ${quoted([sub])} and "${GOOGLE}:oaud": ${quoted([aud])}.`,
    }
  const nearly = wanted.find((value) => value.trim().toLowerCase() === aud.toLowerCase())
  return {
    id: 'other-audience',
    message: nearly === undefined ? `${message}.` : `${message}: case and spaces count.`,
    fix: `Write "${GOOGLE}:oaud": ${quoted([aud])}, or mint tokens for the policy's audience ("audience" in the configuration).`,
  }
}

function subjectCause({ operator, wanted }: ConditionFailure, { sub }: WebIdentityClaims): Cause {
  const message = `${operator} ${GOOGLE}:sub is compared with the token's sub, which is ${quoted([sub])}; the policy wants ${quoted(wanted)}`
  const fix = `Write "${GOOGLE}:sub": ${quoted([sub])}.`
  if (wanted.some(isEmail))
    return { id: 'email-under-sub', message: `${message}: sub is the unique id, never the e-mail.`, fix }
  if (wanted.includes(String(Number(sub))))
    return { id: 'rounded-subject', message: `${message}: the same id, rounded by a program.`, fix }
  if (!wanted.some(isUniqueId) && !wanted.some((value) => /[*?]|\$\{/.test(value)))
    return { id: 'wrong-subject', message: `${message}, which is no account's id.`, fix }
  return {
    id: 'other-subject',
    message: `${message}: another account.`,
    fix: `If this identity should get in, add its id to the list: keyferry trust-policy --unique-id ${sub}`,
  }
}

function otherCause({ operator, key, wanted, had }: ConditionFailure, claim: string | undefined): Cause {
  const known = ['email', 'amr', 'google/organization_number']
  const absent =
    claim === undefined
      ? 'which this evaluation was not told: AWS may know it'
      : 'which the token does not have'
  const id = claim === 'email' ? 'email-key' : known.includes(claim ?? '') ? 'absent-claim' : 'unknown-key'
  return {
    id: had.length > 0 || claim === undefined ? 'other-condition' : id,
    message:
      had.length > 0
        ? `${operator} ${key} is ${quoted(had)}; the policy wants ${quoted(wanted)}.`
        : `${operator} ${key} wants ${quoted(wanted)} of a key ${absent}.`,
    fix:
      claim === undefined
        ? 'Check it against the request, or remove the condition.'
        : `Remove it, and name the account by "${GOOGLE}:sub".`,
  }
}

function looksLikeAccount(value: string): boolean {
  return /^\d+$/.test(value) || isEmail(value) || /[*?]|\$\{|\.apps\.googleusercontent\.com$/.test(value)
}

function quoted(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ')
}
