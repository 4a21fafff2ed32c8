/** Every fault of the matrix, as what a collaborator is told to do. */
import type { FaultRule } from '../../emulator/index.ts'

export const FAULTS = [
  'none',
  'refused',
  'reset',
  'hang',
  'trickle',
  '5xx',
  'throttle',
  '4xx',
  'empty',
  'truncated',
  'malformed',
  'oversized',
  'wrong types',
  'wrong CRC',
  'clock +10 min',
  'clock -10 min',
] as const

export type FaultName = (typeof FAULTS)[number]

/** In whatever an answer says, so that it is recognised wherever it should not be. */
export const PLANTED = 'pLaNtEd'

/** What the emulator's service is told; a clock that is off is no rule, but a setting. */
export function ruleOf(
  fault: Exclude<FaultName, 'none'>,
  forbidden: { readonly status?: number; readonly code?: string } = { status: 403 },
): FaultRule | { readonly kind: 'clock'; readonly skewMs: number } {
  switch (fault) {
    case '5xx':
      return { kind: 'status', status: 503 }
    case '4xx':
      return { kind: 'status', ...forbidden }
    case 'malformed':
      return { kind: 'malformed', body: `<html><title>Log in</title>${PLANTED}</html>` }
    case 'wrong types':
      return { kind: 'mistyped' }
    case 'wrong CRC':
      return { kind: 'wrong-checksum' }
    case 'clock +10 min':
      return { kind: 'clock', skewMs: 600_000 }
    case 'clock -10 min':
      return { kind: 'clock', skewMs: -600_000 }
    case 'trickle':
      // Slower than any deadline, by the clock on the wall too.
      return { kind: 'trickle', everyMs: 1_000 }
    default:
      return { kind: fault }
  }
}

/** Faults that end by a deadline of ours only. */
export function isEndless(fault: FaultName): boolean {
  return fault === 'hang' || fault === 'trickle'
}
