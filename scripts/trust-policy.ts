/** `keyferry trust-policy`: the tight trust policy for these identities, or what is wrong with one that is there. It changes nothing. */
import { nearestTo } from '../shared/core/did-you-mean.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import { DEFAULT_AUDIENCE } from '../shared/core/exchange.ts'
import { AUDIENCE, ROLE_ARN } from '../shared/core/limits.ts'
import { explainTrust } from '../shared/core/trust/explain.ts'
import { lintTrustPolicy } from '../shared/core/trust/lint.ts'
import { keysOfAnyRequest } from '../shared/core/trust/request-context.ts'
import { tightTrustPolicy, type TrustPolicy } from '../shared/core/trust.ts'
import { createRoleCommand, updateRoleCommand } from '../shared/report/trust-policy/aws-command.ts'
import { trustTemplate, yamlOf } from '../shared/report/trust-policy/cloudformation.ts'
import { explanationText, findingsText } from '../shared/report/trust-policy/findings-text.ts'
import type { TrustingRole } from '../shared/report/trust-policy/role.ts'
import { trustTerraform } from '../shared/report/trust-policy/terraform.ts'
import type { Call } from './command/call.ts'
import { EXIT } from './command/failure.ts'
import { policyText } from './trust/policy-file.ts'
import type { Terminal } from './command/terminal.ts'
import { trustedIdentities, type Trusted } from './trust/trusted-identities.ts'

export async function trustPolicy(call: Call, terminal: Terminal): Promise<number> {
  const file = call.value('lint')
  if (file !== undefined) return lint(await policyText(file), call, terminal)
  if (call.has('explain'))
    throw new KeyferryError('CONFIG_INVALID', '--explain is about a policy: name it with --lint FILE.')
  const write = formatIn(call)
  const role = roleIn(call, terminal.env)
  const audience = audienceIn(call, terminal.env) ?? DEFAULT_AUDIENCE
  const trusted = await trustedIdentities(call, terminal.env, audience)
  terminal.print(write(tightTrustPolicy(trusted.identities, { audience }), role))
  terminal.note(remark(trusted, audience, role))
  return EXIT.ok
}

async function lint(policy: string, call: Call, { env, print, report }: Terminal): Promise<number> {
  const audience = audienceIn(call, env)
  const findings = lintTrustPolicy(policy, audience === undefined ? {} : { audience })
  const { tokens } = call.has('explain')
    ? await trustedIdentities(call, env, audience ?? DEFAULT_AUDIENCE)
    : { tokens: [] }
  const explained = tokens.map(({ minted, claims }) => ({
    minted,
    ...explainTrust(policy, claims, { keys: keysOfAnyRequest(Date.now()) }),
  }))
  const ok = findings.every(({ level }) => level !== 'error') && explained.every(({ allowed }) => allowed)
  if (call.has('json'))
    print(JSON.stringify({ ok, findings, ...(call.has('explain') && { tokens: explained }) }, null, 2))
  else
    report(
      [
        findingsText(findings),
        ...explained.map(({ minted, ...why }) => `A token of ${minted}:\n${explanationText(why)}`),
      ].join('\n\n'),
    )
  return ok ? EXIT.ok : EXIT.failed
}

type Write = (policy: TrustPolicy, role: TrustingRole | undefined) => string

const FORMATS: Readonly<Record<string, Write>> = {
  json: (policy) => JSON.stringify(policy, null, 2),
  terraform: trustTerraform,
  cloudformation: (policy, role) => yamlOf(trustTemplate(policy, role)),
  'cloudformation-json': (policy, role) => JSON.stringify(trustTemplate(policy, role), null, 2),
  aws: (policy, role) => createRoleCommand(named(role), policy),
}

function formatIn(call: Call): Write {
  const given = call.value('format') ?? (call.has('update') ? 'aws' : 'json')
  const write = Object.hasOwn(FORMATS, given) ? FORMATS[given] : undefined
  if (!write) {
    const meant = nearestTo(given, Object.keys(FORMATS))
    throw new KeyferryError(
      'CONFIG_INVALID',
      `--format takes ${Object.keys(FORMATS).join(', ')}, not "${given}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
    )
  }
  if (!call.has('update')) return write
  if (given === 'aws') return (policy, role) => updateRoleCommand(named(role), policy)
  throw new KeyferryError('CONFIG_INVALID', '--update is for --format aws: templates update by themselves.')
}

function named(role: TrustingRole | undefined): TrustingRole {
  if (role) return role
  throw new KeyferryError(
    'CONFIG_INVALID',
    'The command needs the name of the role: --role NAME, or AWS_ROLE_ARN.',
  )
}

/** A name or an ARN; of an ARN the path counts as well, and the partition where it is not the usual one. */
function roleIn(call: Call, env: NodeJS.ProcessEnv): TrustingRole | undefined {
  const given = call.value('role') ?? env['AWS_ROLE_ARN']
  if (!given) return undefined
  const [, partition = 'aws', , path = given] = ROLE_ARN.exec(given) ?? []
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (!/^[\w+=,.@-]{1,64}$/.test(name) || (path === given && path.includes('/')))
    throw new KeyferryError('CONFIG_INVALID', `"${given}" is neither the name nor the ARN of a role.`)
  const region = env['AWS_REGION']
  return {
    name,
    ...(path !== name && { path: `/${path.slice(0, -name.length)}` }),
    ...(partition !== 'aws' && { elsewhere: { partition, ...(region && { region }) } }),
  }
}

function audienceIn(call: Call, env: NodeJS.ProcessEnv): string | undefined {
  const audience = call.value('audience') ?? (env['KEYFERRY_AUDIENCE'] || undefined)
  if (audience === undefined || AUDIENCE.test(audience)) return audience
  throw new KeyferryError(
    'CONFIG_INVALID',
    `An audience is printable characters without spaces, got ${JSON.stringify(audience)}.`,
  )
}

function remark({ identities }: Trusted, audience: string, role: TrustingRole | undefined): string {
  const numeric = identities.filter(({ email }) => email === undefined).map(({ uniqueId }) => uniqueId)
  const whom = identities
    .map(({ uniqueId, email }) => (email === undefined ? uniqueId : `${uniqueId} (${email})`))
    .join(', ')
  return [
    `Lets in ${whom} and nobody else, with tokens for the audience ${audience}.`,
    ...(numeric.length > 0
      ? [
          `Of ${numeric.join(', ')} it takes tokens of the metadata server alone; --with-email (or --email beside --unique-id) takes ` +
            'those of key files and impersonation as well.',
        ]
      : []),
    ...(role?.elsewhere
      ? [
          `Whether AWS takes Google's tokens in the partition ${role.elsewhere.partition} is documented nowhere.`,
        ]
      : []),
  ].join(' ')
}
