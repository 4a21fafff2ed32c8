/** The parameters of a call, checked one by one as STS checks them: its ValidationErrors say which value failed and why. */
import { stsRefusal } from './errors.ts'

export interface AssumeParameters {
  readonly roleArn: string
  readonly sessionName: string
  /** Undefined where the caller left it to STS: one hour, or less where the role allows less. */
  readonly durationSeconds: number | undefined
  readonly packedPolicySize: number | undefined
}

const TEXT_MAX = 2_048

export function assumeParameters(form: URLSearchParams): AssumeParameters {
  const roleArn = text(form, 'RoleArn', { min: 20, max: 2_048 })
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    throw stsRefusal('ValidationError', `${roleArn} is invalid`)
  const sessionName = text(form, 'RoleSessionName', { min: 2, max: 64, pattern: '[\\w+=,.@-]*' })
  return {
    roleArn,
    sessionName,
    durationSeconds: seconds(form.get('DurationSeconds')),
    packedPolicySize: policySize(form),
  }
}

/** A parameter that must be there, within its length and pattern. */
export function text(
  form: URLSearchParams,
  name: string,
  { min, max, pattern }: { readonly min: number; readonly max: number; readonly pattern?: string },
): string {
  const value = form.get(name)
  const field = `${name[0]?.toLowerCase()}${name.slice(1)}`
  if (value === null) throw invalid(undefined, field, 'Member must not be null')
  if (value.length < min)
    throw invalid(value, field, `Member must have length greater than or equal to ${min}`)
  if (value.length > max) throw invalid(value, field, `Member must have length less than or equal to ${max}`)
  if (pattern !== undefined && !new RegExp(`^${pattern}$`).test(value))
    throw invalid(value, field, `Member must satisfy regular expression pattern: ${pattern}`)
  return value
}

function seconds(value: string | null): number | undefined {
  if (value === null) return undefined
  const number = Number(value)
  if (!Number.isInteger(number)) throw invalid(value, 'durationSeconds', 'Member must be an integer')
  if (number < 900)
    throw invalid(value, 'durationSeconds', 'Member must have value greater than or equal to 900')
  if (number > 43_200)
    throw invalid(value, 'durationSeconds', 'Member must have value less than or equal to 43200')
  return number
}

function policySize(form: URLSearchParams): number | undefined {
  const policy = form.get('Policy')
  const arns = [...form].filter(([name]) => /^PolicyArns\.member\.\d+\.arn$/.test(name)).map(([, arn]) => arn)
  if (policy === null && arns.length === 0) return undefined
  if (arns.length > 10) throw invalid('[…]', 'policyArns', 'Member must have length less than or equal to 10')
  for (const arn of arns) {
    if (!/^arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/.+$/.test(arn))
      throw stsRefusal('ValidationError', `The ARN ${arn} is not that of a managed policy`)
  }
  if (policy !== null) checkPolicy(policy)
  const length = (policy?.length ?? 0) + arns.join('').length
  if (length > TEXT_MAX) {
    throw stsRefusal(
      'PackedPolicyTooLarge',
      `Packed policy consumes ${Math.ceil((100 * length) / TEXT_MAX)}% of allotted space, please use smaller policy.`,
    )
  }
  return Math.ceil((100 * length) / TEXT_MAX)
}

function checkPolicy(policy: string): void {
  if (policy.length === 0 || policy.length > TEXT_MAX || !/^[\t\n\r -\u00FF]+$/.test(policy)) {
    throw invalid(policy, 'policy', `Member must have length less than or equal to ${TEXT_MAX}`)
  }
  let document: unknown
  try {
    document = JSON.parse(policy)
  } catch {
    throw stsRefusal('MalformedPolicyDocument', 'This policy contains invalid Json')
  }
  const statement = (document as { Statement?: unknown } | null)?.Statement
  const complete = [statement].flat().every((one) => {
    const { Effect, Action, NotAction, Resource, NotResource } = (one ?? {}) as Record<string, unknown>
    return (
      Effect !== undefined && (Action ?? NotAction) !== undefined && (Resource ?? NotResource) !== undefined
    )
  })
  if (statement === undefined || !complete)
    throw stsRefusal('MalformedPolicyDocument', 'Syntax errors in policy.')
}

function invalid(value: string | undefined, field: string, constraint: string): Error {
  const shown = value === undefined ? 'null' : `'${value}'`
  return stsRefusal(
    'ValidationError',
    `1 validation error detected: Value ${shown} at '${field}' failed to satisfy constraint: ${constraint}`,
  )
}
