/** What the demo plays on: the emulator, the function and the service, and one clock that all three go by. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KeyferryError } from '../../shared/core/errors.ts'
import { MINUTE_MS } from '../../shared/core/limits.ts'
import type { RefreshResult } from '../../shared/core/writer.ts'
import { startService, type ServiceProcess } from './service-process.ts'
import type { Env, World } from './world.ts'

/** Milliseconds that the story is ahead of real time. */
export interface StoryClock {
  aheadMs: number
}

export interface Stage {
  readonly world: World
  /** Minutes of the story that have passed. */
  minute(): number
  advance(minutes: number): Promise<void>
  startService(): Promise<void>
  /** One delivery of the schedule: `POST /` to the function. */
  deliver(): Promise<Delivery>
  /** That many requests to the service, some at a time. */
  request(count: number): Promise<Served>
  close(): Promise<void>
}

export interface Delivery {
  /** HTTP's: the scheduler retries what is not 2xx. */
  readonly status: number
  readonly result: RefreshResult
}

export interface Served {
  /** How many were answered with the whole listing. */
  readonly served: number
  readonly listing: readonly string[]
  readonly tookMs: number
  /** The first answer that was no listing. */
  readonly failure?: string
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const AT_ONCE = 16

export async function setStage(world: World, clock: StoryClock): Promise<Stage> {
  const start = clock.aheadMs
  const services: ServiceProcess[] = []
  const begin = async (name: string, command: string[], env: Env): Promise<ServiceProcess> => {
    const service = await startService({ name, command, env, aheadMs: clock.aheadMs })
    services.push(service)
    return service
  }
  const func = await begin(
    'function',
    [frameworkScript(), '--target=refresh', `--source=${file('functions/index')}`],
    world.env,
  )
  let service: ServiceProcess | undefined

  return {
    world,
    minute: () => Math.round((clock.aheadMs - start) / MINUTE_MS),
    advance: async (minutes) => {
      clock.aheadMs += minutes * MINUTE_MS
      await Promise.all(services.map((service) => service.moveClock(clock.aheadMs)))
    },
    startService: async () => {
      needsPackage('@aws-sdk/client-s3')
      service = await begin('service', [file('examples/cloud-run-service')], world.appEnv)
    },
    deliver: async () => {
      const response = await fetch(func.url, { method: 'POST' })
      const answer = (await response.json()) as { results?: [RefreshResult] }
      if (!answer.results)
        throw new Error(`The function answered ${response.status} ${JSON.stringify(answer)}`)
      return { status: response.status, result: answer.results[0] }
    },
    request: (count) => {
      if (!service) throw new Error('The service has not been started.')
      return requests(service.url, count)
    },
    close: async () => void (await Promise.all(services.map((service) => service.stop()))),
  }
}

async function requests(url: string, count: number): Promise<Served> {
  let left = count
  let served = 0
  let listing: readonly string[] = []
  let failure: string | undefined
  const begun = performance.now()
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const response = await fetch(url)
      const body = await response.text()
      if (response.ok) {
        served += 1
        listing = (JSON.parse(body) as { objects: string[] }).objects
      } else {
        failure ??= `${response.status} ${body.trim()}`
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker))
  return {
    served,
    listing,
    tookMs: Math.round(performance.now() - begun),
    ...(failure !== undefined && { failure }),
  }
}

/** A file of ours: the source where the demo runs from it, else what was built from it. */
function file(path: string): string {
  return join(ROOT, `${path}${EXTENSION}`)
}

function frameworkScript(): string {
  const script = join(dirname(needsPackage('@google-cloud/functions-framework')), 'main.js')
  if (!existsSync(script)) throw missing('@google-cloud/functions-framework')
  return script
}

function needsPackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    throw missing(name)
  }
}

function missing(name: string): KeyferryError {
  return new KeyferryError(
    'DEPENDENCY_MISSING',
    `The demo needs the package "${name}". Install it: npm install --save-dev ${name}`,
  )
}
