/** The exchange as it was tried: what came of it, and why it was refused, given what the token says and the policy wants. */
import { CHAINED_DURATION_SECONDS_MAX, MINUTE_MS, SECOND_MS } from '../../core/limits.ts'
import { durationSecondsOf, roleParts, type ExchangeOptions } from '../../core/exchange.ts'
import type { KeyferryError } from '../../core/errors.ts'
import { durationText } from '../duration-text.ts'
import { errorOf, valueOf, wireCodeOf, wireTextOf } from './answer.ts'
import { fail, ok, skipped, type Finding, type Trouble } from './check.ts'
import { lookCommand, trustCommand } from './commands.ts'
import type { TargetFacts } from './facts.ts'
import { fittingPolicy } from './trust-checks.ts'

export function exchange(facts: TargetFacts): Finding {
  const { subject, exchange: answer } = facts
  if (!subject.exchange) return skipped('no exchange is configured')
  if ('skipped' in answer) return skipped(answer.skipped)
  if (wireCodeOf(errorOf(answer)) === 'RegionDisabledException') return skipped('region failed')
  if ('error' in answer) return fail('refused', causesOf(facts, subject.exchange, answer.error))
  const { key, durationSeconds } = answer.value
  const role = subject.exchange.chain?.at(-1)?.roleArn ?? subject.exchange.roleArn
  return ok(
    `${roleParts(role).name} in ${roleParts(role).accountId}, for ${durationText(durationSeconds)} (key ${key}, not stored)`,
  )
}

export function duration({ subject, exchange: answer, durationRefused }: TargetFacts): Finding {
  if (!subject.exchange) return skipped('no exchange is configured')
  const { roleArn, chain } = subject.exchange
  const asked = durationSecondsOf(subject.exchange)
  if (chain?.length && asked > CHAINED_DURATION_SECONDS_MAX)
    return fail(`${durationText(asked)} is asked for, at the end of a chain`, {
      cause:
        'A role that is assumed with another role’s credentials lives one hour at most, whatever it allows.',
      fix: `Set durationSeconds to ${CHAINED_DURATION_SECONDS_MAX}, or let the last role trust the Google identity itself.`,
    })
  if (durationRefused)
    return fail(`${durationText(asked)} is refused`, {
      cause: `durationSeconds is ${asked}, and the role’s MaxSessionDuration is less.`,
      fix: `aws iam update-role --role-name ${roleParts(roleArn).name} --max-session-duration ${asked}`,
    })
  if ('value' in answer) return ok(`STS gives ${durationText(answer.value.durationSeconds)}`)
  return skipped('the exchange says it, and there was none')
}

/** Why it was refused, the likeliest cause first. */
function causesOf(facts: TargetFacts, options: ExchangeOptions, error: KeyferryError): Trouble {
  const { roleArn, chain = [] } = options
  const code = wireCodeOf(error)
  const hop = chain.find((each) => each.roleArn === error.resource)
  if (hop && code === 'AccessDenied')
    return {
      cause: `${roleArn} is reached, but the next role of the chain, ${hop.roleArn}, does not let it in.`,
      also: [
        `${roleParts(roleArn).name} lacks sts:AssumeRole on it`,
        'the external id is missing or another one',
        'there is no such role',
      ],
      fix: `aws iam get-role --role-name ${roleParts(hop.roleArn).name} --query Role.AssumeRolePolicyDocument`,
    }
  const known: Readonly<Record<string, () => Trouble>> = {
    AccessDenied: () => denied(facts, options),
    InvalidIdentityToken: () => invalidToken(facts, error),
    ExpiredTokenException: () => expiredToken(facts, error),
  }
  return (
    known[code ?? '']?.() ?? {
      cause: error.message,
      fix: error.retryable
        ? 'Try again in a minute: it passes by itself. See https://health.aws.amazon.com/health/status'
        : 'See the cause, and the README under "Errors".',
    }
  )
}

