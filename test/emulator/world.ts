/** An emulator on a clock that a test moves, and the few things that every test of it needs. */
import { defaultSeed, startEmulator, type Emulator, type EmulatorSeed } from '../../emulator/index.ts'

export const BROKER = 'broker@keyferry-demo.iam.gserviceaccount.com'
export const APP = 'app@keyferry-demo.iam.gserviceaccount.com'
export const SECRET = 'projects/keyferry-demo/secrets/aws-app'
/** As Google names it: by the project's number. */
export const SECRET_BY_NUMBER = 'projects/402718365519/secrets/aws-app'
export const ROLE = 'arn:aws:iam::123456789012:role/keyferry-demo'
export const BUCKET = 'keyferry-demo-bucket'

export interface World {
  readonly emulator: Emulator
  readonly clock: { nowMs: number; now(): number }
  idToken(audience?: string, email?: string): Promise<string>
  accessToken(email?: string): Promise<string>
  /** One call of Secret Manager by plain HTTP, as the broker unless another token is given. */
  secrets(method: string, path: string, body?: object, token?: string): Promise<Answer>
  /** One call of STS by plain HTTP. */
  sts(parameters: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into answers of many forms
  readonly json: any
}

export async function startWorld(seed: EmulatorSeed = {}): Promise<World> {
  const clock = { nowMs: Date.parse('2026-11-23T18:00:00.250Z'), now: () => clock.nowMs }
  const emulator = await startEmulator({ clock, seed: { ...defaultSeed(), ...seed } })
  const metadata = async (path: string, email = BROKER): Promise<string> => {
    const { GCE_METADATA_HOST } = (await emulator.envFor(email)) as Record<'GCE_METADATA_HOST', string>
    const url = `http://${GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/${path}`
    const { status, text } = await ask(url, { headers: { 'metadata-flavor': 'Google' } })
    if (status !== 200) throw new Error(text)
    return text
  }
  const accessToken = async (email?: string): Promise<string> =>
    (JSON.parse(await metadata('token', email)) as { access_token: string }).access_token
  return {
    emulator,
    clock,
    accessToken,
    idToken: (audience = 'sts.amazonaws.com', email) =>
      metadata(`identity?audience=${encodeURIComponent(audience)}`, email),
    secrets: async (method, path, body, token) =>
      ask(`http://${emulator.env['SECRET_MANAGER_EMULATOR_HOST']}/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${token ?? (await accessToken())}` },
        ...(body && { body: JSON.stringify(body) }),
      }),
    sts: (parameters, headers = {}) =>
      ask(`${emulator.env['AWS_ENDPOINT_URL']}/`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString(),
      }),
  }
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown
    },
  }
}

/** Credentials of the role, as the environment of an AWS tool. */
export async function mintedEnv({ idToken, sts }: World): Promise<Record<string, string>> {
  const { text } = await sts({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: ROLE,
    RoleSessionName: 'session',
    WebIdentityToken: await idToken(),
  })
  const field = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1] ?? ''
  return {
    AWS_ACCESS_KEY_ID: field('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: field('SecretAccessKey'),
    AWS_SESSION_TOKEN: field('SessionToken'),
  }
}
