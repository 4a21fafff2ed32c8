/** The metadata server: who a workload is, and the tokens that say so. */
import type { EmulatorClock, ServiceAccountSeed } from '../options.ts'
import { Refusal } from '../refusal.ts'
import type { Watch } from '../watch.ts'
import { jsonAnswer, textAnswer } from '../wire/answers.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from '../wire/http-api.ts'
import type { Accounts } from './accounts.ts'
import type { HeldTokens } from './held-tokens.ts'

interface Endpoint {
  readonly operation: string
  readonly resource?: string
  answer(): HttpAnswer | Promise<HttpAnswer>
}

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']
const V1 = '/computeMetadata/v1'
const ACCOUNT = /^\/computeMetadata\/v1\/instance\/service-accounts\/([^/]+)(?:\/(\w*))?$/

/** What a workload that runs as `account` finds at its metadata address. */
export function metadataApi(
  account: ServiceAccountSeed,
  {
    accounts,
    held,
    watch,
    clock,
  }: { accounts: Accounts; held: HeldTokens; watch: Watch; clock: EmulatorClock },
): HttpApi {
  return {
    watch,
    throttled: refusal(429, 'Too many requests'),
    headers: () => ({
      'metadata-flavor': 'Google',
      server: 'Metadata Server for VM',
      date: new Date(clock.now()).toUTCString(),
    }),
    refusalOf: ({ status = 503, message = 'Service unavailable' }) => refusal(status, message),
    refuse: ({ status, message }) => ({
      status,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
      body: `<!DOCTYPE html><html lang=en><title>Error ${status}</title><p>${message}`,
    }),
    route: (call) => guarded(account, call, endpoint(account, call, accounts, held)),
  }
}

function guarded(
  { email }: ServiceAccountSeed,
  { headers }: HttpCall,
  { operation, resource = email, answer }: Endpoint,
): HttpOperation {
  return {
    operation,
    resource,
    caller: email,
    act: () => {
      // How a request shows that no form of a web page and no proxy sent it here.
      if (headers['metadata-flavor'] !== 'Google' && operation !== 'ping')
        throw refusal(403, 'Missing Metadata-Flavor:Google header.')
      if ('x-forwarded-for' in headers) throw refusal(403, 'X-Forwarded-For is not allowed.')
      return answer()
    },
  }
}

function endpoint(
  account: ServiceAccountSeed,
  { path, query }: HttpCall,
  accounts: Accounts,
  held: HeldTokens,
): Endpoint {
  const { id, number } = accounts.project(account.projectId)
  if (['/', '/computeMetadata', V1, `${V1}/instance`].includes(path.replace(/(?<=.)\/$/, '')))
    return constant('ping', 'computeMetadata/\n')
  if (path === `${V1}/project/project-id`) return constant('project-id', id)
  if (path === `${V1}/project/numeric-project-id`) return constant('numeric-project-id', number)
  if (path === `${V1}/universe/universe-domain`) return constant('universe-domain', 'googleapis.com')
  const recursive = query.get('recursive') === 'true'
  const about = { aliases: ['default'], email: account.email, scopes: SCOPES }
  if (path.replace(/\/$/, '') === `${V1}/instance/service-accounts`) {
    return recursive
      ? constant('service-accounts', jsonAnswer({ default: about, [account.email]: about }))
      : constant('service-accounts', `default/\n${account.email}/\n`)
  }
  const [, name = '', leaf = ''] = ACCOUNT.exec(path) ?? []
  if (!['default', account.email].includes(decodeURIComponent(name))) throw notFound(path)
  const leaves: Readonly<Record<string, () => Endpoint>> = {
    '': () => constant('service-accounts', recursive ? jsonAnswer(about) : LEAVES),
    email: () => constant('email', account.email),
    aliases: () => constant('aliases', 'default\n'),
    scopes: () => constant('scopes', `${SCOPES.join('\n')}\n`),
    token: () => ({ operation: 'token', answer: () => jsonAnswer(held.accessToken(account)) }),
    identity: () => identity(account, query, held),
  }
  return leaves[leaf]?.() ?? notFoundEndpoint(path)
}

const LEAVES = 'aliases\nemail\nidentity\nscopes\ntoken\n'

function identity(account: ServiceAccountSeed, query: URLSearchParams, held: HeldTokens): Endpoint {
  const audience = query.get('audience') ?? ''
  return {
    operation: 'identity',
    resource: audience,
    answer: async () => {
      if (audience === '') throw refusal(400, 'non-empty audience parameter required')
      return textAnswer(await held.idToken(account, audience, query.get('format') === 'full'))
    },
  }
}

function constant(operation: string, body: string | HttpAnswer): Endpoint {
  return { operation, answer: () => (typeof body === 'string' ? textAnswer(body) : body) }
}

function notFoundEndpoint(path: string): never {
  throw notFound(path)
}

function notFound(path: string): Refusal {
  return refusal(404, `The requested URL ${path} was not found on this server.`)
}

function refusal(status: number, message: string): Refusal {
  return new Refusal(String(status), status, message)
}
