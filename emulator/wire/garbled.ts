/** Answers that arrive whole, and are not what the service would say. */
import type { FaultPlan } from '../faults.ts'
import type { HttpAnswer, HttpApi } from './http-api.ts'

export const OVERSIZED_BYTES: number = 2 * 1_048_576
export const LOG_IN_PAGE = '<!doctype html><title>Log in</title>'

type Garbling = Extract<
  NonNullable<FaultPlan['fault']>,
  { kind: 'malformed' | 'empty' | 'oversized' | 'mistyped' | 'wrong-checksum' }
>

export function garbled(answer: HttpAnswer, fault: Garbling, api: HttpApi): HttpAnswer {
  const body = Buffer.from(answer.body ?? '').toString()
  switch (fault.kind) {
    case 'malformed':
      return { ...answer, status: 200, body: fault.body ?? LOG_IN_PAGE }
    case 'empty':
      return { ...answer, status: 200, body: '' }
    case 'oversized':
      return { ...answer, body: body + ' '.repeat(fault.bytes ?? OVERSIZED_BYTES) }
    case 'mistyped':
      return { ...answer, body: mistyped(body) }
    case 'wrong-checksum':
      return api.wrongChecksum?.(answer) ?? answer
  }
}

function mistyped(body: string): string {
  if (body.startsWith('<')) return body.replace(/>[^<]+</g, '>0<')
  try {
    return JSON.stringify(JSON.parse(body), (_, value: unknown) =>
      typeof value === 'string' ? value.length : typeof value === 'object' ? value : String(value),
    )
  } catch {
    return '0'
  }
}
