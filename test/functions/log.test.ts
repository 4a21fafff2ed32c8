import { describe, expect, it } from 'vitest'
import { createLog, logEvent, logResults, warnOfLoudLibraries, type Log } from '../../functions/log.ts'

function logged(act: (log: Log) => void): Record<string, unknown>[] {
  const lines: string[] = []
  act(createLog((line) => lines.push(line)))
  expect(lines.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n'))).toBe(true)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('log lines', () => {
  it('are what Cloud Logging reads: a severity, a message and a time, and our fields beside them', () => {
    const [info, warn, error] = logged((log) => {
      log.info({ target: 'app' }, 'one')
      log.warn({}, 'two')
      log.error({}, 'three')
    })
    expect(info).toEqual({
      severity: 'INFO',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      target: 'app',
      message: 'one',
    })
    expect([warn?.['severity'], error?.['severity']]).toEqual(['WARNING', 'ERROR'])
  })

  it('say of forged credentials that they are an error, and of an unanswered question that it is none', () => {
    const error = { code: 'SECRET_FORGED', message: 'AWS does not accept it.', retryable: false } as const
    const lines = logged((log) => {
      logEvent(log, { type: 'forged', target: 'app', version: 3, error })
      logEvent(log, { type: 'canary-unanswered', target: 'app', version: 3, error })
    })
    expect(lines).toMatchObject([
      { severity: 'ERROR', target: 'app', version: 3, code: 'SECRET_FORGED' },
      { severity: 'WARNING' },
    ])
  })

  it('say nothing of a target that is fresh, but count it', () => {
    const lines = logged((log) => logResults(log, [{ target: 'app', outcome: 'fresh', version: 3 }], {}))
    expect(lines).toMatchObject([{ severity: 'INFO', fresh: 1, failed: 0 }])
  })

  it('say that dead versions stay', () => {
    const pruneError = { code: 'SECRET_DENIED', message: 'May not list.', retryable: false } as const
    const [line] = logged((log) => logResults(log, [{ target: 'app', outcome: 'fresh', pruneError }], {}))
    expect(line).toMatchObject({ severity: 'WARNING', target: 'app', code: 'SECRET_DENIED' })
  })

  it('warn where libraries are told to print what they send', () => {
    const lines = logged((log) =>
      warnOfLoudLibraries(log, { GOOGLE_SDK_NODE_LOGGING: 'all', NODE_DEBUG: 'http' }),
    )
    expect(lines).toMatchObject([
      { severity: 'WARNING', variable: 'GOOGLE_SDK_NODE_LOGGING' },
      { severity: 'WARNING', variable: 'NODE_DEBUG' },
    ])
    expect(logged((log) => warnOfLoudLibraries(log, {}))).toEqual([])
  })
})
