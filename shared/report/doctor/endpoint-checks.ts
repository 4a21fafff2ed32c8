/** Where requests go: the region of STS, and what the environment puts in the place of a service. */
import { partitionOf } from '../../core/exchange.ts'
import { ROLE_ARN, AWS_REGION, LOOPBACK_HOST } from '../../core/limits.ts'
import { errorOf, wireCodeOf, wireTextOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import type { TargetFacts } from './facts.ts'

export function region({
  subject,
  env,
  exchange,
}: Pick<TargetFacts, 'subject' | 'env' | 'exchange'>): Finding {
  if (!subject.exchange) return skipped('no exchange is configured')
  const { roleArn } = subject.exchange
  const name = subject.exchange.region ?? env['AWS_REGION']
  if (!name)
    return fail('none is named', {
      cause: env['AWS_DEFAULT_REGION']
        ? `AWS_REGION is not set. AWS_DEFAULT_REGION (${env['AWS_DEFAULT_REGION']}) is not read.`
        : 'AWS_REGION is not set, and us-east-1 is not assumed.',
      fix: `export AWS_REGION=${env['AWS_DEFAULT_REGION'] ?? 'eu-central-1'}`,
    })
  if (!AWS_REGION.test(name))
    return fail(`"${name}" is none`, {
      cause: `"${name}" is not the name of an AWS region such as eu-central-1.`,
      fix: 'export AWS_REGION=eu-central-1',
    })
  const here = partitionOf(name)
  const partition = ROLE_ARN.exec(roleArn)?.[1]
  if (partition !== undefined && partition !== here)
    return fail(`${name} is in ${here}, the role in ${partition}`, {
      cause: `The role ${roleArn} is in the partition ${partition}, the region ${name} in ${here}: STS there does not know the role.`,
      fix: 'Set AWS_REGION (or the target’s region) to one of the role’s own partition.',
    })
  const refusal = errorOf(exchange)
  if (wireCodeOf(refusal) === 'RegionDisabledException')
    return fail(`STS is not activated in ${name}`, {
      cause: `The account has not enabled the region ${name}, or not STS in it (${wireTextOf(refusal)})`,
      fix: `aws account enable-region --region-name ${name} (or export AWS_REGION to a region that is enabled)`,
    })
  if (here !== 'aws')
    return warn(`${name}, in ${here}`, {
      cause: `Whether AWS takes Google’s tokens in ${here} is documented nowhere: the exchange below says it.`,
      fix: 'None is needed where the check "exchange" is ok; else let a role of the commercial partition do the work.',
    })
  return ok(name)
}

const AWS_HOST =
  /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)$/

export function endpoint({ subject, env }: Pick<TargetFacts, 'subject' | 'env'>): Finding {
  const google = emulatorsOf(env, ['SECRET_MANAGER_EMULATOR_HOST'])
  const { name, url } = stsOverride(env)
  const problem = google.find(({ host }) => !LOOPBACK_HOST.test(host))
  if (problem)
    return fail(`${problem.name} is not on this machine`, {
      cause: `${problem.name} names ${problem.host}: access tokens and payloads would go there in the clear, so it is refused.`,
      fix: `unset ${problem.name}`,
    })
  if (subject.exchange && name !== undefined) {
    if (!url)
      return fail(`${name} is no URL`, { cause: `${name} is not an http(s) URL.`, fix: `unset ${name}` })
    const local = LOOPBACK_HOST.test(url.hostname)
    if (local && subject.secret !== undefined && google.length === 0)
      return fail(`STS is at ${url.host}, Secret Manager at Google`, {
        cause: `${name} is left over from an emulator: it sends the exchange to ${url.host}, while the secret is Google’s own.`,
        fix: `unset ${name}`,
      })
    if (!local && url.protocol === 'http:')
      return fail(`STS is asked at ${url.host} without TLS`, {
        cause: `${name} is an http:// URL: the ID token, which stands for this workload, and the credentials travel in the clear.`,
        fix: `unset ${name}`,
      })
    if (!local && !AWS_HOST.test(url.hostname))
      return fail(`STS is asked at ${url.host}`, {
        cause: `${name} sends ID tokens to ${url.host}, which is neither AWS nor an emulator on this machine.`,
        fix: `unset ${name}`,
      })
    if (!local && name === 'AWS_ENDPOINT_URL')
      return warn(`STS is asked at ${url.host}`, {
        cause: 'AWS_ENDPOINT_URL is for every AWS service: S3 and all others are sent to that host, too.',
        fix: `export AWS_ENDPOINT_URL_STS=${url.href}; unset AWS_ENDPOINT_URL`,
      })
    if (!local) return ok(`STS at ${url.host}`)
  }
  if (google.length > 0 && subject.exchange && name === undefined)
    return fail('Secret Manager is an emulator, STS is AWS', {
      cause:
        'SECRET_MANAGER_EMULATOR_HOST is left over from an emulator, or AWS_ENDPOINT_URL is missing: the secret is read from one world, and AWS asked in the other.',
      fix: 'unset SECRET_MANAGER_EMULATOR_HOST',
    })
  return ok(
    google.length > 0 || name !== undefined ? 'an emulator on this machine' : 'the services themselves',
  )
}

function stsOverride(env: NodeJS.ProcessEnv): { name?: string; url?: URL | undefined } {
  const name = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].find((each) => env[each])
  if (name === undefined) return {}
  const url = URL.parse(env[name] as string)
  return { name, url: url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined }
}

function emulatorsOf(env: NodeJS.ProcessEnv, names: readonly string[]): { name: string; host: string }[] {
  return names.flatMap((name) => {
    const value = env[name]
    if (!value) return []
    return [
      { name, host: URL.parse(/^https?:\/\//.test(value) ? value : `http://${value}`)?.hostname ?? value },
    ]
  })
}
