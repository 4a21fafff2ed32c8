/** The configuration of the writing side: its shape, and every problem with it at once. */
import { z } from 'zod'
import { readTargets, ruleProblems, type Problem, type ReadTarget } from './config-problems.ts'
import { configSource, type ConfigSource } from './config-source.ts'
import { nearestTo } from './core/did-you-mean.ts'
import { KeyferryError } from './core/errors.ts'
import {
  ACCOUNT_ID,
  AUDIENCE,
  AWS_REGION,
  DURATION_SECONDS,
  EVERY_SECONDS,
  EXTERNAL_ID,
  POLICY_ARN,
  POLICY_ARNS_MAX,
  REFRESH_AFTER_SECONDS_MIN,
  ROLE_ARN,
  SECRET_NAME,
  SERVICE_ACCOUNT,
  SESSION_NAME,
  TARGET_NAME,
} from './core/limits.ts'
import { redact } from './core/redaction.ts'
import { resolveTarget, type Target } from './core/target.ts'

export interface Config {
  readonly targets: readonly Target[]
}

/**
 * The configuration in `KEYFERRY_CONFIG` (JSON, or the path to a JSON file), or else the one target of `KEYFERRY_SECRET`,
 * `AWS_ROLE_ARN` and their like. Rejects with CONFIG_INVALID, naming every problem with the path to its field.
 */
export async function loadConfig(env: NodeJS.ProcessEnv = process.env): Promise<Config> {
  return check(await configSource(env))
}

/** The configuration in a JSON document that was read already. Throws CONFIG_INVALID as `loadConfig` rejects. */
export function parseConfig(document: unknown): Config {
  return check({ document, where: 'The configuration', nameOf: (path) => path })
}

/** What `config.schema.json` holds: for editors, and for whoever writes configurations by program. */
export function configJsonSchema(): object {
  return z.toJSONSchema(DOCUMENT, { io: 'input' })
}

// Rules that JSON Schema can express are told to it; they are enforced by `targetProblems`, as for the client.
const matching = (pattern: RegExp, description: string): z.ZodString =>
  z.string().meta({ description, pattern: pattern.source })
const whole = (minimum: number, maximum: number, description: string, extra: object = {}): z.ZodNumber =>
  z.number().meta({ description, type: 'integer', minimum, maximum, ...extra })

const CHAINED_ROLE = z.strictObject({
  roleArn: matching(ROLE_ARN, 'The role to go on to'),
  externalId: matching(EXTERNAL_ID, 'What its trust policy asks for as sts:ExternalId').optional(),
})

const TARGET = z.strictObject({
  name: matching(TARGET_NAME, 'What the target is called in commands, answers and logs'),
  secret: matching(SECRET_NAME, 'projects/P/secrets/S, or projects/P/locations/L/secrets/S'),
  roleArn: matching(ROLE_ARN, 'The role that trusts the Google identity'),
  audience: matching(
    AUDIENCE,
    'Audience of the ID token, accounts.google.com:oaud in the trust policy; sts.amazonaws.com if absent',
  ).optional(),
  region: matching(AWS_REGION, 'Region of the STS endpoint; AWS_REGION if absent').optional(),
  durationSeconds: whole(
    DURATION_SECONDS.min,
    DURATION_SECONDS.max,
    "Life of the credentials; above 3600 the role's MaxSessionDuration must allow it",
    { default: DURATION_SECONDS.default },
  ).optional(),
  everySeconds: whole(EVERY_SECONDS.min, EVERY_SECONDS.max, 'How often the schedule fires', {
    default: EVERY_SECONDS.default,
  }).optional(),
  refreshAfterSeconds: whole(
    REFRESH_AFTER_SECONDS_MIN,
    DURATION_SECONDS.max,
    'Age from which on credentials are replaced; a third of durationSeconds if absent',
  ).optional(),
  sessionName: matching(SESSION_NAME, "The session's name in CloudTrail; derived if absent").optional(),
  policy: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .meta({ description: 'Session policy, as JSON or as JSON in a string' })
    .optional(),
  policyArns: z
    .array(matching(POLICY_ARN, 'A managed policy'))
    .meta({ description: 'Managed policies that limit the session', maxItems: POLICY_ARNS_MAX })
    .optional(),
  chain: z
    .array(CHAINED_ROLE)
    .meta({ description: 'Roles to go on to, in order; credentials then live one hour at most' })
    .optional(),
  serviceAccount: matching(SERVICE_ACCOUNT, 'E-mail of a service account to impersonate').optional(),
  delegates: z
    .array(matching(SERVICE_ACCOUNT, 'E-mail of a service account'))
    .meta({ description: 'Accounts on the way to serviceAccount, in order' })
    .optional(),
  accountId: matching(ACCOUNT_ID, 'The account that the role must be in').optional(),
})

const DOCUMENT = z
  .strictObject({
    $schema: z.string().meta({ description: 'For editors' }).optional(),
    targets: z.array(TARGET).min(1),
  })
  .meta({
    title: 'Keyferry configuration',
    description: 'Which secrets hold the credentials of which AWS roles',
  })

/** The targets in a document, and all that is wrong with it: for whoever goes on with those that are right. */
export function readConfig(document: unknown): {
  readonly targets: readonly ReadTarget[]
  readonly problems: readonly Problem[]
} {
  const { error } = DOCUMENT.safeParse(document)
  const problems = error?.issues.flatMap((issue) => shapeProblems(issue, document)) ?? []
  const targets = readTargets(document, problems)
  return { targets, problems: [...problems, ...ruleProblems(targets, problems)] }
}

function check({ document, where, nameOf }: ConfigSource): Config {
  const { targets, problems } = readConfig(document)
  if (problems.length === 0) return { targets: targets.map(({ options }) => resolveTarget(options)) }
  const list = problems.map(({ path, text }) => `${nameOf(path)} ${text.replaceAll(/\w+Seconds/g, nameOf)}`)
  throw new KeyferryError('CONFIG_INVALID', `${where} cannot work: ${list.join('; ')}.`)
}

function shapeProblems(issue: z.core.$ZodIssue, document: unknown): Problem[] {
  const path = pathOf(issue.path) || 'the document'
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      text: unknownField(key, issue.path.length),
    }))
  }
  const value = valueAt(document, issue.path)
  if (value === undefined) return [{ path, text: 'is missing' }]
  if (issue.code === 'too_small') return [{ path, text: 'is empty' }]
  const wanted = issue.code === 'invalid_type' ? issue.expected : 'JSON object or string'
  const got = redact(JSON.stringify(value))
  return [{ path, text: `must be of type ${wanted}, got ${got.length > 80 ? `${got.slice(0, 80)}…` : got}` }]
}

function unknownField(key: string, depth: number): string {
  // The document itself, one of targets[i], or one of targets[i].chain[j].
  const { shape } = depth === 0 ? DOCUMENT : depth === 2 ? TARGET : CHAINED_ROLE
  const meant = nearestTo(key, Object.keys(shape))
  return meant === undefined ? 'is not a known field' : `is not a known field: did you mean "${meant}"?`
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], document)
}

function pathOf(path: readonly PropertyKey[]): string {
  const parts = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  return parts.join('').replace(/^\./, '')
}
