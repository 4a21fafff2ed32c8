/** `keyferry status --watch`: one look after the other, until it is told to stop, whatever a look fails with. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusReport } from '../../shared/report/status.ts'

export interface WatchOptions {
  readonly look: () => Promise<StatusReport>
  /** From the end of one look to the beginning of the next, in milliseconds. */
  readonly everyMs: number
  /** Ends it, also in the middle of a look or a pause. */
  readonly stopped: AbortSignal
  readonly view: WatchView
  readonly pause?: (ms: number, stopped: AbortSignal) => Promise<unknown>
}

/** What becomes of what was seen: drawn in place, or printed when it changed. */
export interface WatchView {
  seen(report: StatusReport): void
  /** A look came to nothing; what was seen before is all that is known. */
  failed(error: unknown): void
}

/** Resolves, once it is stopped, to whether all was well when it was looked at last. */
export async function watch({
  look,
  everyMs,
  stopped,
  view,
  pause = unlessStopped,
}: WatchOptions): Promise<boolean> {
  let isWell = false
  while (!stopped.aborted) {
    try {
      const report = await orStopped(look(), stopped)
      // Who has left waits for no answer.
      if (!report) break
      isWell = report.ok
      view.seen(report)
    } catch (error) {
      isWell = false
      view.failed(error)
    }
    await pause(everyMs, stopped)
  }
  return isWell
}

/** Not a race with one promise for all looks: that would keep every report until the end, which may be weeks away. */
function orStopped<T>(work: Promise<T>, stopped: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(undefined)
    stopped.addEventListener('abort', leave, { once: true })
    void work.then(resolve, reject).finally(() => stopped.removeEventListener('abort', leave))
  })
}

async function unlessStopped(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
