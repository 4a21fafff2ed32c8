/** A service in a process of its own, as it would run in the cloud: started, moved in time, and ended by the demo. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { devNull } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { redact } from '../../shared/core/redaction.ts'
import type { ChildMessage, ClockMessage } from './shifted-clock.ts'

export interface ServiceProcess {
  readonly url: string
  /** Resolves once the process's clock is `aheadMs` ahead of real time. */
  moveClock(aheadMs: number): Promise<void>
  /** Asks it to end, as the cloud does, and resolves to its exit code; null where it had to be killed. */
  stop(): Promise<number | null>
}

export interface ServiceProcessOptions {
  readonly name: string
  /** A script and its arguments. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly aheadMs: number
}

const START_MS = 20_000
const STOP_MS = 3_000

export async function startService(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { name, command, env, aheadMs } = options
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const clock = new URL(`./shifted-clock${extension}`, import.meta.url).href
  const child = spawn(process.execPath, ['--import', clock, ...command], {
    env: { ...surroundings(), ...env, PORT: '0', KEYFERRY_DEMO_AHEAD_MS: String(aheadMs) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lastWords = keepLastWords(child)
  const exited = once(child, 'close').catch(() => undefined)
  try {
    const port = await Promise.race([
      messageFrom(child, 'port'),
      exited.then(() => Promise.reject(new Error(`The ${name} ended at its start:\n${lastWords()}`))),
      sleep(START_MS, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`The ${name} did not listen within ${START_MS / 1000} s:\n${lastWords()}`)),
      ),
    ])
    return {
      url: `http://127.0.0.1:${port}`,
      moveClock: async (ahead) => {
        const moved = messageFrom(child, 'aheadMs')
        child.send({ aheadMs: ahead } satisfies ClockMessage)
        await moved
      },
      stop: () => stop(child, exited),
    }
  } catch (error) {
    await stop(child, exited)
    throw error
  }
}

// What a user has set up for the real clouds must not reach a demo, nor the demo them.
function surroundings(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    NODE_ENV: 'production',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  }
}

async function messageFrom(child: ChildProcess, field: 'port' | 'aheadMs'): Promise<number> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [ChildMessage]
    const value = (message as Partial<Record<typeof field, number>>)[field]
    if (value !== undefined) return value
  }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(late)
  }
  return child.exitCode
}

function keepLastWords(child: ChildProcess): () => string {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean))
      lines.splice(0, lines.length - 20)
    })
  return () => redact(lines.join('\n'))
}
