/** What an exchange asks AWS for: its options checked, the role it ends in, and the two hashes that tell credentials apart. */
import { createHash } from 'node:crypto'
import { KeyferryError } from './errors.ts'
import {
  AUDIENCE,
  AWS_REGION,
  CHAINED_DURATION_SECONDS_MAX,
  DURATION_SECONDS,
  EXTERNAL_ID,
  POLICY_ARN,
  POLICY_ARNS_MAX,
  POLICY_LENGTH_MAX,
  ROLE_ARN,
  SERVICE_ACCOUNT,
  SESSION_NAME,
} from './limits.ts'

/** A further role, assumed with the credentials of the one before it. */
export interface ChainedRole {
  readonly roleArn: string
  readonly externalId?: string
}

/** What credentials to ask AWS for, and as which Google identity. */
export interface ExchangeOptions {
  /** The role that trusts the Google identity, as a full ARN. */
  readonly roleArn: string
  /** Region of the STS endpoint. @default AWS_REGION; there is no silent fall-back to us-east-1 */
  readonly region?: string
  /** Audience of the ID token: AWS reads it as `accounts.google.com:oaud`. @default 'sts.amazonaws.com' */
  readonly audience?: string
  /** Life of the credentials in seconds, 900 to 43,200; above 3,600 the role's MaxSessionDuration must allow it. @default 3600 */
  readonly durationSeconds?: number
  /** Name of the session in CloudTrail. @default derived from the workload */
  readonly sessionName?: string
  /** Session policy as JSON: the credentials may do no more than both it and the role allow. */
  readonly policy?: string
  /** ARNs of managed policies that limit the session likewise, at most 10. */
  readonly policyArns?: readonly string[]
  /** Roles to go on to, in order. The last one is what the credentials are for; they live one hour at most. */
  readonly chain?: readonly ChainedRole[]
  /** E-mail of the service account to impersonate. @default the workload's own identity */
  readonly serviceAccount?: string
  /** Accounts on the way to `serviceAccount`, by e-mail: each must let in the one before it. @default none */
  readonly delegates?: readonly string[]
}

export const DEFAULT_AUDIENCE = 'sts.amazonaws.com'

/** The role that the credentials will be of: the last of the chain. */
export function effectiveRole(exchange: ExchangeOptions): string {
  return exchange.chain?.at(-1)?.roleArn ?? exchange.roleArn
}

/** The life that is asked for, in seconds. */
export function durationSecondsOf(exchange: ExchangeOptions): number {
  return exchange.durationSeconds ?? DURATION_SECONDS.default
}

/** Hash of what the credentials may do. Two brokers whose grants are equal may replace each other's credentials. */
export function grantOf(exchange: ExchangeOptions): string {
  return hash({
    role: effectiveRole(exchange),
    chain: exchange.chain?.length
      ? [exchange.roleArn, ...exchange.chain.map(({ roleArn, externalId }) => [roleArn, externalId ?? null])]
      : [],
    policy: exchange.policy === undefined ? null : canonicalJson(exchange.policy),
    policyArns: [...new Set(exchange.policyArns)].sort(),
    sessionName: exchange.sessionName ?? null,
  })
}

/** Hash of how the credentials were made. It may differ between brokers whose credentials do the same. */
export function sourceOf(exchange: ExchangeOptions): string {
  return hash({
    serviceAccount: exchange.serviceAccount ?? null,
    // Absent where there are none, so that what was stored before there could be any has the same hash.
    ...(exchange.delegates?.length && { delegates: exchange.delegates }),
    audience: exchange.audience ?? DEFAULT_AUDIENCE,
    durationSeconds: durationSecondsOf(exchange),
  })
}

/** Account and name of a role. The name is the ARN's last segment: an assumed-role ARN drops the path. */
export function roleParts(roleArn: string): { partition: string; accountId: string; name: string } {
  const match = ROLE_ARN.exec(roleArn)
  if (!match) throw new KeyferryError('CONFIG_INVALID', `"${roleArn}" is not the ARN of an IAM role.`)
  const [, partition, accountId, path] = match as unknown as [string, string, string, string]
  return { partition, accountId, name: path.slice(path.lastIndexOf('/') + 1) }
}

/** Account and name of the role that an assumed-role ARN is of: it has the name without its path. */
export function assumedRoleParts(arn: string): { accountId: string; name: string } | undefined {
  const [, accountId, name] = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? []
  return accountId !== undefined && name !== undefined ? { accountId, name } : undefined
}

