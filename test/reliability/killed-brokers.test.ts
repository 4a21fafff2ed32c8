import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import { decodePayload } from '../../shared/core/payload.ts'
import type { TargetResult } from '../../shared/core/refresh-run.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { BROKER, ROLE } from '../emulator/world.ts'

/** Side by side, each on an emulator of its own: starting a process takes most of the time. */
const CHAINS = 2
const KILLS_EACH = 12
/** Refreshes that one kill breaks off, each somewhere else. */
const TARGETS = 16
/** In the second run of a broker, which destroys what the one before it wrote last. */
const CALLS_EACH = 10
const LATENCY_MS = 2
/** By the brokers' clock every version is due as soon as it is written. */
const DUE_MS = 25 * 60_000
/** Between two brokers so much time passes that what the one wrote is dead for the next. */
const AWAY_MS = 70 * 60_000

it('brokers killed at any instant leave every secret readable, and their successors go on', async () => {
  const compiled = temporaryDirectory()
  const chains = await Promise.all(Array.from({ length: CHAINS }, () => killBrokers(compiled)))
  const caught = chains.flat()
  const counts = Object.fromEntries(
    [...new Set(caught)].sort().map((act) => [act, caught.filter((each) => each === act).length]),
  )
  if (process.env['KEYFERRY_FIGURES']) console.log(`${CHAINS * KILLS_EACH} kills`, caught.length, counts)
  // Otherwise they were not caught in the act, and this has shown nothing.
  expect(Object.keys(counts)).toEqual([
    'AccessSecretVersion',
    'AddSecretVersion',
    'DestroySecretVersion',
    'ListSecretVersions',
  ])
}, 120_000)

/** Resolves to what each refresh that was broken off had done last. */
async function killBrokers(compiled: string): Promise<string[]> {
  let passedMs = 0
  const emulator = await startEmulator({ clock: { now: () => Date.now() + passedMs } })
  onTestFinished(() => emulator.stop())
  const { calls, quotas } = emulator.secretManager
  const secrets = Array.from({ length: TARGETS }, (_, i) => `projects/keyferry-demo/secrets/killed-${i}`)
  for (const secret of secrets) create(emulator, secret)
  Object.assign(quotas, Object.fromEntries(Object.keys(quotas).map((name) => [name, Infinity])))
  // Every act takes a while, so that a kill can befall it.
  for (const { fault } of [emulator.secretManager, emulator.sts, emulator.metadata])
    fault({ kind: 'latency', latencyMs: LATENCY_MS })
  // Targets of one run would otherwise all be at the same act.
  for (const [i, resource] of secrets.entries())
    emulator.secretManager.fault({ kind: 'latency', latencyMs: (i % 8) * LATENCY_MS, resource })
  const caught: string[] = []

  for (let kills = 0; kills < KILLS_EACH; kills++) {
    const results = await killOne(emulator, { secrets, compiled, aheadMs: passedMs + DUE_MS })
    expect(results.map(({ outcome, pruneError }) => [outcome, pruneError])).toEqual(
      secrets.map(() => ['refreshed', undefined]),
    )
    expect(secrets.flatMap((secret) => damageIn(emulator, secret))).toEqual([])
    for (const secret of secrets)
      caught.push(calls.entries.findLast(({ resource }) => isIn(secret, resource))?.operation ?? 'nothing')
    for (const service of [emulator.secretManager, emulator.sts]) service.calls.clear()
    passedMs += AWAY_MS
  }
  return caught
}

/** Starts a broker, lets it finish a run, and kills it at a random instant of the next ones. Resolves to that first run. */
async function killOne(
  { env, secretManager, sts }: Emulator,
  {
    secrets,
    compiled,
    aheadMs,
  }: { readonly secrets: readonly string[]; readonly compiled: string; readonly aheadMs: number },
): Promise<TargetResult[]> {
  const targets = secrets.map((secret, i) => ({
    name: `killed-${i}`,
    secret,
    roleArn: ROLE,
  }))
  const script = join(import.meta.dirname, 'broker-in-a-loop.ts')
  const broker = spawn(process.execPath, [script, JSON.stringify({ targets }), String(aheadMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, NODE_COMPILE_CACHE: compiled },
  })
  const ended = once(broker, 'exit')
  try {
    const said = await Promise.race([once(broker.stdout.setEncoding('utf8'), 'data'), ended])
    // An instant of the work, rather than of the clock: the same on a machine that has more to do.
    const callsMade = (): number => secretManager.calls.count() + sts.calls.count()
    const last = callsMade() + Math.random() * TARGETS * CALLS_EACH
    while (callsMade() < last && broker.exitCode === null) await delay(1)
    expect(broker.exitCode, 'the broker had ended by itself').toBe(null)
    return JSON.parse(String(said[0])) as TargetResult[]
  } finally {
    broker.kill('SIGKILL')
    await ended
  }
}

/** Of the two newest versions, which pruning never takes: what cannot be read. */
function damageIn({ secretManager }: Emulator, secret: string): string[] {
  return secretManager
    .versions(secret)
    .slice(-2)
    .flatMap(({ version, state, payload }) => {
      try {
        if (state !== 'ENABLED' || !payload) return [`version ${version} is ${state}`]
        decodePayload(payload, { now: () => Infinity })
        return []
      } catch (error) {
        return [`version ${version}: ${String(error)}`]
      }
    })
}

function create({ secretManager }: Emulator, name: string): void {
  const member = [`serviceAccount:${BROKER}`]
  secretManager.createSecret({
    name,
    iam: {
      'roles/secretmanager.secretAccessor': member,
      'roles/secretmanager.secretVersionManager': member,
    },
  })
}

function isIn(secret: string, resource: string): boolean {
  return resource === secret || resource.startsWith(`${secret}/`)
}
