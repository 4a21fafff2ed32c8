import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tightTrustPolicy } from '../../../shared/core/trust.ts'
import { createRoleCommand, updateRoleCommand } from '../../../shared/report/trust-policy/aws-command.ts'
import { trustTemplate, yamlOf } from '../../../shared/report/trust-policy/cloudformation.ts'
import { trustTerraform } from '../../../shared/report/trust-policy/terraform.ts'

const policy = tightTrustPolicy(
  { uniqueId: '117530498172635541201', email: 'broker@p.iam.gserviceaccount.com' },
  { audience: 'sts.amazonaws.com' },
)
const role = { name: 'app', path: '/team/' }

describe('a trust policy', () => {
  it('is Terraform’s, as terraform fmt writes it', () => {
    expect(trustTerraform(policy, role)).toMatchInlineSnapshot(`
      "data "aws_iam_policy_document" "app_trust" {
        statement {
          effect  = "Allow"
          actions = ["sts:AssumeRoleWithWebIdentity"]

          principals {
            type        = "Federated"
            identifiers = ["accounts.google.com"]
          }

          condition {
            test     = "StringEquals"
            variable = "accounts.google.com:sub"
            values   = ["117530498172635541201"]
          }

          condition {
            test     = "StringEquals"
            variable = "accounts.google.com:oaud"
            values   = ["sts.amazonaws.com"]
          }

          condition {
            test     = "StringEquals"
            variable = "accounts.google.com:aud"
            values   = ["117530498172635541201", "broker@p.iam.gserviceaccount.com"]
          }
        }
      }

      resource "aws_iam_role" "app" {
        name               = "app"
        path               = "/team/"
        assume_role_policy = data.aws_iam_policy_document.app_trust.json
      }"
    `)
  })

  it('is a document alone in Terraform where no role is named', () => {
    expect(trustTerraform(policy)).toContain('data "aws_iam_policy_document" "google_trust" {')
    expect(trustTerraform(policy)).not.toContain('resource')
  })

  it('has in Terraform no template that its audience could begin', () => {
    const printable = fc.string({ unit: fc.constantFrom('$', '%', '{', '}', '"', '\\', 'x'), minLength: 1 })
    fc.assert(
      fc.property(printable, (audience) => {
        const written = trustTerraform(tightTrustPolicy({ uniqueId: '1' }, { audience }))
        const [, literal = ''] = /oaud"\n +values += \["(.*)"\]/.exec(written) ?? []
        // As HCL reads it: a sign before one like it and a brace is none, and a single one there begins a template.
        expect(literal.replaceAll(/([$%])\1\{/g, 'x')).not.toMatch(/[$%]\{/)
        const read = literal.replaceAll(/([$%])\1\{/g, '$1{').replaceAll(/\\(.)/g, '$1')
        // And as IAM reads it: a policy variable for the sign itself.
        expect(read.replaceAll('${$}{', '${')).toBe(audience)
      }),
    )
  })

  it('is a CloudFormation template, in which every text is quoted', () => {
    expect(yamlOf(trustTemplate(policy, { name: 'app-reader', path: '/team/' }))).toMatchInlineSnapshot(`
      "AWSTemplateFormatVersion: "2010-09-09"
      Resources:
        AppReader:
          Type: "AWS::IAM::Role"
          Properties:
            RoleName: "app-reader"
            Path: "/team/"
            AssumeRolePolicyDocument:
              Version: "2012-10-17"
              Statement:
                - Effect: "Allow"
                  Principal:
                    Federated: "accounts.google.com"
                  Action: "sts:AssumeRoleWithWebIdentity"
                  Condition:
                    StringEquals:
                      "accounts.google.com:sub": "117530498172635541201"
                      "accounts.google.com:oaud": "sts.amazonaws.com"
                      "accounts.google.com:aud":
                        - "117530498172635541201"
                        - "broker@p.iam.gserviceaccount.com""
    `)
  })

  it('is a template for a role that CloudFormation names, where none is named', () => {
    expect(trustTemplate(policy)).toEqual({
      AWSTemplateFormatVersion: '2010-09-09',
      Resources: {
        GoogleRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: policy } },
      },
    })
  })

  it('is one argument of a command, whatever characters it has', () => {
    const odd = tightTrustPolicy({ uniqueId: '1' }, { audience: `it's "$HOME" \`id\` \\ $(id)!` })
    const commands = [createRoleCommand(role, odd), updateRoleCommand(role, odd)]
    const lastArgument = `aws() { for last; do :; done; printf '%s\\n' "$last"; }\n${commands.join('\n')}`
    const printed = execFileSync('sh', ['-c', lastArgument], { encoding: 'utf8', env: { HOME: 'nowhere' } })
    expect(
      printed
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([odd, odd])
    expect(commands[0]).toMatch(
      /^aws iam create-role --role-name app --path \/team\/ --assume-role-policy-document '/,
    )
    expect(commands[1]).toMatch(/^aws iam update-assume-role-policy --role-name app --policy-document '/)
  })

  it('goes to the IAM of the role’s own partition', () => {
    const china = { name: 'app', elsewhere: { partition: 'aws-cn', region: 'cn-north-1' } }
    expect(createRoleCommand(china, policy)).toContain(' --region cn-north-1 ')
    expect(updateRoleCommand(china, policy)).toContain(' --region cn-north-1 ')
  })
})
