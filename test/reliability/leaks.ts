/** Whatever can be seen of an object by anyone who logs it, and the secrets that are in that. */
import { inspect } from 'node:util'
import { decodePayload } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { PLANTED } from './faults.ts'

/** Forms that only a secret has: Google's access tokens, ID tokens, AWS's session tokens, keys, and what a test planted. */
const SECRET_FORMS = [
  /ya29\.c\.[\w-]{8}/,
  /\bey[\w-]{10,}\.ey[\w-]{10,}/,
  /IQoJb3JpZ2luX2Vj/,
  /PRIVATE KEY/,
  new RegExp(PLANTED, 'i'),
]

/** The secrets in what `shown` shows, as the form or the value that was found. */
export function leaksIn(shown: readonly unknown[], known: readonly SessionCredentials[]): string[] {
  const text = shown.flatMap(textsOf).join('\n')
  const values = known.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
    accessKeyId,
    secretAccessKey,
    sessionToken,
  ])
  return [
    ...SECRET_FORMS.filter((form) => form.test(text)).map(String),
    ...values.filter((value) => text.includes(value)),
  ]
}

function textsOf(value: unknown): string[] {
  const shown = [inspect(value, { depth: 10, showHidden: true, getters: true }), JSON.stringify(value) ?? '']
  if (!(value instanceof Error)) return shown
  return [...shown, String(value), value.stack ?? '', ...(value.cause ? textsOf(value.cause) : [])]
}

/** The credentials in payloads that can be read. */
export function credentialsIn(payloads: readonly (Uint8Array | undefined)[]): SessionCredentials[] {
  return payloads.flatMap((payload) => {
    try {
      return payload ? [decodePayload(payload, { now: () => Infinity }).credentials] : []
    } catch {
      return []
    }
  })
}
