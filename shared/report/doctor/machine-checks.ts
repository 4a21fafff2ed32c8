/** Runtime and environment: what goes wrong before any service is asked. */
import { LOOPBACK_HOST } from '../../core/limits.ts'
import { fail, ok, warn, type Finding } from './check.ts'
import type { MachineFacts } from './facts.ts'

/** As `engines` in package.json says. */
const NODE_MIN: readonly [number, number] = [22, 21]
const WRITING_PACKAGE = '@google-cloud/secret-manager'

export function nodeVersion({ nodeVersion: version }: MachineFacts): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const least = `${NODE_MIN.join('.')}`
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return ok(`Node ${version}`)
  return fail(`Node ${version}, Keyferry needs ${least} or later`, {
    cause: `Node ${version} is too old: its HTTP agents know no proxies, and it cannot run the packages.`,
    fix: 'npm install node@24 (it stands before the system’s one in npx and npm scripts)',
  })
}

export function packages({ as, hasPackage }: MachineFacts): Finding {
  if (as !== 'writer') return ok('no optional package is needed')
  if (hasPackage(WRITING_PACKAGE)) return ok(`${WRITING_PACKAGE} is installed`)
  return warn(`${WRITING_PACKAGE} is not installed here`, {
    cause: `The function, \`keyferry refresh\` and \`keyferry prune\` need ${WRITING_PACKAGE}; the doctor does not.`,
    fix: `npm install ${WRITING_PACKAGE}`,
  })
}

export function configuration({ problems, targets, env }: MachineFacts): Finding {
  const [first, ...others] = problems
  if (first !== undefined)
    return fail(`${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`, {
      cause: first,
      ...(others.length > 0 && { also: others }),
      fix: 'Mend the fields that are named; the README has them all, under "Configuration".',
    })
  const says = targets === 1 ? 'one target' : `${targets} targets`
  if (env['KEYFERRY_CONFIG'] && env['KEYFERRY_SECRET'])
    return warn(says, {
      cause:
        'KEYFERRY_CONFIG and KEYFERRY_SECRET are both set: the writing side reads the first, a consumer the second.',
      fix: 'unset KEYFERRY_SECRET',
    })
  return ok(says)
}

/** Each prints what goes over the wire, in some of its values. */
const LOUD: readonly string[] = [
  'GOOGLE_SDK_NODE_LOGGING',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'DEBUG',
  'DEBUG_AUTH',
  'GRPC_TRACE',
  'GRPC_VERBOSITY',
]

export function debugVariables({ env }: MachineFacts): Finding {
  const set = LOUD.filter((name) => env[name])
  if (set.length === 0) return ok('none is set')
  return warn(`${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`, {
    cause: `With ${set[0]} libraries may print ID tokens, access tokens and the secret’s payload into the log.`,
    fix: `unset ${set.join(' ')}`,
  })
}

/** What AWS tools look at before a credential process or a container endpoint. */
const PREFERRED: readonly string[] = ['AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE']

export function awsVariables({ env }: MachineFacts): Finding {
  const { AWS_REGION: region, AWS_DEFAULT_REGION: fallback } = env
  const set = PREFERRED.filter((name) => env[name])
  if (set.length > 0) {
    const key = env['AWS_ACCESS_KEY_ID']?.startsWith('AKIA') === true
    return warn(`${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`, {
      cause:
        `AWS tools and SDKs that find credentials by themselves take ${set[0]} before what Keyferry hands them` +
        (key ? '; it is a long-lived key, which Keyferry is there to make needless.' : '.'),
      fix: `unset ${[...set, ...(set.includes('AWS_ACCESS_KEY_ID') ? ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] : [])].join(' ')}`,
    })
  }
  if (region && fallback && region !== fallback)
    return warn(`AWS_REGION is ${region}, AWS_DEFAULT_REGION ${fallback}`, {
      cause: 'Keyferry and most SDKs read AWS_REGION, older AWS tools AWS_DEFAULT_REGION.',
      fix: `export AWS_DEFAULT_REGION=${region}`,
    })
  return ok('none is in the way')
}

export function networkVariables({ env }: MachineFacts): Finding {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    return fail('certificates are not checked', {
      cause:
        'NODE_TLS_REJECT_UNAUTHORIZED=0: whoever is on the way can read tokens and credentials, and forge answers.',
      fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED; give your certificate authority by NODE_EXTRA_CA_CERTS=FILE.pem',
    })
  const [name, value] =
    (['https_proxy', 'HTTPS_PROXY'] as const)
      .map((each) => [each, env[each]] as const)
      .find(([, set]) => set) ?? []
  const proxy = value === undefined ? undefined : URL.parse(value)
  if (value !== undefined && proxy?.protocol !== 'http:' && proxy?.protocol !== 'https:')
    return fail(`${name} is not an http:// or https:// URL`, {
      cause: `${name} names a proxy that Keyferry cannot use: requests fail, or go past it.`,
      fix: `export ${name}=http://HOST:PORT`,
    })
  if (env['https_proxy'] && env['HTTPS_PROXY'] && env['https_proxy'] !== env['HTTPS_PROXY'])
    return warn('https_proxy and HTTPS_PROXY differ', {
      cause: 'Programs disagree on which of the two they take; Keyferry takes the one in lower case.',
      fix: 'unset HTTPS_PROXY',
    })
  const bundle = ['AWS_CA_BUNDLE', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'].find((each) => env[each])
  if (bundle !== undefined && !env['NODE_EXTRA_CA_CERTS'])
    return warn(`${bundle} is set, NODE_EXTRA_CA_CERTS is not`, {
      cause: `Node does not read ${bundle}: behind a proxy that opens TLS, requests fail with a certificate error.`,
      fix: `export NODE_EXTRA_CA_CERTS="$${bundle}"`,
    })
  if (!proxy) return ok('no proxy')
  return ok(
    `requests go by way of ${proxy.host}${LOOPBACK_HOST.test(proxy.hostname) ? ', on this machine' : ''}`,
  )
}
