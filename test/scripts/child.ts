/** Runs what users run, as a process of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export const ROOT: string = join(import.meta.dirname, '../..')
export const KEYFERRY: string = join(ROOT, 'dist/scripts/keyferry.js')

export interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Env = Readonly<Record<string, string>>

/** `keyferry WORDS`, from what was built, with nothing of this process's environment but the path. */
export function keyferry(words: readonly string[], env: Env = {}): Promise<Finished> {
  return run(process.execPath, ['--', KEYFERRY, ...words], env)
}

export async function run(command: string, words: readonly string[], env: Env = {}): Promise<Finished> {
  const child = start(command, words, env)
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { status, stdout, stderr }
}

/** For what runs until it is told to stop. */
export function startKeyferry(
  words: readonly string[],
  env: Env = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return start(process.execPath, ['--', KEYFERRY, ...words], env)
}

function start(
  command: string,
  words: readonly string[],
  env: Env,
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(command, words, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
