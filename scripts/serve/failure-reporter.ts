/** Failures of a process that goes on: each told once, until something good came in between. */
import type { KeyferryEvent } from '../../shared/core/events.ts'

export function failureReporter(
  note: (text: string) => void,
): (target?: string) => (event: KeyferryEvent) => void {
  return (target) => {
    const told = new Set<string>()
    return (event) => {
      if (event.type === 'held') told.clear()
      if (!('reason' in event) || event.level === 'info' || told.has(event.reason)) return
      told.add(event.reason)
      note(
        `keyferry: ${target === undefined ? '' : `${target}: `}${event.reason}${event.message ? `: ${event.message}` : ''}`,
      )
    }
  }
}
