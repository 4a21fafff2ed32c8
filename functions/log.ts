/** Structured log lines on stdout as Cloud Logging reads them: severity, message, time, and our fields beside them. */
import { pino } from 'pino'
import type { ErrorReport } from '../shared/core/error-report.ts'
import type { TargetResult } from '../shared/core/refresh-run.ts'
import type { WriterEvent } from '../shared/core/writer-ports.ts'

type Fields = Readonly<Record<string, unknown>>
type Write = (fields: Fields, message: string) => void

export interface Log {
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

const SEVERITY: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/** @param write takes one line of JSON. The framework adds its execution id to what goes through `process.stdout.write`. */
export function createLog(write: (line: string) => void = toStdout): Log {
  const logger = pino(
    {
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
    },
    { write },
  )
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}

/** One line for what changed or failed; what is fresh only counts in the line for the whole run. */
export function logResults(log: Log, results: readonly TargetResult[], trigger: Fields): void {
  for (const result of results) logResult(log, result)
  const count = (outcome: TargetResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const counts = {
    refreshed: count('refreshed'),
    fresh: count('fresh'),
    stopped: count('stopped'),
    failed: count('failed'),
  }
  const list = Object.entries(counts).map(([outcome, number]) => `${number} ${outcome}`)
  log.info(
    { ...trigger, ...counts },
    `Looked at ${results.length} target${results.length === 1 ? '' : 's'}: ${list.join(', ')}`,
  )
}

export function logEvent(log: Log, { type, error, ...fields }: WriterEvent): void {
  const write = type === 'forged' ? log.error : log.warn
  write({ ...fields, ...describe(error) }, messageOf(fields.target, error))
}

export function logProblem(log: Log, error: ErrorReport, fields: Fields = {}): void {
  log.error({ ...fields, ...describe(error) }, `${error.code}: ${error.message}`)
}

/** Google's libraries print what they send and receive where these are set: payloads and tokens. */
export function warnOfLoudLibraries(log: Log, env: NodeJS.ProcessEnv): void {
  for (const variable of ['GOOGLE_SDK_NODE_LOGGING', 'NODE_DEBUG']) {
    if (!env[variable]) continue
    log.warn(
      { variable },
      `${variable} is set: libraries may print credentials and tokens into this log. Unset it, and refresh with --force what was printed.`,
    )
  }
}

function logResult(log: Log, { error, pruneError, ...fields }: TargetResult): void {
  const { target, outcome, version, expiration, reason } = fields
  if (outcome === 'refreshed')
    log.info(fields, `${target}: version ${version}, until ${expiration} (${reason})`)
  if (error) {
    const write = outcome === 'stopped' ? log.warn : log.error
    write({ ...fields, ...describe(error) }, messageOf(target, error))
  }
  if (pruneError) {
    const message = `${target}: dead versions could not be destroyed. ${pruneError.code}: ${pruneError.message}`
    log.warn({ target, ...describe(pruneError) }, message)
  }
}

function messageOf(target: string, { code, message }: ErrorReport): string {
  return `${target}: ${code}: ${message}`
}

function describe({ code, retryable }: ErrorReport): Fields {
  return { code, retryable }
}

function toStdout(line: string): void {
  process.stdout.write(line)
}
