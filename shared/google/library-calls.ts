/**
 * The one transporter of all calls through Google's library: they go where ours go, by the same proxy, deadlines and bounds,
 * and fail as ours fail.
 */
import type * as Library from 'google-auth-library'
import type { HttpRequest, HttpResponse, HttpTransport } from '../core/ports.ts'
import { GOOGLE_TOKEN_URL } from './endpoints.ts'
import { objectIn } from './token-errors.ts'

export type Transporter = Library.gaxios.Gaxios

export interface LibraryCalls {
  readonly http: HttpTransport
  readonly timeoutMs: number
  /** Where Google's token endpoint is: the library has one address built in. */
  readonly tokenEndpoint: string
  /** The error for an answer that is not a success. */
  readonly refused: (response: HttpResponse) => Error
  /** The error where no whole answer came. */
  readonly unanswered: (error: unknown) => Error
}

/** What `act` makes of the library. Rejects with the error of the call that failed; with the library's own where none did. */
export async function throughLibrary<T>(
  calls: LibraryCalls,
  act: (library: typeof Library, transporter: Transporter) => Promise<T>,
): Promise<T> {
  const library = await import('google-auth-library')
  let failure: Error | undefined
  const transporter = new library.gaxios.Gaxios({
    // Ours are the one layer of retries.
    retryConfig: { retry: 0 },
    // Else it would make one for the proxy, which `http` sees to.
    agent: true as never,
    async fetchImplementation(input, init) {
      try {
        return answerOf(await succeeding(requestOf(calls, String(input), init)))
      } catch (error) {
        failure = error as Error
        throw error
      }
    },
  })
  try {
    return await act(library, transporter)
  } catch (error) {
    // The library puts an error of its own around it, which carries the request.
    throw failure ?? error
  }

  async function succeeding(request: HttpRequest): Promise<HttpResponse> {
    const response = await calls.http(request).catch((error: unknown) => {
      throw calls.unanswered(error)
    })
    // Its own handling of what is no JSON quotes it.
    const isToken = request.url === calls.tokenEndpoint
    if (response.status !== 200 || (isToken && !objectIn(response.body))) throw calls.refused(response)
    return response
  }
}

function requestOf(calls: LibraryCalls, url: string, init: RequestInit = {}): HttpRequest {
  const { method = 'GET', headers, body } = init
  return {
    method: method as HttpRequest['method'],
    url: url === GOOGLE_TOKEN_URL ? calls.tokenEndpoint : url,
    headers: {
      ...(body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...Object.fromEntries(new Headers(headers)),
    },
    ...(body !== undefined && body !== null && { body: String(body) }),
    timeoutMs: calls.timeoutMs,
  }
}

function answerOf({ status, headers, body }: HttpResponse): Response {
  const type = headers['content-type']
  return new Response(body, { status, ...(type !== undefined && { headers: { 'content-type': type } }) })
}
