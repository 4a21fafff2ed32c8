/** Google's error codes, with their numbers over gRPC and their statuses over HTTP, and the form of an error over HTTP. */
import { Refusal } from '../refusal.ts'
import { jsonAnswer } from '../wire/answers.ts'
import type { HttpAnswer } from '../wire/http-api.ts'

const CODES = {
  INVALID_ARGUMENT: { grpc: 3, http: 400 },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504 },
  NOT_FOUND: { grpc: 5, http: 404 },
  ALREADY_EXISTS: { grpc: 6, http: 409 },
  PERMISSION_DENIED: { grpc: 7, http: 403 },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429 },
  FAILED_PRECONDITION: { grpc: 9, http: 400 },
  ABORTED: { grpc: 10, http: 409 },
  UNIMPLEMENTED: { grpc: 12, http: 501 },
  INTERNAL: { grpc: 13, http: 500 },
  UNAVAILABLE: { grpc: 14, http: 503 },
  UNAUTHENTICATED: { grpc: 16, http: 401 },
} as const

export type GoogleCode = keyof typeof CODES

export function googleRefusal(code: GoogleCode, message: string, reason?: string): Refusal {
  return new Refusal(code, CODES[code].http, message, reason)
}

/** The number of a code over gRPC: UNKNOWN for what Google does not say. */
export function grpcStatus(code: string): number {
  return code in CODES ? CODES[code as GoogleCode].grpc : 2
}

/** The refusal that a `status` fault asks for, by code or by HTTP status. */
export function googleFault(fault: { status?: number; code?: string; message?: string }): Refusal {
  const byStatus = Object.entries(CODES).find(([, { http }]) => http === fault.status)?.[0]
  const code = fault.code ?? byStatus ?? 'UNAVAILABLE'
  const http = code in CODES ? CODES[code as GoogleCode].http : 503
  return new Refusal(code, fault.status ?? http, fault.message ?? MESSAGES[code] ?? code)
}

/** Google's JSON for an error. */
export function googleError({ code, status, message, reason }: Refusal): HttpAnswer {
  const details = reason && [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' },
  ]
  return jsonAnswer({ error: { code: status, message, status: code, ...(details && { details }) } }, status)
}

const MESSAGES: Readonly<Record<string, string>> = {
  UNAVAILABLE: 'The service is currently unavailable.',
  INTERNAL: 'Internal error encountered.',
  DEADLINE_EXCEEDED: 'Deadline exceeded.',
  RESOURCE_EXHAUSTED: 'Quota exceeded.',
}
