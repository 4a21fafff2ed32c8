/** A transport that notes down whatever is secret in what goes through it, to be looked for in what is shown. */
import type { HttpTransport } from '../../../shared/core/ports.ts'

export function eavesdropping(http: HttpTransport, heard: Set<string>): HttpTransport {
  return async (request) => {
    const response = await http(request)
    const all = [request.body ?? '', response.body, ...Object.values(request.headers ?? {})].join('\n')
    for (const [, secret = ''] of all.matchAll(SECRET)) {
      heard.add(secret)
      heard.add(decodeURIComponent(secret))
    }
    return response
  }
}

// ID tokens and their parts, access tokens, payloads, secret keys and session tokens.
const SECRET =
  /(?:Bearer |"access_token": ?"|"data": ?"|<SecretAccessKey>|<SessionToken>|WebIdentityToken=|^)((?:ey|ya29)?[A-Za-z0-9_.%+/=-]{30,})(?=["<&\s]|$)/gm
