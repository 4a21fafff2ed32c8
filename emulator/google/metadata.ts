/** The metadata server: who a workload is, and the tokens that say so. */
import { Calls, type CallLog } from '../calls.ts'
import { Faults, type Faulty } from '../faults.ts'
import type { EmulatorClock, ServiceAccountSeed } from '../options.ts'
import { Refusal } from '../refusal.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from '../wire/http-api.ts'
import type { Accounts } from './accounts.ts'
import type { AccessToken, GoogleTokens } from './tokens.ts'

/** Operations: `identity`, `token`, `email`, `scopes`, `aliases`, `service-accounts`, `project-id`, `numeric-project-id`, `ping`. */
export interface MetadataServer extends Faulty {
  readonly calls: CallLog
  /** A token is given again until it has this much life left. @default 0 for ID tokens */
  idTokenReuseUntilMs: number
  /** @default 300,000: an access token always has five minutes left */
  accessTokenReuseUntilMs: number
}

interface Endpoint {
  readonly operation: string
  readonly resource?: string
  answer(): HttpAnswer | Promise<HttpAnswer>
}

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']
const BASE = '/computeMetadata/v1'
const ACCOUNT_PATH = /^\/computeMetadata\/v1\/instance\/service-accounts\/([^/]+)(?:\/(\w*))?$/

export class Metadata implements MetadataServer {
  readonly calls: Calls = new Calls()
  readonly #faults = new Faults()
  idTokenReuseUntilMs = 0
  accessTokenReuseUntilMs = 300_000
  readonly #idTokens = new Map<string, { token: string; expiresAt: number }>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #tokens: GoogleTokens
  readonly #accounts: Accounts
  readonly #clock: EmulatorClock

  constructor(tokens: GoogleTokens, accounts: Accounts, clock: EmulatorClock) {
    this.#tokens = tokens
    this.#accounts = accounts
    this.#clock = clock
  }

  fault: Faulty['fault'] = (rule) => this.#faults.fault(rule)
  clearFaults: Faulty['clearFaults'] = () => this.#faults.clearFaults()

  /** What a workload with this identity finds at its metadata address. */
  api(account: ServiceAccountSeed): HttpApi {
    return {
      calls: this.calls,
      faults: this.#faults,
      throttled: new Refusal('429', 429, 'Too many requests'),
      headers: () => ({ 'metadata-flavor': 'Google', server: 'Metadata Server for VM' }),
      refusalOf: ({ status = 503, message = 'Service unavailable' }) =>
        new Refusal(String(status), status, message),
      refuse: ({ status, message }) => ({
        status,
        headers: { 'content-type': 'text/html; charset=UTF-8' },
        body: `<!DOCTYPE html><html lang=en><title>Error ${status}</title><p>${message}`,
      }),
      route: (call) => this.#route(account, call),
    }
  }

  #route(account: ServiceAccountSeed, call: HttpCall): HttpOperation {
    const { operation, resource = account.email, answer } = this.#endpoint(account, call)
    return {
      operation,
      resource,
      caller: account.email,
      act: () => {
        if (call.headers['metadata-flavor'] !== 'Google' && operation !== 'ping') {
          throw new Refusal('403', 403, 'Missing Metadata-Flavor:Google header.')
        }
        // The header is how a request shows that no proxy and no form of a web page sent it here.
        if ('x-forwarded-for' in call.headers)
          throw new Refusal('403', 403, 'X-Forwarded-For is not allowed.')
        return answer()
      },
    }
  }

  #endpoint(account: ServiceAccountSeed, { path, query }: HttpCall): Endpoint {
    const { id, number } = this.#accounts.project(account.projectId)
    if (path === '/' || path === BASE || path === `${BASE}/` || path.startsWith(`${BASE}/instance/id`))
      return constant('ping', 'computeMetadata/\n')
    if (path === `${BASE}/instance` || path === `${BASE}/instance/`)
      return constant('ping', 'service-accounts/\n')
    if (path === `${BASE}/project/project-id`) return constant('project-id', id)
    if (path === `${BASE}/project/numeric-project-id`) return constant('numeric-project-id', number)
    const [, name, leaf = ''] = ACCOUNT_PATH.exec(path) ?? []
    if (name === undefined && !path.startsWith(`${BASE}/instance/service-accounts`)) throw notFound(path)
    const about = { aliases: ['default'], email: account.email, scopes: SCOPES }
    const recursive = query.get('recursive') === 'true'
    if (name === undefined) {
      return recursive
        ? constant('service-accounts', json({ default: about, [account.email]: about }))
        : constant('service-accounts', `default/\n${account.email}/\n`)
    }
    if (!['default', account.email].includes(decodeURIComponent(name))) throw notFound(path)
    switch (leaf) {
      case '':
        return constant(
          'service-accounts',
          recursive ? json(about) : 'aliases\nemail\nidentity\nscopes\ntoken\n',
        )
      case 'email':
        return constant('email', account.email)
      case 'aliases':
        return constant('aliases', 'default\n')
      case 'scopes':
        return constant('scopes', `${SCOPES.join('\n')}\n`)
      case 'token':
        return { operation: 'token', answer: () => this.#accessToken(account) }
      case 'identity':
        return {
          operation: 'identity',
          resource: query.get('audience') ?? '',
          answer: () => this.#idToken(account, query),
        }
      default:
        throw notFound(path)
    }
  }

  #accessToken(account: ServiceAccountSeed): HttpAnswer {
    const now = this.#clock.now()
    let token = this.#accessTokens.get(account.email)
    if (!token || token.expiresAt - now <= this.accessTokenReuseUntilMs) {
      token = this.#tokens.accessToken(account)
      this.#accessTokens.set(account.email, token)
    }
    return json({
      access_token: token.token,
      expires_in: Math.floor((token.expiresAt - now) / 1_000),
      token_type: 'Bearer',
    })
  }

  async #idToken(account: ServiceAccountSeed, query: URLSearchParams): Promise<HttpAnswer> {
    const audience = query.get('audience')
    if (!audience) throw new Refusal('400', 400, 'non-empty audience parameter required')
    const format = query.get('format') ?? 'standard'
    const key = JSON.stringify([account.email, audience, format])
    const now = this.#clock.now()
    let held = this.#idTokens.get(key)
    if (!held || held.expiresAt - now <= this.idTokenReuseUntilMs) {
      const token = await this.#tokens.idToken(account, {
        audience,
        azp: account.uniqueId,
        includeEmail: format === 'full',
      })
      held = { token, expiresAt: Math.floor(now / 1_000) * 1_000 + 3_600_000 }
      this.#idTokens.set(key, held)
    }
    return text(held.token)
  }
}

function constant(operation: string, body: string | HttpAnswer): Endpoint {
  return { operation, answer: () => (typeof body === 'string' ? text(body) : body) }
}

function notFound(path: string): Refusal {
  return new Refusal('404', 404, `The requested URL ${path} was not found on this server.`)
}

function text(body: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/text' }, body }
}

function json(body: object): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
