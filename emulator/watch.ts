/** What every service keeps for tests: the calls it got, and the faults it was told to have. */
import { Calls, type CallLog } from './calls.ts'
import { Faults, type FaultPlan, type FaultRule } from './faults.ts'
import type { EmulatorClock } from './options.ts'
import type { Listener } from './wire/listener.ts'

/** A service as tests see it. */
export interface Watched {
  readonly calls: CallLog
  /** Makes calls fail. Returns what removes the rule again. */
  fault(rule: FaultRule): () => void
  clearFaults(): void
}

/** A service as its transports see it. */
export interface Watch {
  readonly control: Watched
  /** What befalls a call, and how to say what became of it. */
  begin(call: WatchedCall): FaultPlan & { record(status: string): void }
  /** The service is reached at this port: what `refused` closes. */
  reachedAt(listener: Pick<Listener, 'refuse'>): void
}

export interface WatchedCall {
  readonly operation: string
  readonly resource: string
  readonly caller?: string | undefined
}

export function watch(clock: EmulatorClock): Watch {
  const calls = new Calls()
  const faults = new Faults()
  const ports: Pick<Listener, 'refuse'>[] = []
  const reopening = new Set<() => void>()
  return {
    control: {
      calls,
      fault: (rule) => (rule.kind === 'refused' ? refuse() : faults.add(rule)),
      clearFaults() {
        faults.clear()
        for (const reopen of reopening) reopen()
      },
    },
    reachedAt: (listener) => void ports.push(listener),
    begin: ({ operation, resource, caller }) => ({
      ...faults.take({ operation, resource, caller }),
      record: (status) =>
        calls.record({
          at: new Date(clock.now()),
          operation,
          resource,
          ...(caller !== undefined && { caller }),
          status,
        }),
    }),
  }

  function refuse(): () => void {
    const accept = ports.map((port) => port.refuse())
    const reopen = (): void => {
      reopening.delete(reopen)
      for (const each of accept) each()
    }
    reopening.add(reopen)
    return reopen
  }
}
