/** Google's Security Token Service: access tokens for tokens of other identity providers, by RFC 8693. */
import { Refusal } from '../refusal.ts'
import type { HttpCall, HttpOperation } from '../wire/http-api.ts'
import { bearerAnswer, type GoogleWorld } from './token-endpoint.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

export function exchangeOperation({ accounts, tokens }: GoogleWorld, { body }: HttpCall): HttpOperation {
  const form = new URLSearchParams(body.toString())
  const field = (name: string): string => form.get(name) ?? ''
  const audience = field('audience')
  const principal = accounts.principalOf(audience, field('subject_token'))
  return {
    operation: 'exchange',
    resource: audience,
    caller: principal,
    act: () => {
      if (field('grant_type') !== GRANT || field('requested_token_type') !== ACCESS_TOKEN)
        throw new Refusal('unsupported_grant_type', 400, 'Unsupported grant or token type.')
      if (field('subject_token_type') === '' || field('scope') === '')
        throw new Refusal('invalid_request', 400, 'subject_token_type and scope are required.')
      if (!accounts.hasProvider(audience))
        throw new Refusal('invalid_target', 400, 'The target service indicated by "audience" is invalid.')
      if (principal === undefined)
        throw new Refusal('invalid_grant', 400, 'The subject token is rejected by the provider.')
      return bearerAnswer(tokens.accessToken({ email: principal }), { issued_token_type: ACCESS_TOKEN })
    },
  }
}
