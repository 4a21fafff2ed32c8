/** What the emulator has counted, by what it means in the story. */
import type { World } from './world.ts'

export interface Figures {
  /** Exchanges that STS granted, whoever asked. */
  readonly mints: number
  /** Calls of STS of any kind, by anybody. */
  readonly stsCalls: number
  /** Exchanges that the service asked STS for, granted or not. */
  readonly consumerExchanges: number
  /** Accesses of the secret by the service. */
  readonly secretReads: number
  /** Versions that the function added to the secret. */
  readonly added: number
  readonly destroyed: number
  readonly bucketListings: number
}

export function figuresOf({ secretManager, sts, s3, app }: World): Figures {
  const exchange = { operation: 'AssumeRoleWithWebIdentity' }
  return {
    mints: sts.calls.count({ ...exchange, status: 'OK' }),
    stsCalls: sts.calls.count(),
    consumerExchanges: sts.calls.count({ ...exchange, caller: app.uniqueId }),
    secretReads: secretManager.calls.count({ operation: 'AccessSecretVersion', caller: app.email }),
    added: secretManager.calls.count({ operation: 'AddSecretVersion', status: 'OK' }),
    destroyed: secretManager.calls.count({ operation: 'DestroySecretVersion', status: 'OK' }),
    bucketListings: s3.calls.count({ operation: 'ListObjectsV2', status: 'OK' }),
  }
}

/** What `act` brought, and what was counted meanwhile. */
export async function counting<T>(world: World, act: () => Promise<T>): Promise<[T, Figures]> {
  const before = figuresOf(world)
  const brought = await act()
  const after = figuresOf(world)
  const names = Object.keys(before) as (keyof Figures)[]
  return [
    brought,
    Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as Figures,
  ]
}

export function pick<K extends keyof Figures>(figures: Figures, ...names: K[]): Pick<Figures, K> {
  return Object.fromEntries(names.map((name) => [name, figures[name]])) as Pick<Figures, K>
}
