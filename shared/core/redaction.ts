/** What keeps credentials out of everything that a person or a log can see. */

/** An access key as people may see it: enough to tell two apart, too little to find one by. */
export function displayKey(accessKeyId: string): string {
  return `…${accessKeyId.slice(-4)}`
}

// Foreign messages quote their input: STS's ValidationError, for one, repeats the value that it refused.
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g, '[private key]'],
  [/\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, '[token]'],
  [/\bya29\.[\w.-]+/g, '[access token]'],
  [/\bBearer\s+[^\s"',]+/gi, 'Bearer [token]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{8,}([A-Z0-9]{4})\b/g, '…$1'],
  // Secret access keys are 40 characters of base64, session tokens hundreds: no word of a message is so long, but for a resource's name.
  [
    /(?<![\w+/=:.-])(?!projects\/)(?=[A-Za-z0-9+/=]*[+/=\d])(?=[A-Za-z0-9+/=]*[a-z])(?=[A-Za-z0-9+/=]*[A-Z])[A-Za-z0-9+/=]{40,}(?![\w+/=])/g,
    '[secret]',
  ],
]

/** `text` without anything that looks like a credential, a token or a key, nor any of the secrets `known` to be about. */
export function redact(text: string, known: readonly string[] = []): string {
  const unquoted = known.reduce(
    (clean, secret) => (secret ? clean.replaceAll(secret, '[secret]') : clean),
    text,
  )
  return SECRETS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), unquoted)
}

/**
 * A foreign error reduced to its name, code and redacted message. HTTP libraries hang the request, with its
 * Authorization header, and the response, with its tokens, on the errors that they throw.
 */
export function withoutDetails(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)))
  const clean = new Error(redact(error.message))
  clean.name = error.name
  delete clean.stack
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? Object.assign(clean, { code }) : clean
}
