/** A command in this process's place: its terminal, its signals, and its exit status. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
/** A terminal sends these to every process in its foreground, so the child has them already. */
const OF_THE_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT']

/** Resolves to what a shell would make of its end: its status, 128 + the signal, 127 not found, 126 not to be run. */
export async function runChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  note: (text: string) => void,
): Promise<number> {
  let child: ChildProcess | undefined
  // Before there is a child: a signal that comes in between must not end only this process.
  const unhear = passOn((signal) => child?.kill(signal))
  try {
    // No shell: the words arrive as they were given.
    child = spawn(command, args, { env, stdio: 'inherit' })
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return status ?? 128 + constants.signals[signal as NodeJS.Signals]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isMissing = code === 'ENOENT'
    note(`keyferry: ${command}: ${isMissing ? 'command not found' : `cannot be run (${code})`}`)
    return isMissing ? 127 : 126
  } finally {
    unhear()
  }
}

function passOn(send: (signal: NodeJS.Signals) => void): () => void {
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  const heard = PASSED_ON.map((signal) => {
    const listener = (): void => {
      if (!(isOnTerminal && OF_THE_TERMINAL.includes(signal))) send(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => heard.forEach((unhear) => unhear())
}
