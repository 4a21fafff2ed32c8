/** The file of `keyferry emulator --config`: what exists in the beginning, every problem with it told at once. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { EmulatorSeed } from '../../emulator/index.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import {
  AWS_REGION,
  DURATION_SECONDS,
  ROLE_ARN,
  SECRET_NAME,
  SERVICE_ACCOUNT,
} from '../../shared/core/limits.ts'
import { withoutDetails } from '../../shared/core/redaction.ts'

/** Rejects with CONFIG_INVALID, naming each field that is wrong. */
export async function readSeed(path: string): Promise<EmulatorSeed> {
  let document: unknown
  try {
    document = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw invalid(path, `cannot be read as JSON: ${withoutDetails(error).message}`)
  }
  const { data, error } = SEED.safeParse(document)
  // Absent and undefined are the same in what JSON can say, and told apart by the emulator's types.
  if (data) return data as EmulatorSeed
  const problems = error.issues.map(({ path: at, message }) => `${z.core.toDotPath(at) || 'it'}: ${message}`)
  throw invalid(path, problems.join('; '))
}

const email = z.string().regex(SERVICE_ACCOUNT, 'must be the e-mail of a service account')
const iam = z.record(
  z.string().regex(/^roles\/[\w.]+$/, 'must be a role such as roles/secretmanager.secretAccessor'),
  z.array(z.string()),
)

const SEED = z.strictObject({
  projects: z
    .array(
      z.strictObject({
        id: z.string(),
        number: z.string().regex(/^\d+$/, 'must be digits').optional(),
        iam: iam.optional(),
      }),
    )
    .optional(),
  serviceAccounts: z
    .array(
      z.strictObject({
        email,
        uniqueId: z.string().regex(/^\d{21}$/, 'must be 21 digits in a string'),
        projectId: z.string(),
        tokenCreators: z.array(z.string()).optional(),
      }),
    )
    .min(1, 'must have one account at least, to run as')
    .optional(),
  users: z.array(z.strictObject({ email: z.string(), refreshToken: z.string().min(1) })).optional(),
  federated: z
    .array(
      z.strictObject({
        audience: z.string().min(1),
        subjectToken: z.string().min(1),
        principal: z.string().regex(/^principal:\/\//, 'must be a principal://… as IAM writes it'),
      }),
    )
    .optional(),
  defaultServiceAccount: email.optional(),
  secrets: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(SECRET_NAME, 'must be projects/P/secrets/S or projects/P/locations/L/secrets/S'),
        iam: iam.optional(),
        versionDestroyTtlSeconds: z.int().positive().optional(),
      }),
    )
    .optional(),
  roles: z
    .array(
      z.strictObject({
        arn: z.string().regex(ROLE_ARN, 'must be the ARN of a role'),
        trustPolicy: z.record(z.string(), z.unknown()),
        maxSessionDuration: z.int().min(3_600).max(DURATION_SECONDS.max).optional(),
      }),
    )
    .optional(),
  buckets: z
    .array(z.strictObject({ name: z.string().min(3), objects: z.record(z.string(), z.string()).optional() }))
    .optional(),
  region: z.string().regex(AWS_REGION, 'must be an AWS region').optional(),
})

function invalid(path: string, problem: string): KeyferryError {
  return new KeyferryError('CONFIG_INVALID', `The emulator cannot start from ${path}: ${problem}.`, {
    resource: path,
  })
}
