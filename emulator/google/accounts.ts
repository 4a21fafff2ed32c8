/** The projects and service accounts that exist, under each of their names. */
import { createHash } from 'node:crypto'
import type { EmulatorSeed, FederatedSeed, IamBindings, ServiceAccountSeed, UserSeed } from '../options.ts'

export interface Project {
  readonly id: string
  readonly number: string
  readonly iam: Map<string, Set<string>>
}

export class Accounts {
  readonly #projects = new Map<string, Project>()
  readonly #accounts = new Map<string, ServiceAccountSeed>()
  readonly default: ServiceAccountSeed | undefined
  readonly #users: readonly UserSeed[]
  readonly #federated: readonly FederatedSeed[]

  constructor(seed: EmulatorSeed) {
    for (const { id, number = numberOf(id), iam } of seed.projects ?? []) this.#addProject(id, number, iam)
    for (const account of seed.serviceAccounts ?? []) this.#accounts.set(account.email, account)
    this.#users = seed.users ?? []
    this.#federated = seed.federated ?? []
    this.default = this.find(seed.defaultServiceAccount ?? seed.serviceAccounts?.[0]?.email ?? '')
  }

  /** By e-mail or unique id. */
  find(name: string): ServiceAccountSeed | undefined {
    return this.#accounts.get(name) ?? [...this.#accounts.values()].find(({ uniqueId }) => uniqueId === name)
  }

  /** The member whose login a refresh token is of. */
  userOf(refreshToken: string): string | undefined {
    const user = this.#users.find((each) => each.refreshToken === refreshToken)
    return user && `user:${user.email}`
  }

  hasProvider(audience: string): boolean {
    return this.#federated.some((each) => each.audience === audience)
  }

  /** The member that a provider takes a token for. */
  principalOf(audience: string, subjectToken: string): string | undefined {
    return this.#federated.find((each) => each.audience === audience && each.subjectToken === subjectToken)
      ?.principal
  }

  /** By id or number. One that nobody described exists all the same. */
  project(name: string): Project {
    return this.#projects.get(name) ?? this.#addProject(name, numberOf(name))
  }

  #addProject(id: string, number: string, iam: IamBindings = {}): Project {
    const project: Project = { id, number, iam: bindingsOf(iam) }
    this.#projects.set(id, project)
    this.#projects.set(number, project)
    return project
  }
}

/** A caller as IAM writes it. Service accounts are known by their e-mail, all others by that. */
export function memberOf(caller: string): string {
  return caller.includes(':') ? caller : `serviceAccount:${caller}`
}

export function bindingsOf(iam: IamBindings): Map<string, Set<string>> {
  return new Map(Object.entries(iam).map(([role, members]) => [role, new Set(members)]))
}

function numberOf(id: string): string {
  const digest = createHash('sha256').update(id).digest().readUIntBE(0, 6)
  return /^\d+$/.test(id) ? id : String(100_000_000_000 + (digest % 900_000_000_000))
}
