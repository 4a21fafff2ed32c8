import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { changes, tableInPlace } from '../../../scripts/status/watch-views.ts'
import { KeyferryError } from '../../../shared/core/errors.ts'
import { CHECKED, reportWith } from './reports.ts'

const LOST = new KeyferryError('SECRET_UNREADABLE', 'Secret Manager did not answer.', { retryable: true })

describe('the table in place', () => {
  it('is drawn at each look, with when it was seen and when it is looked at again', () => {
    const drawn: string[] = []
    const view = tableInPlace((text) => drawn.push(text), { everySeconds: 10 })
    view.seen(reportWith())
    view.seen(reportWith({}, CHECKED + 10_000))
    expect(drawn.map((text) => stripVTControlCharacters(text).split('\n').slice(1))).toEqual([
      [
        expect.stringMatching(/^app +fresh +2 +…KEY2 +10 min +█{17}░{3} 50 min +2/),
        '',
        'Seen at 2026-11-23T12:10:00Z; looked at again every 10 s. Ctrl-C ends it.',
      ],
      [
        expect.stringMatching(/█{17}░{3} 49 min/),
        '',
        'Seen at 2026-11-23T12:10:10Z; looked at again every 10 s. Ctrl-C ends it.',
      ],
    ])
  })

  it('stays where a look fails, and says that it is older', () => {
    const drawn: string[] = []
    const view = tableInPlace((text) => drawn.push(text), { everySeconds: 120 })
    view.failed(LOST)
    view.seen(reportWith())
    view.failed(LOST)
    const why = 'SECRET_UNREADABLE: Secret Manager did not answer.'
    expect(drawn[0]).toBe(`${why} The next look is in 2 min. Ctrl-C ends it.`)
    expect(drawn[2]).toContain('…KEY2')
    expect(drawn[2]).toContain(`\n\n${why} What is above is older. The next look is in 2 min.`)
  })
})

describe('where nobody watches', () => {
  it('is printed what changed, and not that time passed', () => {
    const { view, printed } = changing(false)
    view.seen(reportWith())
    view.seen(reportWith({}, CHECKED + 60_000))
    view.seen(reportWith({ state: 'due' }, CHECKED + 600_000))
    view.seen(reportWith({ state: 'due' }, CHECKED + 660_000))
    view.seen(reportWith({ version: 3, key: '…KEY3' }, CHECKED + 720_000))
    expect(printed.map((text) => text.trimStart().split('\n')[0])).toEqual([
      '2026-11-23T12:10:00Z',
      '2026-11-23T12:20:00Z',
      '2026-11-23T12:22:00Z',
    ])
    expect(printed[1]).toMatch(/^\n2026.*\nTARGET .*\napp +due +2 +…KEY2 /)
  })

  it('one problem in other words is no change, another problem is one', () => {
    const { view, printed } = changing(true)
    for (const message of ['It took 2001 ms.', 'It took 2002 ms.'])
      view.seen(reportWith({ problem: { code: 'SECRET_UNREADABLE', message, retryable: true } }))
    view.seen(reportWith({ problem: { code: 'SECRET_DENIED', message: 'No.', retryable: false } }))
    expect(printed).toHaveLength(2)
  })

  it('is one JSON document a line, where that is asked for', () => {
    const { view, printed } = changing(true)
    view.seen(reportWith())
    expect(printed.map((line) => [JSON.parse(line), line.includes('\n')])).toEqual([[reportWith(), false]])
  })

  it('tells a failure once, until a look succeeds', () => {
    const { view, printed, noted } = changing(false)
    for (const error of [LOST, LOST]) view.failed(error)
    view.seen(reportWith())
    view.failed(LOST)
    expect(noted).toEqual(Array(2).fill('keyferry: SECRET_UNREADABLE: Secret Manager did not answer.'))
    expect(printed).toHaveLength(1)
  })

  it('tells a failure with its causes to who looks for a fault, once too, wherever it was thrown', () => {
    const { view, noted } = changing(false, true)
    for (const cause of ['one', 'another']) view.failed(new Error('lost', { cause: new Error(cause) }))
    expect(noted).toHaveLength(1)
    expect(noted[0]).toMatch(/^keyferry: INTERNAL: lost[^]*\n +at [^]*\[cause\]: Error: one/)
  })
})

function changing(
  json: boolean,
  debug = false,
): { view: ReturnType<typeof changes>; printed: string[]; noted: string[] } {
  const [printed, noted]: [string[], string[]] = [[], []]
  const say = { print: (text: string) => printed.push(text), note: (text: string) => noted.push(text) }
  const view = changes({ ...say, json, debug })
  return { view, printed, noted }
}
