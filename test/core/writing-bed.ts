/** A secret, AWS and a clock as the writer sees them, with faults that can be set and secrets that can be looked for. */
import { KeyferryError } from '../../shared/core/errors.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type {
  CallerIdentity,
  SecretVersion,
  SecretVersions,
  SessionCredentials,
  VersionRecord,
} from '../../shared/core/ports.ts'
import { resolveTarget, type Target, type TargetOptions } from '../../shared/core/target.ts'
import type { WriterEvent, WriterPorts } from '../../shared/core/writer-ports.ts'

export const START: number = Date.parse('2026-11-23T18:00:00Z')
export const MINUTE = 60_000
export const HOUR: number = 60 * MINUTE
/** In every secret value of this bed, so that a leak can be searched for. */
export const PLANTED = 'pLaNtEd'

export class VirtualClock {
  ms: number = START
  now(): number {
    return this.ms
  }
  advance(ms: number): void {
    this.ms += ms
  }
}

export interface StoredVersion {
  version: number
  payload: Uint8Array
  state: VersionRecord['state']
  createdAt: Date
  destroyAt?: Date
}

/** Secret Manager's consistency: strong by number, `latest` as old as `latestLagMs`; no listing of what is destroyed. */
export class FakeSecret implements SecretVersions {
  readonly versions: StoredVersion[] = []
  readonly calls: string[] = []
  faults: Partial<Record<'read' | 'add' | 'list' | 'destroy' | 'readBack', Error>> = {}
  /** The secret itself does not exist. */
  isMissing = false
  latestLagMs = 0
  /** A number that was asked for before it existed stays unknown this long. */
  notFoundLagMs = 0
  readonly #clock: VirtualClock
  readonly #name: string
  readonly #unknownUntil = new Map<number, number>()

  constructor(clock: VirtualClock, name = 'projects/demo/secrets/aws-app') {
    this.#clock = clock
    this.#name = name
  }

  async read(wanted: 'latest' | number): Promise<SecretVersion> {
    this.calls.push(`read ${wanted}`)
    if (this.faults.read) throw this.faults.read
    const isReadBack = wanted === this.versions.at(-1)?.version && this.calls.includes(`add`)
    if (this.faults.readBack && isReadBack) throw this.faults.readBack
    const found = wanted === 'latest' ? this.#latest() : this.#numbered(wanted)
    if (!found) throw this.#error('SECRET_NOT_FOUND', `There is no version ${wanted} of ${this.#name}.`)
    const { version, state, payload } = found
    if (state !== 'ENABLED') {
      const resource = `${this.#name}/versions/${version}`
      throw new KeyferryError(`SECRET_${state}`, `Cannot read ${resource}: this version is ${state}.`, {
        resource,
      })
    }
    return { version, payload }
  }

  async add(payload: Uint8Array): Promise<number> {
    this.calls.push('add')
    if (this.isMissing) throw this.#error('SECRET_NOT_FOUND', `Create it: gcloud secrets create aws-app`)
    if (this.faults.add) throw this.faults.add
    return this.put(payload).version
  }

  async list(): Promise<VersionRecord[]> {
    this.calls.push('list')
    if (this.isMissing) throw this.#error('SECRET_NOT_FOUND', `Create it: gcloud secrets create aws-app`)
    if (this.faults.list) throw this.faults.list
    return this.versions
      .map(({ version, state, createdAt, destroyAt }) => ({
        version,
        state,
        createdAt,
        ...(destroyAt && { destroyAt }),
      }))
      .filter(({ state }) => state !== 'DESTROYED')
      .reverse()
  }

  async destroy(version: number): Promise<void> {
    this.calls.push(`destroy ${version}`)
    if (this.faults.destroy) throw this.faults.destroy
    this.at(version).state = 'DESTROYED'
  }

