/** Where Google's services are: their real addresses, regional ones included, or an emulator on this machine. */
import { KeyferryError } from '../core/errors.ts'
import { LOOPBACK_HOST, SECRET_NAME } from '../core/limits.ts'

export interface ServiceEndpoint {
  /** `https://HOST`, or `http://HOST:PORT` on an emulator; no slash at the end. */
  readonly origin: string
  readonly host: string
  readonly port: number
  /** Whether this is an emulator, spoken to without TLS. */
  readonly plaintext: boolean
}

/** The parts of a secret's resource name. Throws CONFIG_INVALID. */
export function secretParts(secret: string): { project: string; location?: string; id: string } {
  const match = SECRET_NAME.exec(secret)
  if (!match) {
    throw new KeyferryError(
      'CONFIG_INVALID',
      `"${secret}" is not the name of a secret: projects/PROJECT/secrets/NAME or projects/PROJECT/locations/LOCATION/secrets/NAME.`,
    )
  }
  const [, project, location, id] = match as unknown as [string, string, string | undefined, string]
  return location === undefined ? { project, id } : { project, location, id }
}

/** Where the API of `secret` answers: a regional secret is served by its region only. */
export function secretManagerEndpoint(secret: string, env: NodeJS.ProcessEnv = process.env): ServiceEndpoint {
  const { location } = secretParts(secret)
  const emulator = loopbackOverride(env, 'SECRET_MANAGER_EMULATOR_HOST')
  if (emulator) return emulator
  const host = location ? `secretmanager.${location}.rep.googleapis.com` : 'secretmanager.googleapis.com'
  return { origin: `https://${host}`, host, port: 443, plaintext: false }
}

/** Where signed assertions, refresh tokens and subject tokens are traded for Google's; a credential file's own word is not followed. */
export function tokenEndpoints(env: NodeJS.ProcessEnv = process.env): {
  readonly oauth: string
  readonly sts: string
} {
  const emulator = loopbackUrl(env, 'KEYFERRY_GOOGLE_TOKEN_ENDPOINT')
  return emulator
    ? { oauth: new URL('/token', emulator).href, sts: new URL('/v1/token', emulator).href }
    : { oauth: GOOGLE_TOKEN_URL, sts: GOOGLE_STS_URL }
}

/** As Google's library has it built in. */
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
/** Where tokens of other identity providers are traded. */
export const GOOGLE_STS_URL = 'https://sts.googleapis.com/v1/token'

/** Where tokens of an account are given to those who may impersonate it. */
export function iamCredentialsEndpoint(env: NodeJS.ProcessEnv = process.env): string {
  return (
    loopbackUrl(env, 'KEYFERRY_IAM_CREDENTIALS_ENDPOINT')?.origin ?? 'https://iamcredentials.googleapis.com'
  )
}

function loopbackOverride(env: NodeJS.ProcessEnv, variable: string): ServiceEndpoint | undefined {
  const url = loopbackUrl(env, variable)
  if (url && !hasPort(env[variable] as string)) throw notLoopback(variable, env[variable] as string)
  return url && { origin: url.origin, host: url.hostname, port: Number(url.port || 80), plaintext: true }
}

// Tokens and payloads go there in the clear: a variable must not be able to send them to another machine.
function loopbackUrl(env: NodeJS.ProcessEnv, variable: string): URL | undefined {
  const value = env[variable]
  if (!value) return undefined
  const url = URL.parse(/^https?:\/\//.test(value) ? value : `http://${value}`)
  if (!url || url.protocol !== 'http:' || !LOOPBACK_HOST.test(url.hostname)) {
    throw notLoopback(variable, value)
  }
  return url
}

function notLoopback(variable: string, value: string): KeyferryError {
  return new KeyferryError(
    'CONFIG_INVALID',
    `${variable} must be the HOST:PORT of an emulator on this machine (127.0.0.1:PORT), got "${value}". Unset it to talk to Google.`,
  )
}

// Not by the URL's port: it is empty for 80, which somebody may have meant.
function hasPort(value: string): boolean {
  return /:\d+\/?$/.test(value)
}
