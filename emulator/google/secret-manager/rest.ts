/** Secret Manager over REST: for plain HTTP clients and for Google's own without gRPC. */
import type { Watch } from '../../watch.ts'
import { jsonAnswer } from '../../wire/answers.ts'
import type { HttpApi, HttpCall } from '../../wire/http-api.ts'
import { googleError, googleFault, googleRefusal } from '../canonical-codes.ts'
import type { GoogleTokens } from '../tokens.ts'
import { toJson, wrongChecksum, type Message } from './message.ts'
import { perform, resourceOf } from './operations.ts'
import type { Route } from './rest-routes.ts'
import type { Vault } from './vault.ts'

export function restApi(vault: Vault, tokens: GoogleTokens, routes: readonly Route[], watch: Watch): HttpApi {
  return {
    watch,
    throttled: googleRefusal('RESOURCE_EXHAUSTED', 'Quota exceeded.', 'RATE_LIMIT_EXCEEDED'),
    refusalOf: googleFault,
    refuse: googleError,
    wrongChecksum: (answer) => ({
      ...answer,
      body: String(answer.body).replace(/(?<="dataCrc32c":")\d+/, (crc) => String(wrongChecksum(crc))),
    }),
    headers: () => ({ date: new Date(vault.clock.now()).toUTCString() }),
    route(call) {
      const { operation, request } = understood(routes, call)
      const caller = tokens.bearer(call.headers['authorization'])
      const asNumbers = (call.query.get('$alt') ?? call.query.get('alt') ?? '').includes('enum-encoding=int')
      return {
        operation,
        resource: resourceOf(request),
        caller,
        act: () => jsonAnswer(toJson(perform(vault, operation, request, caller), asNumbers)),
      }
    },
  }
}

function understood(routes: readonly Route[], call: HttpCall): { operation: string; request: Message } {
  const path = decodeURIComponent(call.path)
  for (const { operation, method, match, body } of routes) {
    const fields = method === call.method ? match(path) : undefined
    if (!fields) continue
    const query = Object.fromEntries(
      [...call.query].filter(([name]) => !name.startsWith('$') && name !== 'alt'),
    )
    const sent = body === undefined ? {} : jsonOf(call.body)
    const named = body === undefined || body === '*' ? sent : { [body]: sent }
    const request: Record<string, Message[string]> = { ...query, ...named }
    for (const [name, value] of Object.entries(fields))
      // A field of the path goes into the message of the body beside what else it says.
      request[name] =
        typeof value === 'object' ? { ...(request[name] as Message), ...(value as Message) } : value
    return { operation, request }
  }
  throw googleRefusal('NOT_FOUND', `Method not found: ${call.method} ${path}`)
}

function jsonOf(body: Buffer): Message {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString()) as Message
  } catch {
    throw googleRefusal('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  }
}
