/** One check of the doctor: what was found, and where something is wrong, why and what to do. */
import type { CheckId } from './catalogue.ts'

export type CheckLevel = 'ok' | 'warn' | 'fail' | 'skipped'

/** A check as people and scripts get it. It holds no secret. */
export interface Check extends Finding {
  /** Stable; a heading of docs/doctor.md. */
  readonly id: CheckId
  /** The target that it is about; absent where it is about the machine. */
  readonly target?: string
  readonly title: string
  /** The page and section that explain it. */
  readonly doc: string
}

export interface Finding {
  readonly level: CheckLevel
  /** What was found; why it was not looked for, where it is skipped. */
  readonly says: string
  /** The likeliest cause, of a warning or a failure. */
  readonly cause?: string
  /** Further causes that fit what is known, the likelier first. */
  readonly also?: readonly string[]
  /** What mends it: mostly a command to paste, with the real names in it. */
  readonly fix?: string
  /** The trust policy that would pass. */
  readonly policy?: object
}

export type Trouble = Omit<Finding, 'level' | 'says'> & { readonly cause: string }

export function ok(says: string): Finding {
  return { level: 'ok', says }
}

export function warn(says: string, trouble: Trouble): Finding {
  return { level: 'warn', says, ...trouble }
}

export function fail(says: string, trouble: Trouble): Finding {
  return { level: 'fail', says, ...trouble }
}

/** @param fix how to have it looked at all the same */
export function skipped(because: string, fix?: string): Finding {
  return { level: 'skipped', says: because, ...(fix && { fix }) }
}