  /** A version that is there, whoever wrote it. */
  put(payload: Uint8Array | string, state: VersionRecord['state'] = 'ENABLED'): StoredVersion {
    const stored: StoredVersion = {
      version: (this.versions.at(-1)?.version ?? 0) + 1,
      payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
      state,
      createdAt: new Date(this.#clock.now()),
    }
    this.versions.push(stored)
    return stored
  }

  at(version: number): StoredVersion {
    const found = this.versions.find((stored) => stored.version === version)
    if (!found) throw new Error(`The bed has no version ${version}.`)
    return found
  }

  /** What was called since the last time this was asked. */
  taken(): string[] {
    return this.calls.splice(0)
  }

  numbers(state: VersionRecord['state']): number[] {
    return this.versions.filter((stored) => stored.state === state).map(({ version }) => version)
  }

  #latest(): StoredVersion | undefined {
    return this.versions.findLast(
      ({ createdAt }) => createdAt.getTime() <= this.#clock.now() - this.latestLagMs,
    )
  }

  #numbered(version: number): StoredVersion | undefined {
    const found = this.versions.find((stored) => stored.version === version)
    if (!found) this.#unknownUntil.set(version, this.#clock.now() + this.notFoundLagMs)
    return (this.#unknownUntil.get(version) ?? 0) > this.#clock.now() ? undefined : found
  }

  #error(code: 'SECRET_NOT_FOUND', message: string): KeyferryError {
    return new KeyferryError(code, message, { resource: this.#name })
  }
}

/** STS: knows what it minted, until that is revoked. */
export class FakeAws {
  faults: Partial<Record<'mint' | 'callerIdentity', Error>> = {}
  mints = 0
  asked = 0
  readonly known: Map<string, CallerIdentity> = new Map()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async mint(target: Target): Promise<SessionCredentials> {
    if (this.faults.mint) throw this.faults.mint
    return this.issue(target)
  }

  issue({ roleArn, durationSeconds }: Target): SessionCredentials {
    this.mints++
    const [, accountId = '', name = ''] = /::(\d+):role\/(?:.*\/)?(.+)$/.exec(roleArn) ?? []
    const accessKeyId = `ASIA${PLANTED.toUpperCase()}${String(this.mints).padStart(5, '0')}`
    this.known.set(accessKeyId, { accountId, arn: `arn:aws:sts::${accountId}:assumed-role/${name}/keyferry` })
    return {
      accessKeyId,
      secretAccessKey: `${PLANTED}/secret/Access0key1of2forty3characters${this.mints}`,
      sessionToken: `${PLANTED}//SessionToken4with5many6more7characters8than9that${this.mints}`,
      expiration: new Date(this.#clock.now() + durationSeconds * 1000),
      accountId,
    }
  }

  async callerIdentity({ accessKeyId }: SessionCredentials): Promise<CallerIdentity> {
    this.asked++
    if (this.faults.callerIdentity) throw this.faults.callerIdentity
    const identity = this.known.get(accessKeyId)
    if (identity) return identity
    throw new KeyferryError('IDENTITY_CHECK_FAILED', 'InvalidClientTokenId: the security token is invalid.')
  }
}

export interface WritingBed {
  readonly clock: VirtualClock
  readonly secret: FakeSecret
  readonly aws: FakeAws
  readonly target: Target
  readonly events: WriterEvent[]
  readonly ports: WriterPorts
  /** A version written as another broker would, for `options` of its own. */
  publish(options?: Partial<TargetOptions>): StoredVersion
}

export function writingBed(options: Partial<TargetOptions> = {}): WritingBed {
  const clock = new VirtualClock()
  const configured: TargetOptions = {
    name: 'app',
    secret: 'projects/demo/secrets/aws-app',
    roleArn: 'arn:aws:iam::123456789012:role/team/app',
    ...options,
  }
  const target = resolveTarget(configured)
  const secret = new FakeSecret(clock, target.secret)
  const aws = new FakeAws(clock)
  const events: WriterEvent[] = []
  const ports: WriterPorts = {
    clock,
    secrets: secret,
    mint: () => aws.mint(target),
    callerIdentity: (credentials) => aws.callerIdentity(credentials),
    onEvent: (event) => void events.push(event),
  }
  const publish = (changes: Partial<TargetOptions> = {}): StoredVersion => {
    const other = resolveTarget({ ...configured, ...changes })
    const credentials = aws.issue(other)
    const refreshAfter =
      credentials.expiration.getTime() - (other.durationSeconds - other.refreshAfterSeconds) * 1000
    return secret.put(encodePayload(credentials, { exchange: other, refreshAfter }))
  }
  return { clock, secret, aws, target, events, ports, publish }
}