function denied({ claims, trust, email, subject }: TargetFacts, options: ExchangeOptions): Trouble {
  const { roleArn } = options
  const { name, accountId } = roleParts(roleArn)
  const token = valueOf(claims)
  const policy = token && fittingPolicy(token, options.audience)
  const noRole = `there is no role ${name} in account ${accountId}: AWS answers both alike`
  const young = 'the role or its policy was made within the last minutes, and is not known everywhere yet'
  const explanation = trust && valueOf(trust.explanation)
  if (explanation?.allowed === true)
    return {
      cause: `The policy that was given lets this identity in, so the role has another one, or ${noRole}.`,
      also: [young, 'a service or resource control policy of the organisation denies it'],
      fix: `aws iam get-role --role-name ${name} --query Role.AssumeRolePolicyDocument`,
    }
  if (explanation)
    return {
      cause: `The trust policy refuses it: ${explanation.causes[0]?.message ?? explanation.summary}`,
      also: [noRole],
      fix: explanation.corrected
        ? trustCommand(roleArn, explanation.corrected)
        : (explanation.causes[0]?.fix ?? lookCommand(roleArn)),
      ...(policy && { policy: explanation.corrected ?? policy }),
    }
  const who = valueOf(email) ?? 'this identity'
  return {
    cause:
      `The role’s trust policy does not let in ${who} (sub ${token?.sub}). Most often its condition accounts.google.com:aud wants the ` +
      `audience (${token?.aud}): AWS compares the token’s azp there, ${token?.azp}, and the audience as :oaud.`,
    also: [
      `the policy names another sub than ${token?.sub}: each ${subject.schedule ? 'writer' : 'consumer with a fallback'} needs its own`,
      noRole,
      young,
    ],
    fix: lookCommand(roleArn),
    ...(policy && { policy }),
  }
}

function invalidToken({ claims, dates }: TargetFacts, error: KeyferryError): Trouble {
  const said = wireTextOf(error)
  if (/issued in the future/i.test(said)) {
    const sts = dates.find(({ service }) => service === 'STS')
    const off =
      sts && Math.abs(sts.aheadMs) > MINUTE_MS
        ? `, and this machine’s clock differs from AWS’s by ${durationText(Math.abs(sts.aheadMs) / SECOND_MS)}`
        : ''
    return {
      cause: `The clock that dated the ID token runs ahead of AWS’s${off}.`,
      fix: 'Set the clock of the metadata server’s host, or of what stands in for it: timedatectl set-ntp true',
    }
  }
  if (/audience/i.test(said))
    return {
      cause: `The account has an identity provider of its own for accounts.google.com, which does not list the audience ${valueOf(claims)?.aud}. Google is built into AWS: none is needed.`,
      fix: 'aws iam list-open-id-connect-providers, then: aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ARN',
    }
  if (/No OpenIDConnect provider/i.test(said))
    return {
      cause: `The token is not from accounts.google.com: its issuer is ${valueOf(claims)?.iss}.`,
      fix: 'Check GCE_METADATA_HOST and GOOGLE_APPLICATION_CREDENTIALS.',
    }
  return {
    cause: /verification key/i.test(said)
      ? 'AWS cannot verify the token’s signature: for a moment it did not get Google’s keys, or the token is not Google’s (an emulator’s, say).'
      : error.message,
    fix: 'Try again in a minute; then check GCE_METADATA_HOST and AWS_ENDPOINT_URL.',
  }
}

function expiredToken({ claims }: TargetFacts, error: KeyferryError): Trouble {
  const { exp } = valueOf(claims) ?? {}
  return {
    cause: `The ID token had expired when AWS saw it${exp === undefined ? '' : ` (it says ${new Date(exp * SECOND_MS).toISOString()})`}: one of the clocks is wrong, or the metadata server gives old tokens.`,
    also: [error.message],
    fix: 'timedatectl set-ntp true; then see the check "clock"',
  }
}

/** Whether the duration alone was refused: without it the exchange can still be tried. */
export function isDurationRefused(error: KeyferryError | undefined): boolean {
  return (
    wireCodeOf(error) === 'ValidationError' && /MaxSessionDuration|DurationSeconds/i.test(wireTextOf(error))
  )
}
