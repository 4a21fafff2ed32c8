import { expect, it } from 'vitest'
import { sparingLists, type StatusStore } from '../../../scripts/status/sparing-lists.ts'
import { KeyferryError } from '../../../shared/core/errors.ts'
import type { VersionRecord } from '../../../shared/core/ports.ts'
import { resolveTarget, type Target } from '../../../shared/core/target.ts'
import { virtualClock, type VirtualClock } from '../../bed/virtual-clock.ts'

it('lists at most once a minute, reads as often as it is asked, and opens each store once', async () => {
  const { store, clock, asked, opened } = bed({ newest: 3 })
  for (let second = 0; second < 60; second += 10) {
    expect((await store().list())[0]?.version).toBe(3)
    await store().read('latest')
    clock.advance(10_000)
  }
  expect([asked.lists, asked.reads, opened()]).toEqual([1, 6, 1])
  await store().list()
  expect(asked.lists).toBe(2)
})

it('lists less often the more targets there are: two a second, all together', async () => {
  const { store, clock, asked } = bed({ newest: 1, count: 500 })
  await store().list()
  clock.advance(249_999)
  await store().list()
  expect(asked.lists).toBe(1)
  clock.advance(1)
  await store().list()
  expect(asked.lists).toBe(2)
})

it('lists again for a version that is not in the list, once, however long the list lags behind', async () => {
  const { store, asked, world } = bed({ newest: 3 })
  await store().list()
  world.newest = 4
  world.listedUpTo = 3
  await store().read('latest')
  for (let look = 0; look < 5; look++) {
    await store().list()
    await store().read('latest')
  }
  expect(asked.lists).toBe(2)
})

it('does not ask again and again where listing is not permitted', async () => {
  const { store, asked, world } = bed({ newest: 3 })
  world.error = new KeyferryError('SECRET_DENIED', 'No. Grant it.')
  for (let look = 0; look < 5; look++) {
    await expect(store().list()).rejects.toThrow('Grant it')
    await store().read('latest')
  }
  // The second time for the version that was found: it was not known to be in no list.
  expect(asked.lists).toBe(2)
})

interface World {
  newest: number
  listedUpTo?: number
  error?: Error
}

function bed({ newest, count = 1 }: { newest: number; count?: number }): {
  store: () => StatusStore
  clock: VirtualClock
  asked: { lists: number; reads: number }
  world: World
  opened: () => number
} {
  const clock = virtualClock()
  const world: World = { newest }
  const asked = { lists: 0, reads: 0 }
  let opens = 0
  const storeOf = sparingLists(
    () => {
      opens++
      return {
        async read() {
          asked.reads++
          return { version: world.newest, payload: new Uint8Array() }
        },
        async list() {
          asked.lists++
          if (world.error) throw world.error
          return [recordOf(world.listedUpTo ?? world.newest)]
        },
      }
    },
    { count, clock },
  )
  return { store: () => storeOf(TARGET), clock, asked, world, opened: () => opens }
}

const TARGET: Target = resolveTarget({
  name: 'app',
  secret: 'projects/p/secrets/aws-app',
  roleArn: 'arn:aws:iam::123456789012:role/app',
})

function recordOf(version: number): VersionRecord {
  return { version, state: 'ENABLED', createdAt: new Date(0) }
}
