/** The usual forms of an answer. */
import type { HttpAnswer } from './http-api.ts'

export function jsonAnswer(body: unknown, status = 200): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(body),
  }
}

export function textAnswer(body: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/text' }, body }
}

export function xmlAnswer(body: string, status = 200): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  }
}
