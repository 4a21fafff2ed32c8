/** How a service that speaks HTTP plugs into the emulator: it names the operation, and can do it and refuse it. */
import type { Refusal } from '../refusal.ts'
import type { Watch, WatchedCall } from '../watch.ts'

export interface HttpCall {
  readonly method: string
  /** As sent, still escaped. */
  readonly path: string
  readonly query: URLSearchParams
  /** As sent, without the question mark. */
  readonly rawQuery: string
  /** Names in lower case, several of one name joined. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface HttpOperation extends WatchedCall {
  /** Throws a {@link Refusal}. */
  act(): HttpAnswer | Promise<HttpAnswer>
}

export interface HttpApi {
  readonly watch: Watch
  /** Throws a {@link Refusal} for what is no operation at all. */
  route(call: HttpCall): HttpOperation | Promise<HttpOperation>
  /** The service's own form of an error. */
  refuse(refusal: Refusal, call: HttpCall): HttpAnswer
  /** The refusal that a `status` fault asks for. */
  refusalOf(fault: { status?: number; code?: string; message?: string }): Refusal
  readonly throttled: Refusal
  /** The answer with another payload's checksum, where the service sends one. */
  wrongChecksum?(answer: HttpAnswer): HttpAnswer
  /** Headers of every answer. */
  headers?(): Readonly<Record<string, string>>
}
