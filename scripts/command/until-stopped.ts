/** An act that goes on until somebody ends it: with a signal, or by reading no more of what it prints. */
import type { EventEmitter } from 'node:events'

type Stopping = EventEmitter & { readonly stdout: EventEmitter }

/** Resolves to what `act` gives; the signal aborts at SIGTERM, SIGINT, or when stdout cannot be written any more. */
export async function untilStopped<T>(
  act: (stopped: AbortSignal) => Promise<T>,
  told: Stopping = process,
): Promise<T> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  const sources = [
    [told, 'SIGTERM'],
    [told, 'SIGINT'],
    [told.stdout, 'error'],
  ] as const
  for (const [source, event] of sources) source.on(event, end)
  try {
    return await act(ended.signal)
  } finally {
    for (const [source, event] of sources) source.off(event, end)
  }
}

/** Resolves when the signal aborts, or has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
