/** One secret to keep fresh: which credentials go into it, and how often they are replaced. */
import { durationSecondsOf, effectiveRole, exchangeProblems, type ExchangeOptions } from './exchange.ts'
import {
  ACCOUNT_ID,
  DURATION_SECONDS,
  EVERY_SECONDS,
  REFRESH_AFTER_SECONDS_MIN,
  ROLE_ARN,
  SECRET_NAME,
  TARGET_NAME,
} from './limits.ts'
import { defaultRefreshAfterSeconds, schedulePromiseProblem } from './schedule-promise.ts'

/** A target as it is configured. */
export interface TargetOptions extends ExchangeOptions {
  /** What people call it: in `?target=NAME`, on the command line, in logs. */
  readonly name: string
  /** `projects/P/secrets/S`, or `projects/P/locations/L/secrets/S`. */
  readonly secret: string
  /** How often the schedule fires, in seconds. The writer cannot see its own schedule. @default 300 */
  readonly everySeconds?: number
  /** Age from which on credentials are replaced, in seconds. @default a third of durationSeconds */
  readonly refreshAfterSeconds?: number
  /** The account that the role must be in: a guard against a mistyped ARN. @default the role's */
  readonly accountId?: string
}

/** A target with nothing left to its defaults. */
export interface Target extends TargetOptions {
  readonly durationSeconds: number
  readonly everySeconds: number
  readonly refreshAfterSeconds: number
}

export function resolveTarget(options: TargetOptions): Target {
  const durationSeconds = durationSecondsOf(options)
  return {
    ...options,
    durationSeconds,
    everySeconds: options.everySeconds ?? EVERY_SECONDS.default,
    refreshAfterSeconds: options.refreshAfterSeconds ?? defaultRefreshAfterSeconds(durationSeconds),
  }
}

/** Everything that is wrong with a target, each problem beginning with the path to its field. */
export function targetProblems(options: TargetOptions): string[] {
  const { name, secret, accountId } = options
  const problems: string[] = []
  if (!TARGET_NAME.test(name))
    problems.push(`name must be 1 to 63 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(name)}`)
  if (!SECRET_NAME.test(secret)) {
    const wanted = 'projects/P/secrets/S, or projects/P/locations/L/secrets/S'
    problems.push(`secret must be ${wanted}, got ${JSON.stringify(secret)}`)
  }
  problems.push(...exchangeProblems(options), ...accountProblems(accountId, effectiveRole(options)))
  return [...problems, ...timeProblems(options)]
}

function accountProblems(accountId: string | undefined, roleArn: string): string[] {
  if (accountId === undefined) return []
  if (!ACCOUNT_ID.test(accountId))
    return [`accountId must be 12 digits in a string, got ${JSON.stringify(accountId)}`]
  const roleAccount = ROLE_ARN.exec(roleArn)?.[2]
  return roleAccount === undefined || roleAccount === accountId
    ? []
    : [`accountId is ${accountId}, but the role ${roleArn} is in account ${roleAccount}`]
}

function timeProblems(options: TargetOptions): string[] {
  const { durationSeconds, everySeconds, refreshAfterSeconds } = resolveTarget(options)
  const problems: string[] = []
  const whole = (field: string, value: number, min: number, max: number): void => {
    if (Number.isInteger(value) && value >= min && value <= max) return
    problems.push(`${field} must be a whole number from ${min} to ${max}, got ${JSON.stringify(value)}`)
  }
  whole('everySeconds', everySeconds, EVERY_SECONDS.min, EVERY_SECONDS.max)
  const { min, max } = DURATION_SECONDS
  const hasLife = Number.isInteger(durationSeconds) && durationSeconds >= min && durationSeconds <= max
  if (options.refreshAfterSeconds !== undefined)
    whole(
      'refreshAfterSeconds',
      refreshAfterSeconds,
      REFRESH_AFTER_SECONDS_MIN,
      hasLife ? durationSeconds : max,
    )
  if (!hasLife || problems.length > 0) return problems
  const broken = schedulePromiseProblem({
    durationSeconds,
    everySeconds,
    refreshAfterSeconds: options.refreshAfterSeconds,
    chained: Boolean(options.chain?.length),
  })
  return broken === undefined ? [] : [`everySeconds cannot keep its promise: ${broken}`]
}
