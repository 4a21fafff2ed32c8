/** What is to be looked at: the targets of the configuration, as far as they can be read; and what is wrong with it. */
import { readTargets, ruleProblems, type Problem, type ReadTarget } from '../../config-problems.ts'
import { configSource } from '../../config-source.ts'
import { isKeyferryError } from '../../core/errors.ts'
import { exchangeProblems, type ExchangeOptions } from '../../core/exchange.ts'
import { SECRET_NAME } from '../../core/limits.ts'
import { resolveTarget } from '../../core/target.ts'
import type { DoctorRole, Subject } from './subject.ts'

export interface Subjects {
  readonly subjects: readonly Subject[]
  /** Each with its field or variable. */
  readonly problems: readonly string[]
}

/**
 * From KEYFERRY_CONFIG, or the variables of a single target; for a consumer KEYFERRY_SECRET is enough, and AWS_ROLE_ARN alone is an
 * exchange without a secret. Never rejects: what is wrong is a problem, and the targets without one can be looked at.
 */
export async function subjectsIn(env: NodeJS.ProcessEnv, as: DoctorRole): Promise<Subjects> {
  if (!env['KEYFERRY_CONFIG'] && !(env['KEYFERRY_SECRET'] && as === 'writer')) return ofConsumer(env)
  try {
    const { document, where, nameOf } = await configSource(env)
    // The reader of files knows every field, and brings a library with it: variables need none.
    const { targets, problems } = env['KEYFERRY_CONFIG']
      ? (await import('../../config.ts')).readConfig(document)
      : ofVariables(document)
    const broken = problems.filter((problem) => !isPromise(problem) && !isRegion(problem))
    return {
      subjects: targets
        .filter(({ path }) => !broken.some((problem) => problem.path.startsWith(path)))
        .map((target) => subjectOf(target, problems)),
      problems: broken.map(
        ({ path, text }) => `${where}: ${nameOf(path)} ${text.replaceAll(/\w+Seconds/g, nameOf)}`,
      ),
    }
  } catch (error) {
    if (isKeyferryError(error, 'CONFIG_INVALID')) return { subjects: [], problems: [error.message] }
    throw error
  }
}

function ofVariables(document: unknown): { targets: readonly ReadTarget[]; problems: readonly Problem[] } {
  const targets = readTargets(document, [])
  return { targets, problems: ruleProblems(targets, []) }
}

function subjectOf({ path, options }: ReadTarget, problems: readonly Problem[]): Subject {
  const promise = problems.find((problem) => isPromise(problem) && problem.path.startsWith(path))
  const target = resolveTarget(options)
  return {
    name: target.name,
    secret: target.secret,
    exchange: target,
    schedule: target,
    ...(promise && { promise: promise.text }),
  }
}

// It is the schedule's own matter, and keeps nothing else from being looked at.
function isPromise({ path, text }: Problem): boolean {
  return path.endsWith('.everySeconds') && text.startsWith('cannot keep its promise')
}

// That, too, has a check of its own.
function isRegion({ path }: Problem): boolean {
  return path.endsWith('.region')
}

function ofConsumer(env: NodeJS.ProcessEnv): Subjects {
  const { KEYFERRY_SECRET: secret, AWS_ROLE_ARN: roleArn, KEYFERRY_AUDIENCE: audience } = env
  const {
    AWS_REGION: region,
    KEYFERRY_SERVICE_ACCOUNT: serviceAccount,
    KEYFERRY_DURATION_SECONDS: seconds,
  } = env
  if (!secret && !roleArn)
    return {
      subjects: [],
      problems: [
        'nothing is configured: set KEYFERRY_SECRET (a reader’s secret) or AWS_ROLE_ARN (the role to exchange for), or KEYFERRY_CONFIG (a writer’s targets)',
      ],
    }
  const exchange: ExchangeOptions | undefined = roleArn
    ? {
        roleArn,
        ...(region && { region }),
        ...(audience && { audience }),
        ...(serviceAccount && { serviceAccount }),
        ...(seconds && { durationSeconds: Number(seconds) }),
      }
    : undefined
  const problems = [
    ...(secret && !SECRET_NAME.test(secret)
      ? [`KEYFERRY_SECRET must be projects/P/secrets/S, or projects/P/locations/L/secrets/S, got "${secret}"`]
      : []),
    // The region has a check of its own.
    ...(exchange ? exchangeProblems(exchange).filter((problem) => !problem.startsWith('region ')) : []).map(
      withVariable,
    ),
  ]
  if (problems.length > 0) return { subjects: [], problems }
  const name = secret ? secret.slice(secret.lastIndexOf('/') + 1) : 'AWS_ROLE_ARN'
  return { subjects: [{ name, ...(secret && { secret }), ...(exchange && { exchange }) }], problems }
}

const VARIABLES: Readonly<Record<string, string>> = {
  roleArn: 'AWS_ROLE_ARN',
  audience: 'KEYFERRY_AUDIENCE',
  durationSeconds: 'KEYFERRY_DURATION_SECONDS',
  serviceAccount: 'KEYFERRY_SERVICE_ACCOUNT',
}

function withVariable(problem: string): string {
  const [field = ''] = problem.split(' ', 1)
  return `${VARIABLES[field] ?? field}${problem.slice(field.length)}`
}
