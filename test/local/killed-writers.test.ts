import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'
import { credentialsOf, FILE_NAME, storeIn } from './writer-in-a-loop.ts'

const CHAINS = 2
const KILLS_EACH = 100

it('loses nothing, tears nothing and blocks nobody, however often a writer is killed', async () => {
  const compiled = temporaryDirectory()
  const chains = await Promise.all(
    Array.from({ length: CHAINS }, () => killWriters(temporaryDirectory(), compiled)),
  )
  // Otherwise the writers were not caught in the act, and this has shown nothing.
  expect(chains.reduce((sum, { locks }) => sum + locks, 0)).toBeGreaterThan(KILLS_EACH / 4)
  expect(chains.reduce((sum, { staged }) => sum + staged, 0)).toBeGreaterThan(5)
}, 60_000)

async function killWriters(path: string, compiled: string): Promise<{ locks: number; staged: number }> {
  const store = storeIn(path)
  await store.refresh(async () => credentialsOf('ASIA0000000000000000'))
  const keys = new Set<string>()
  const caught = { locks: 0, staged: 0 }
  let newest = 0

  for (let kills = 0; kills < KILLS_EACH; kills++) {
    await killOne(path, compiled, look)
    await look()
    const left = age(path)
    caught.locks += left.filter((name) => name.endsWith('.lock')).length
    const staged = left.filter((name) => name.endsWith('.tmp')).length
    // What the one before left, the next has cleared away.
    expect(staged).toBeLessThanOrEqual(2)
    caught.staged += staged
  }
  await store.refresh(async () => credentialsOf('ASIA9999999999999999'), await store.find())
  expect(readdirSync(path)).toEqual([FILE_NAME])
  expect(keys.size).toBeGreaterThanOrEqual(KILLS_EACH)
  return caught

  async function look(): Promise<void> {
    const found = await store.find()
    const { accessKeyId = 'none' } = found?.credentials ?? {}
    const { expiration: _, ...whole } = credentialsOf(accessKeyId)
    expect(found?.credentials).toMatchObject(whole)
    const issuedAt = found?.provenance?.issuedAt.getTime() ?? 0
    expect(issuedAt).toBeGreaterThanOrEqual(newest)
    newest = issuedAt
    keys.add(accessKeyId)
  }
}

/** Starts a writer, looks at what it does, and kills it at a random instant. */
async function killOne(path: string, compiled: string, look: () => Promise<void>): Promise<void> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'writer-in-a-loop.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  })
  const ended = once(writer, 'exit')
  try {
    await Promise.race([once(writer.stdout, 'data'), ended])
    for (const killAt = performance.now() + Math.random() * 10; performance.now() < killAt;) await look()
    expect(writer.exitCode, 'the writer had ended by itself').toBe(null)
  } finally {
    writer.kill('SIGKILL')
    await ended
  }
}

/** Lets so much time pass for what is left that a living process would have come back to it. */
function age(path: string): string[] {
  const left = readdirSync(path).filter((name) => name !== FILE_NAME)
  for (const name of left) {
    const at = new Date(Date.now() - 61_000)
    utimesSync(join(path, name), at, at)
  }
  return left
}
