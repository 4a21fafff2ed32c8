/** Where AWS STS answers: the region's own endpoint, never the global one, or what the environment says instead. */
import { KeyferryError } from '../core/errors.ts'
import { AWS_REGION } from '../core/limits.ts'

export interface StsEndpoint {
  readonly url: string
  readonly region: string
}

/** DNS suffixes of the partitions that are not `amazonaws.com`, by the start of their regions' names. */
const DNS_SUFFIXES: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
]

/** Throws CONFIG_INVALID without a region, or with an endpoint that is not a URL. */
export function stsEndpoint(
  options: { region?: string | undefined; env?: NodeJS.ProcessEnv } = {},
): StsEndpoint {
  const { env = process.env } = options
  const region = options.region || env['AWS_REGION']
  if (!region) {
    throw new KeyferryError(
      'CONFIG_INVALID',
      'No AWS region: set AWS_REGION, or "region". us-east-1 is not assumed; take a region near this workload.',
    )
  }
  if (!AWS_REGION.test(region)) {
    throw new KeyferryError(
      'CONFIG_INVALID',
      `"${region}" is not an AWS region such as eu-central-1 (from ${options.region ? '"region"' : 'AWS_REGION'}).`,
    )
  }
  return { region, url: override(env) ?? `https://sts.${region}.${dnsSuffixOf(region)}/` }
}

function dnsSuffixOf(region: string): string {
  return DNS_SUFFIXES.find(([start]) => region.startsWith(start))?.[1] ?? 'amazonaws.com'
}

function override(env: NodeJS.ProcessEnv): string | undefined {
  for (const variable of ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL']) {
    const value = env[variable]
    if (!value) continue
    const url = URL.parse(value)
    if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.href
    throw new KeyferryError('CONFIG_INVALID', `${variable} must be an http(s) URL, got "${value}".`)
  }
  return undefined
}
