/** Clients of the directory that the processes of a machine share, and what they do when something is wrong with its file. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import type { KeyferryEvent } from '../../shared/core/events.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import { fromDirectoryCache } from '../../shared/from-directory-cache.ts'
import { cacheFileName } from '../../shared/local/cached-document.ts'
import { BROKER, ROLE, type World } from '../emulator/world.ts'
import { temporaryDirectory } from '../local/temporary-directory.ts'
import { PLANTED, type FaultName } from './faults.ts'
import { leaksIn } from './leaks.ts'
import type { State } from './reading-bed.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const EXCHANGE = { roleArn: ROLE, region: 'eu-central-1' }
/** Of the credential that is held. A newer one is looked for from fifteen minutes before its end on. */
const AGE: Readonly<Record<Exclude<State, 'empty'>, number>> = {
  fresh: 15 * MINUTE,
  advisory: 50 * MINUTE,
  mandatory: HOUR - 30_000,
  expired: HOUR + MINUTE,
}

export interface SharedUnder {
  readonly answer: string
  readonly leaks: readonly string[]
  /** What a caller gets ten seconds after the fault is over. */
  readonly after: string
}

let serial = 0

/** No deadline passes: nothing hangs here, and what is slow, on a machine that is busy, changes nothing. */
export async function observeDirectory(world: World, fault: FaultName, state: State): Promise<SharedUnder> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { emulator, clock } = world
  const place = join(temporaryDirectory(), 'place')
  const directory = join(place, 'cache')
  const endpoint = emulator.env['AWS_ENDPOINT_URL']
  const file = join(directory, cacheFileName({ serviceAccount: BROKER, exchange: EXCHANGE, endpoint }))
  const events: KeyferryEvent[] = []
  const provider = fromDirectoryCache({
    exchange: EXCHANGE,
    directory,
    clock,
    random: () => 0,
    env: emulator.env,
    onEvent: (event) => events.push(event),
  })
  let before: ReturnType<typeof provider> | undefined
  if (state !== 'empty') {
    await provider()
    before = provider()
    clock.nowMs += AGE[state]
  }
  befall(fault, place, file, clock.nowMs)
  events.length = 0
  const answer = provider()
  const [got, error] = await answer.then(
    (credentials) => [credentials, undefined] as const,
    (reason: unknown) => [undefined, reason] as const,
  )
  while (provider.state.loading) await delay(1)
  const held = events.findLast(({ type }) => type === 'held')
  const newest = held && (provider.state.origin === 'directory' ? 'newer' : 'minted')
  const isSame = got !== undefined && got === (await before)
  const same = `${answer === before ? 'held' : 'held after a wait'}${newest ? `, then ${newest}` : ''}`
  const words = got ? (isSame ? same : (newest ?? 'nothing new')) : (error as { code?: string }).code

  rmSync(place, { recursive: true, force: true })
  clock.nowMs += 10_000
  const after = await provider().then(
    () => 'credentials',
    (reason: { code?: string }) => reason.code ?? String(reason),
  )
  while (provider.state.loading) await delay(1)
  return {
    answer: words ?? String(error),
    leaks: leaksIn([error, events, provider], got ? [got] : []),
    after,
  }
}

/** Another process has put newer credentials there; or something else. */
function befall(fault: FaultName, place: string, file: string, now: number): void {
  rmSync(place, { recursive: true, force: true })
  if (fault === 'refused') return writeFileSync(place, 'a file, where nothing can be kept')
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const payload = new TextDecoder().decode(payloadOf(now))
  const contents: Partial<Record<FaultName, string | Uint8Array>> = {
    empty: '',
    truncated: payload.slice(0, payload.length / 2),
    malformed: `<html><title>Log in</title>${PLANTED}</html>`,
    oversized: payload + ' '.repeat(100_000),
    'wrong types': payload.replaceAll(/":"([^"]*)"/g, `":["$1"]`),
    'clock +10 min': payloadOf(now + 10 * MINUTE),
    'clock -10 min': payloadOf(now - 10 * MINUTE),
  }
  writeFileSync(file, contents[fault] ?? payload, { mode: 0o600 })
  if (fault === '4xx') chmodSync(file, 0o644)
}

function payloadOf(issuedAt: number): Uint8Array {
  const credentials = {
    accessKeyId: `ASIA${String(++serial).padStart(16, '0')}`,
    secretAccessKey: `${PLANTED}-secret-${serial}`,
    sessionToken: `${PLANTED}-token-${serial}`,
    expiration: new Date(issuedAt + HOUR),
  }
  return encodePayload(credentials, { exchange: EXCHANGE, refreshAfter: issuedAt + HOUR / 3 })
}
