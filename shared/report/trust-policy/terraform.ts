/** A trust policy as Terraform's HCL: the document, and the role that has it. */
import type { TrustPolicy } from '../../core/trust.ts'
import type { TrustingRole } from './role.ts'

/** `aws_iam_policy_document`, and with a role `aws_iam_role` too. */
export function trustTerraform({ Statement: [statement] }: TrustPolicy, role?: TrustingRole): string {
  const label = role ? labelOf(role.name) : 'google'
  const conditions = Object.entries(statement.Condition.StringEquals).map(([variable, values]) =>
    block('condition', [
      ['test', text('StringEquals')],
      ['variable', text(variable)],
      ['values', list([values].flat() as readonly string[])],
    ]),
  )
  const inside = [
    assignments([
      ['effect', text(statement.Effect)],
      ['actions', list([statement.Action])],
    ]),
    block('principals', [
      ['type', text('Federated')],
      ['identifiers', list([statement.Principal.Federated])],
    ]),
    ...conditions,
  ].join('\n\n')
  const document = `data "aws_iam_policy_document" "${label}_trust" {\n${indented(`statement {\n${indented(inside)}\n}`)}\n}`
  if (!role) return document
  const resource = block(`resource "aws_iam_role" "${label}"`, [
    ['name', text(role.name)],
    ...(role.path === undefined ? [] : [['path', text(role.path)] as const]),
    ['assume_role_policy', `data.aws_iam_policy_document.${label}_trust.json`],
  ])
  return `${document}\n\n${resource}`
}

type Assignment = readonly [name: string, value: string]

function block(head: string, inside: readonly Assignment[]): string {
  return `${head} {\n${indented(assignments(inside))}\n}`
}

// Equal signs under each other, as `terraform fmt` sets them.
function assignments(all: readonly Assignment[]): string {
  const width = Math.max(...all.map(([name]) => name.length))
  return all.map(([name, value]) => `${name.padEnd(width)} = ${value}`).join('\n')
}

function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '  ')
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`
}

// Templates begin with ${ and %{: a doubled sign is the sign itself.
// https://developer.hashicorp.com/terraform/language/expressions/strings
function text(value: string): string {
  return JSON.stringify(value).replaceAll(/([$%])\{/g, '$1$1{')
}

function labelOf(name: string): string {
  const label = name.replaceAll(/[^\w-]/g, '_')
  return /^[A-Za-z_]/.test(label) ? label : `_${label}`
}
