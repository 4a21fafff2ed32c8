/** A set-up that is right in every way, on the emulator: each test breaks one thing of it, and asks the doctor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  defaultSeed,
  startEmulator,
  type Emulator,
  type ServiceAccountSeed,
} from '../../../emulator/index.ts'
import { encodePayload } from '../../../shared/core/payload.ts'
import type { HttpTransport, SessionCredentials } from '../../../shared/core/ports.ts'
import { tightTrustPolicy } from '../../../shared/core/trust.ts'
import { webIdentityMint } from '../../../shared/aws/mint.ts'
import { leanSts } from '../../../shared/aws/sts-lean.ts'
import { googleIdentity } from '../../../shared/google/identity.ts'
import { examine, type DoctorReport, type ExamineOptions } from '../../../shared/report/doctor/examine.ts'
import { leanTransport } from '../../../shared/transport.ts'

export const BROKER = {
  email: 'broker@keyferry-demo.iam.gserviceaccount.com',
  uniqueId: '117530498172635541201',
}
export const APP = { email: 'app@keyferry-demo.iam.gserviceaccount.com', uniqueId: '104917288031174460352' }
/** Owns the project: it may see and do everything, and no reader or writer is it. */
export const ADMIN = 'admin@keyferry-demo.iam.gserviceaccount.com'
export const PROJECT = 'keyferry-demo'
const MINUTE = 60_000

export async function startBed(): Promise<Bed> {
  const accounts: ServiceAccountSeed[] = [
    ...[BROKER, APP].map((account) => ({ ...account, projectId: PROJECT })),
    { email: ADMIN, uniqueId: '100000000000000000001', projectId: PROJECT },
  ]
  const emulator = await startEmulator({
    seed: {
      ...defaultSeed(),
      projects: [
        { id: PROJECT, number: '402718365519', iam: { 'roles/owner': [`serviceAccount:${ADMIN}`] } },
      ],
      serviceAccounts: accounts,
    },
  })
  // No test gets a token that another one had made.
  emulator.metadata.idTokenReuseUntilMs = Infinity
  const { quotas } = emulator.secretManager
  quotas.readPerProjectPerMinute = Infinity
  quotas.addPerSecretPerSecond = Infinity
  return new Bed(emulator)
}

/** One secret and one role, made for one test. */
export interface Place {
  readonly secret: string
  readonly name: string
  readonly roleArn: string
  /** As the broker, who writes. */
  readonly writer: Readonly<Record<string, string>>
  /** As the application, who reads and may fall back. */
  readonly consumer: Readonly<Record<string, string>>
}

export class Bed {
  readonly emulator: Emulator
  #places = 0
  #folder: string | undefined

  constructor(emulator: Emulator) {
    this.emulator = emulator
  }

  /** A secret that the broker keeps and the application reads, a role that trusts both, and a fresh version. */
  async place(options: { empty?: true; location?: string } = {}): Promise<Place> {
    const { emulator } = this
    const name = `case-${++this.#places}`
    const secret = `projects/${PROJECT}${options.location ? `/locations/${options.location}` : ''}/secrets/${name}`
    const roleArn = `arn:aws:iam::123456789012:role/${name}`
    const [broker, app] = [`serviceAccount:${BROKER.email}`, `serviceAccount:${APP.email}`]
    emulator.secretManager.createSecret({
      name: secret,
      iam: {
        'roles/secretmanager.secretAccessor': [broker, app],
        'roles/secretmanager.secretVersionManager': [broker],
        // For the checks of how the secret is set up: without it they are skipped.
        'roles/secretmanager.viewer': [broker, app],
      },
    })
    emulator.sts.putRole({
      arn: roleArn,
      trustPolicy: tightTrustPolicy([BROKER, APP], { audience: 'sts.amazonaws.com' }),
    })
    const about = { KEYFERRY_SECRET: secret, AWS_ROLE_ARN: roleArn }
    const place: Place = {
      secret,
      name,
      roleArn,
      writer: { ...(await emulator.envFor(BROKER.email)), ...about },
      consumer: { ...(await emulator.envFor(APP.email)), ...about },
    }
    if (!options.empty) this.store(place, await this.mint(place))
    return place
  }

  /** Real credentials of the place’s role. */
  async mint({ writer: env, roleArn }: Place): Promise<SessionCredentials> {
    const http = leanTransport(env)
    const identity = await googleIdentity({ http, env })
    return webIdentityMint({ exchange: { roleArn }, identity, sts: leanSts({ http, env }) })()
  }

  /** Adds a version as a writer of `roleArn` would have, so many minutes ago. */
  store(
    { secret, roleArn }: Pick<Place, 'secret' | 'roleArn'>,
    credentials: SessionCredentials,
    minutesAgo = 0,
    exchange: { sessionName?: string } = {},
  ): void {
    const expiration = new Date(credentials.expiration.getTime() - minutesAgo * MINUTE)
    const payload = encodePayload(
      { ...credentials, expiration },
      { exchange: { roleArn, ...exchange }, refreshAfter: expiration.getTime() - 40 * MINUTE },
    )
    this.emulator.secretManager.add(secret, payload)
  }

  /** A file with a key of the account. */
  async keyFile(email: string): Promise<string> {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'keyferry-doctor-'))
    const file = join(this.#folder, `${email}.json`)
    writeFileSync(file, JSON.stringify(await this.emulator.keyFileFor(email)), { mode: 0o600 })
    return file
  }

  async stop(): Promise<void> {
    await this.emulator.stop()
    if (this.#folder) rmSync(this.#folder, { recursive: true })
  }

  reset(): void {
    const { metadata, google, secretManager, sts } = this.emulator
    for (const service of [metadata, google, secretManager, sts]) service.clearFaults()
    for (const service of [metadata, secretManager, sts]) service.clockSkewMs = 0
    secretManager.latestLagMs = 0
  }
}

export function examined(
  env: Readonly<Record<string, string | undefined>>,
  options: Partial<ExamineOptions> = {},
): Promise<DoctorReport> {
  return examine({
    env,
    http: onThisMachine(leanTransport(env)),
    hasPackage: () => true,
    sleep: async () => {},
    random: () => 0,
    ...options,
  })
}

/** What the world outside answers here: nothing. */
export function onThisMachine(http: HttpTransport): HttpTransport {
  return async (request) => {
    const { hostname } = new URL(request.url)
    if (hostname === '127.0.0.1') return http(request)
    throw Object.assign(new Error(`GET ${hostname}: there is no such host.`), { code: 'ENOTFOUND' })
  }
}
