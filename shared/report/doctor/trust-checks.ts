/** The trust policy that was given: whether it lets this token in, and what else is to be said of it. */
import { tightTrustPolicy } from '../../core/trust.ts'
import { DEFAULT_AUDIENCE } from '../../core/exchange.ts'
import { valueOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import { trustCommand } from './commands.ts'
import type { TargetFacts, TokenClaims } from './facts.ts'

const NOT_GIVEN = 'no policy was given: --trust-policy FILE'

export function trustPolicy({ subject: { exchange }, trust, claims }: TargetFacts): Finding {
  if (!exchange) return skipped('no exchange is configured')
  if (!trust)
    return skipped(
      NOT_GIVEN,
      `aws iam get-role --role-name ${exchange.roleArn.split('/').at(-1)} --query Role.AssumeRolePolicyDocument > FILE`,
    )
  const { explanation } = trust
  if ('skipped' in explanation) return skipped(explanation.skipped)
  if ('error' in explanation)
    return fail('it cannot be evaluated', {
      cause: explanation.error.message,
      fix: 'Give the policy as `aws iam get-role` prints it.',
    })
  const { allowed, causes, corrected, reasons } = explanation.value
  if (allowed) return ok('it lets this identity in')
  const token = valueOf(claims)
  const policy = corrected ?? (token && fittingPolicy(token, exchange.audience))
  const [first, ...others] = causes
  return fail('it does not let this identity in', {
    cause: first?.message ?? reasons.map(({ message }) => message).join(' '),
    ...(others.length > 0 && { also: others.map(({ message }) => message) }),
    // Another policy than the corrected one would lock out whom the present one lets in.
    fix: corrected ? trustCommand(exchange.roleArn, corrected) : (first?.fix ?? 'See docs/trust.md.'),
    ...(policy && { policy }),
  })
}

export function trustLint({ subject, trust }: TargetFacts): Finding {
  if (!subject.exchange) return skipped('no exchange is configured')
  if (!trust) return skipped(NOT_GIVEN)
  const serious = trust.findings.filter(({ level }) => level !== 'note')
  const [first, ...others] = serious.toSorted((a, b) => weight(a.level) - weight(b.level))
  if (!first) return ok('nothing to be said against it')
  const found = first.level === 'error' ? fail : warn
  return found(serious.length === 1 ? 'one finding' : `${serious.length} findings`, {
    cause: `${first.message} (${first.id})`,
    ...(others.length > 0 && { also: others.map(({ message, id }) => `${message} (${id})`) }),
    fix: first.fix,
  })
}

function weight(level: string): number {
  return level === 'error' ? 0 : 1
}

/** The tight policy for the bearer of this token. */
export function fittingPolicy(
  { sub, azp }: TokenClaims,
  audience: string = DEFAULT_AUDIENCE,
): object | undefined {
  if (!sub) return undefined
  // Only where the token itself has the e-mail as its `azp` must a policy take it.
  return tightTrustPolicy({ uniqueId: sub, ...(azp?.includes('@') && { email: azp }) }, { audience })
}
