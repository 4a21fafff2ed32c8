/** A trust policy as a CloudFormation template with the role that has it, in JSON or YAML. */
import type { TrustPolicy } from '../../core/trust.ts'
import type { TrustingRole } from './role.ts'

/** A whole template. Without a role's name CloudFormation makes one up. */
export function trustTemplate(policy: TrustPolicy, role?: TrustingRole): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      [role ? logicalId(role.name) : 'GoogleRole']: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ...(role && { RoleName: role.name, ...(role.path !== undefined && { Path: role.path }) }),
          AssumeRolePolicyDocument: policy,
        },
      },
    },
  }
}

/** The same as `JSON.stringify` gives, in YAML's block style. Every text is quoted: a date or a number stays text. */
export function yamlOf(value: unknown): string {
  return linesOf(value).join('\n')
}

function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item) =>
      linesOf(item).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`)),
    )
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = /^[A-Za-z]\w*$/.test(key) ? key : JSON.stringify(key)
    const lines = linesOf(inner)
    return typeof inner === 'object' && inner !== null
      ? [`${name}:`, ...lines.map((line) => `  ${line}`)]
      : [`${name}: ${lines[0]}`]
  })
}

// Letters and digits alone.
function logicalId(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean)
  const id = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  return id === '' ? 'Role' : id
}
