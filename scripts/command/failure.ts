/** What a user sees of an error, and the exit code that a script sees. */
import { KeyferryError, isKeyferryError } from '../../shared/core/errors.ts'
import { redact } from '../../shared/core/redaction.ts'
import { outputLost } from './output.ts'

export const EXIT: { readonly ok: 0; readonly failed: 1; readonly usage: 2 } = { ok: 0, failed: 1, usage: 2 }

export function exitCodeOf(error: unknown): number {
  return isKeyferryError(error, 'CONFIG_INVALID', 'TARGET_UNKNOWN') ? EXIT.usage : EXIT.failed
}

/** `keyferry: CODE: message`; with `debug` the whole error, its causes and where they were thrown. */
export function describeFailure(error: unknown, debug = false): string {
  if (isOutputLost(error)) return `keyferry: ${outputLost(error)}`
  const known = understood(error)
  const line = `keyferry: ${known.code}: ${redact(known.message)}`
  if (!debug) return line
  // Not imported, as in call.ts.
  const { inspect } = process.getBuiltinModule('node:util')
  return `${line}\n${redact(inspect(error, { depth: 4 }))}`
}

function isOutputLost(error: unknown): error is NodeJS.ErrnoException {
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException
  return syscall === 'write' && path === undefined
}

function understood(error: unknown): KeyferryError {
  if (isKeyferryError(error)) return error
  const { message, code, cause } = (error ?? {}) as {
    message?: unknown
    code?: unknown
    cause?: { code?: unknown }
  }
  const text = typeof message === 'string' ? message : String(error)
  const lacks = (thrown: unknown): boolean =>
    thrown === 'ERR_MODULE_NOT_FOUND' || thrown === 'MODULE_NOT_FOUND'
  // The emulator says itself what to install: it shares no errors with us.
  if (lacks(cause?.code)) return new KeyferryError('DEPENDENCY_MISSING', text)
  const name = lacks(code) ? /^Cannot find (?:package|module) '([^'./][^']*)'/.exec(text)?.[1] : undefined
  if (name)
    return new KeyferryError(
      'DEPENDENCY_MISSING',
      `This verb needs the package "${name}". Install it: npm install ${name}`,
    )
  return new KeyferryError(
    'INTERNAL',
    `${text}. This is a fault of Keyferry: run it again with --debug, and report what it says.`,
  )
}
