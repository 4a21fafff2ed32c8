/** What else of Google a client may ask, on one port: the token endpoint, IAM Credentials, and the keys that verify ID tokens. */
import type { Watch } from '../watch.ts'
import { jsonAnswer } from '../wire/answers.ts'
import type { HttpApi, HttpCall, HttpOperation } from '../wire/http-api.ts'
import { googleError, googleFault, googleRefusal } from './canonical-codes.ts'
import { impersonation } from './iam-credentials.ts'
import { exchangeOperation } from './token-exchange.ts'
import { oauthError, tokenOperation, type GoogleWorld } from './token-endpoint.ts'

export function googleApis(world: GoogleWorld, watch: Watch): HttpApi {
  return {
    watch,
    headers: () => ({ date: new Date(world.clock.now()).toUTCString() }),
    throttled: googleRefusal('RESOURCE_EXHAUSTED', 'Quota exceeded.', 'RATE_LIMIT_EXCEEDED'),
    refusalOf: googleFault,
    refuse: (refusal, { path }) => (path.endsWith('/token') ? oauthError(refusal) : googleError(refusal)),
    route: (call) => routed(world, call),
  }
}

function routed(world: GoogleWorld, call: HttpCall): HttpOperation {
  if (call.path === '/token' && call.method === 'POST') return tokenOperation(world, call)
  if (call.path === '/v1/token' && call.method === 'POST') return exchangeOperation(world, call)
  if (call.path === '/oauth2/v3/certs') {
    return { operation: 'certs', resource: '', act: () => jsonAnswer(world.tokens.jwks()) }
  }
  const operation = impersonation(world, call)
  if (operation) return operation
  throw googleRefusal('NOT_FOUND', `Method not found: ${call.method} ${call.path}`)
}
