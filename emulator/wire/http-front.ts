/** The way of every HTTP request: read, named, recorded, failed where a rule says so, and else answered. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmulatorClock } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { garbled } from './garbled.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from './http-api.ts'

export interface Surroundings {
  readonly clock: EmulatorClock
  /** Aborted when the emulator stops. */
  readonly stopping: AbortSignal
}

export function httpFront(pick: (call: HttpCall) => HttpApi, around: Surroundings): RequestListener {
  return (request, response) => {
    exchange(pick, around, request, response).catch(() => {
      // The client left, or the emulator stops: nobody is there to be told.
      response.destroy()
    })
  }
}

async function exchange(
  pick: (call: HttpCall) => HttpApi,
  { stopping }: Surroundings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = await read(request)
  const api = pick(call)
  const operation = await named(api, call)
  const { latencyMs, fault, record } = api.watch.begin(operation)
  const attempt = async (
    act: () => HttpAnswer | Promise<HttpAnswer>,
  ): Promise<{ status: string; answer: HttpAnswer }> => {
    try {
      return { status: 'OK', answer: await act() }
    } catch (error) {
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal('INTERNAL', 500, `The emulator failed: ${String(error)}`)
      return { status: refusal.code, answer: api.refuse(refusal, call) }
    }
  }
  if (latencyMs > 0) await delay(latencyMs, undefined, { signal: stopping })
  if (fault && 'acted' in fault && fault.acted === true) await attempt(() => operation.act())
  switch (fault?.kind) {
    case 'hang':
      return record(fault.kind)
    case 'reset':
      record(fault.kind)
      request.socket.resetAndDestroy()
      return
    case 'malformed':
    case 'empty':
    case 'truncated':
    case 'trickle':
    case 'oversized':
    case 'mistyped':
    case 'wrong-checksum': {
      const { answer } = await attempt(() => operation.act())
      record(fault.kind)
      if (fault.kind === 'truncated') return cutShort(response, api, answer)
      if (fault.kind === 'trickle') return trickle(response, api, answer, fault.everyMs ?? 20, stopping)
      return send(response, api, garbled(answer, fault, api))
    }
    case 'status':
    case 'throttle':
    case undefined: {
      const { status, answer } = await attempt(() => {
        if (!fault) return operation.act()
        throw fault.kind === 'throttle' ? api.throttled : api.refusalOf(fault)
      })
      record(status)
      return send(response, api, answer)
    }
  }
}

async function named(api: HttpApi, call: HttpCall): Promise<HttpOperation> {
  try {
    return await api.route(call)
  } catch (refusal) {
    return { operation: 'unknown', resource: call.path, act: () => Promise.reject(refusal as Error) }
  }
}

function send(response: ServerResponse, api: HttpApi, answer: HttpAnswer): void {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, {
    ...api.headers?.(),
    'content-length': body.length,
    ...answer.headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

async function trickle(
  response: ServerResponse,
  api: HttpApi,
  answer: HttpAnswer,
  everyMs: number,
  stopping: AbortSignal,
): Promise<void> {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, { ...api.headers?.(), 'content-length': body.length, ...answer.headers })
  for (const byte of body) {
    response.write(Buffer.of(byte))
    await delay(everyMs, undefined, { signal: stopping })
    if (response.destroyed) return
  }
  response.end()
}

function cutShort(response: ServerResponse, api: HttpApi, answer: HttpAnswer): void {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, {
    ...api.headers?.(),
    ...answer.headers,
    'content-length': Math.max(body.length, 2),
  })
  // Destroyed only once the half is on its way, so that the client sees half an answer and not a refused one.
  response.write(Buffer.concat([body.subarray(0, body.length / 2), Buffer.from(' ')]), () =>
    response.socket?.end(),
  )
}

async function read(request: IncomingMessage): Promise<HttpCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1)
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
    ),
    body: Buffer.concat(chunks),
  }
}
