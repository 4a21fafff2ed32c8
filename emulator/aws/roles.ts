/** The IAM roles that exist, and whom they trust. */
import type { RoleSeed } from '../options.ts'
import { letters } from './ids.ts'

export interface Role {
  readonly arn: string
  readonly partition: string
  readonly accountId: string
  /** The ARN's last segment: the ARN of a session drops the path. */
  readonly name: string
  readonly id: string
  trustPolicy: unknown
  maxSessionDuration: number
}

export class Roles {
  readonly #roles = new Map<string, Role>()

  constructor(seeds: readonly RoleSeed[] = []) {
    for (const seed of seeds) this.put(seed)
  }

  find(arn: string): Role | undefined {
    return this.#roles.get(arn)
  }

  put({ arn, trustPolicy, maxSessionDuration = 3_600 }: RoleSeed): void {
    const [, partition, , , accountId, path] = arn.split(':')
    const name = path?.split('/').at(-1)
    if (!partition || !accountId || !name) throw new Error(`"${arn}" is not the ARN of a role.`)
    this.#roles.set(arn, {
      arn,
      partition,
      accountId,
      name,
      id: this.#roles.get(arn)?.id ?? `AROA${letters(17)}`,
      trustPolicy,
      maxSessionDuration,
    })
  }

  delete(arn: string): void {
    this.#roles.delete(arn)
  }
}