/** Throws `CONFIG_INVALID` with every problem at once, each with the path to its field. */
export function checkExchange(exchange: ExchangeOptions): void {
  const problems = exchangeProblems(exchange)
  if (problems.length > 0)
    throw new KeyferryError('CONFIG_INVALID', `The exchange cannot work: ${problems.join('; ')}.`)
}

export function exchangeProblems(exchange: ExchangeOptions): string[] {
  const problems: string[] = []
  const check = (field: string, value: unknown, pattern: RegExp, wanted: string): void => {
    if (typeof value !== 'string' || !pattern.test(value)) {
      problems.push(`${field} must be ${wanted}, got ${JSON.stringify(value) ?? 'nothing'}`)
    }
  }
  const optional = (field: string, value: unknown, pattern: RegExp, wanted: string): void => {
    if (value !== undefined) check(field, value, pattern, wanted)
  }
  check('roleArn', exchange.roleArn, ROLE_ARN, 'a role ARN (arn:aws:iam::123456789012:role/NAME)')
  optional('region', exchange.region, AWS_REGION, 'an AWS region such as eu-central-1')
  optional('audience', exchange.audience, AUDIENCE, 'printable characters without spaces')
  optional('sessionName', exchange.sessionName, SESSION_NAME, '2 to 64 of A-Z a-z 0-9 _+=,.@-')
  optional('serviceAccount', exchange.serviceAccount, SERVICE_ACCOUNT, 'the e-mail of a service account')
  exchange.delegates?.forEach((email, i) =>
    check(`delegates[${i}]`, email, SERVICE_ACCOUNT, 'the e-mail of a service account'),
  )
  if (exchange.delegates?.length && exchange.serviceAccount === undefined)
    problems.push('delegates lead to nothing without serviceAccount')
  exchange.policyArns?.forEach((arn, i) =>
    check(`policyArns[${i}]`, arn, POLICY_ARN, 'the ARN of a managed policy'),
  )
  exchange.chain?.forEach(({ roleArn, externalId }, i) => {
    check(`chain[${i}].roleArn`, roleArn, ROLE_ARN, 'a role ARN')
    optional(`chain[${i}].externalId`, externalId, EXTERNAL_ID, '2 to 1224 of A-Z a-z 0-9 _+=,.@:/-')
  })
  if ((exchange.policyArns?.length ?? 0) > POLICY_ARNS_MAX)
    problems.push(`policyArns has more than ${POLICY_ARNS_MAX} entries`)
  problems.push(...policyProblems(exchange), ...durationProblems(exchange), ...partitionProblems(exchange))
  return problems
}

function policyProblems({ policy, policyArns = [] }: ExchangeOptions): string[] {
  if (policy === undefined) return []
  if (!isJsonObject(policy)) return ['policy must be a JSON object in a string']
  const length = policy.length + policyArns.join('').length
  return length > POLICY_LENGTH_MAX
    ? [`policy and policyArns have ${length} characters, AWS takes ${POLICY_LENGTH_MAX}`]
    : []
}

/** Partitions share nothing: the STS of one cannot assume a role of another. */
function partitionProblems({ roleArn, region }: ExchangeOptions): string[] {
  const partition = typeof roleArn === 'string' ? ROLE_ARN.exec(roleArn)?.[1] : undefined
  if (partition === undefined || typeof region !== 'string' || !AWS_REGION.test(region)) return []
  const start = PARTITIONS.find(([, name]) => name === partition)?.[0]
  const own = partitionOf(region)
  // What this list does not know yet is left to AWS.
  if (own === partition || (start === undefined && partition !== 'aws')) return []
  return [
    `region ${region} is in the partition ${own}, and roleArn in ${partition}: take a region of ${partition}${start ? ` (${start}…)` : ''}`,
  ]
}

/** The partition that a region is in: `aws` for all that are not known to be elsewhere. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'
}

const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
]

function durationProblems(exchange: ExchangeOptions): string[] {
  const { min, max } = DURATION_SECONDS
  const seconds = durationSecondsOf(exchange)
  if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
    return [`durationSeconds must be a whole number from ${min} to ${max}, got ${JSON.stringify(seconds)}`]
  }
  if (exchange.chain?.length && seconds > CHAINED_DURATION_SECONDS_MAX) {
    return [
      `durationSeconds must be at most ${CHAINED_DURATION_SECONDS_MAX} with a chain: AWS caps chained sessions at one hour`,
    ]
  }
  return []
}

function canonicalJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function hash(facts: object): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url')
}
