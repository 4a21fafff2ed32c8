/** The state behind both transports, and the rules by which a version is found: by number at once, by `latest` perhaps later. */
import type { Lags } from '../../emulator.ts'
import type { EmulatorClock, SecretSeed } from '../../options.ts'
import { bindingsOf, type Accounts } from '../accounts.ts'
import { googleRefusal } from '../canonical-codes.ts'
import { secretNamed } from './names.ts'
import { QuotaMeter } from './quotas.ts'
import { newEtag, versionName, type SecretRecord, type VersionRecord } from './records.ts'

export class Vault {
  readonly secrets: Map<string, SecretRecord> = new Map()
  lags: Readonly<Lags & { clockSkewMs: number }> = {
    latestLagMs: 0,
    listLagMs: 0,
    notFoundLagMs: 0,
    clockSkewMs: 0,
  }
  readonly meter: QuotaMeter
  readonly accounts: Accounts
  readonly clock: EmulatorClock

  constructor(accounts: Accounts, clock: EmulatorClock) {
    this.accounts = accounts
    this.clock = { now: () => clock.now() + this.lags.clockSkewMs }
    this.meter = new QuotaMeter(clock)
  }

  create(seed: SecretSeed): SecretRecord {
    const { name, project, regional } = secretNamed(seed.name, this.accounts)
    if (this.secrets.has(name)) throw googleRefusal('ALREADY_EXISTS', `Secret [${name}] already exists.`)
    const secret: SecretRecord = {
      name,
      project,
      regional,
      createdAt: this.clock.now(),
      iam: bindingsOf(seed.iam ?? {}),
      versions: [],
      probes: new Map(),
      replication: { automatic: {} },
      labels: {},
      annotations: {},
      topics: [],
      versionAliases: {},
      versionDestroyTtlSeconds: seed.versionDestroyTtlSeconds,
      expiresAt: undefined,
      rotation: undefined,
      customerManagedEncryption: undefined,
      etag: newEtag(),
    }
    this.secrets.set(name, secret)
    return secret
  }

  find(name: string): SecretRecord | undefined {
    const known = this.secrets.get(secretNamed(name, this.accounts).name)
    // What has an expiration is deleted then, with all its versions, whether anybody looks or not.
    if (known?.expiresAt !== undefined && known.expiresAt <= this.clock.now()) this.secrets.delete(known.name)
    return known && this.secrets.get(known.name)
  }

  secret(name: string): SecretRecord {
    const found = this.find(name)
    if (!found)
      throw googleRefusal('NOT_FOUND', `Secret [${secretNamed(name, this.accounts).name}] not found.`)
    return found
  }

  /** By `latest`, alias or number, as access and get take it. */
  version(secret: SecretRecord, wanted: string): VersionRecord {
    const alias = secret.versionAliases[wanted]
    const version =
      wanted === 'latest' ? this.#latest(secret) : this.numbered(secret, alias === undefined ? wanted : alias)
    return this.settled(version)
  }

  /** By number alone: strongly consistent, but for a number that was asked for too early. */
  numbered(secret: SecretRecord, wanted: string): VersionRecord {
    if (!/^\d+$/.test(wanted)) {
      throw googleRefusal('INVALID_ARGUMENT', `"${wanted}" is no version: a number, an alias or "latest".`)
    }
    const number = Number(wanted)
    const version = secret.versions[number - 1]
    const now = this.clock.now()
    const probedAt = secret.probes.get(number)
    const hidden = probedAt !== undefined && now - probedAt < this.lags.notFoundLagMs
    if (version && !hidden) return this.settled(version)
    if (!version) secret.probes.set(number, now)
    throw googleRefusal('NOT_FOUND', `Secret Version [${versionName(secret, number)}] not found.`)
  }

  /** Newest first. */
  listed(secret: SecretRecord): VersionRecord[] {
    return this.#seenAfter(secret, this.lags.listLagMs)
      .map((version) => this.settled(version))
      .toReversed()
  }

  destroy(version: VersionRecord): void {
    delete version.destroyAt
    Object.assign(version, {
      state: 'DESTROYED',
      data: undefined,
      etag: newEtag(),
      destroyedAt: this.clock.now(),
    })
  }

  // A scheduled destruction happens when its time has come, whether anybody looks or not.
  settled(version: VersionRecord): VersionRecord {
    if (version.destroyAt !== undefined && version.destroyAt <= this.clock.now()) this.destroy(version)
    return version
  }

  #latest(secret: SecretRecord): VersionRecord {
    const newest = this.#seenAfter(secret, this.lags.latestLagMs).at(-1)
    if (newest) return newest
    throw googleRefusal('NOT_FOUND', `Secret [${secret.name}] not found or has no versions.`)
  }

  #seenAfter(secret: SecretRecord, lagMs: number): VersionRecord[] {
    const latest = this.clock.now() - lagMs
    return lagMs === 0 ? secret.versions : secret.versions.filter(({ createdAt }) => createdAt <= latest)
  }
}
