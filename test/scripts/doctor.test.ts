/** `keyferry doctor` as a verb: what it takes, what it prints where, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doctor } from '../../scripts/doctor.ts'
import { runVerb } from '../../scripts/command/run-verb.ts'
import type { Terminal } from '../../scripts/command/terminal.ts'
import type { DoctorReport } from '../../shared/report/doctor/examine.ts'
import { keyferry } from './child.ts'
import { startBed, type Bed, type Place } from '../report/doctor/doctor-bed.ts'

let bed: Bed
let place: Place
let folder: string
beforeAll(async () => {
  bed = await startBed()
  place = await bed.place()
  folder = mkdtempSync(join(tmpdir(), 'keyferry-doctor-'))
})
afterAll(async () => {
  await bed.stop()
  rmSync(folder, { recursive: true })
})

interface Ran {
  readonly status: number
  readonly printed: string
  readonly reported: string
  readonly noted: string
}

async function run(env: NodeJS.ProcessEnv, ...words: string[]): Promise<Ran> {
  const said = { printed: '', reported: '', noted: '' }
  const terminal: Terminal = {
    env,
    decorated: false,
    print: (text) => void (said.printed += text),
    report: (text) => void (said.reported += text),
    note: (text) => void (said.noted += text),
  } as Terminal
  const status = await runVerb('doctor', () => doctor, words, terminal)
  return { status, ...said }
}

describe('keyferry doctor', () => {
  it('ends with 0 where nothing fails, and tells it to people', async () => {
    const { status, printed, reported, noted } = await run(place.writer)
    expect([status, printed, noted]).toEqual([0, '', ''])
    expect(reported).toMatch(/^This machine\n/)
  })

  it('prints one JSON document', async () => {
    const { status, printed, reported } = await run(place.consumer, '--as', 'consumer', '--json')
    expect([status, reported]).toEqual([0, ''])
    expect(JSON.parse(printed) as DoctorReport).toMatchObject({
      ok: true,
      as: 'consumer',
      checks: expect.arrayContaining([
        expect.objectContaining({ id: 'secret-access', level: 'ok', doc: 'docs/doctor.md#secret-access' }),
      ]) as unknown,
    })
  })

  it('ends with 1 where a check fails, the likeliest cause first', async () => {
    const { status, reported } = await run({
      ...place.writer,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
    })
    expect(status).toBe(1)
    expect(reported).toMatch(
      /^Most likely: AWS_REGION is not set.*\n {2}Fix: export AWS_REGION=.*\n {2}See docs\/doctor\.md#region\n/,
    )
  })

  it('ends with 2 where the configuration fails, and looks at the rest all the same', async () => {
    const { status, reported } = await run({ ...place.writer, AWS_ROLE_ARN: 'role/app' })
    expect(status).toBe(2)
    expect(reported).toMatch(/^Most likely: .*AWS_ROLE_ARN must be a role ARN/)
    expect(reported).toMatch(/ok +node-version/)
  })

  it('as it is installed needs neither Google’s client nor the reader of files, where variables configure it', async () => {
    const recorded = { NODE_OPTIONS: `--import=${import.meta.dirname}/packages-loaded.mjs` }
    const { status, stdout, stderr } = await keyferry(['doctor', '--json'], { ...place.writer, ...recorded })
    expect([status, (JSON.parse(stdout) as DoctorReport).ok]).toEqual([0, true])
    const packages = stderr.matchAll(/^loaded .*\/node_modules\/((?:@[^/]+\/)?[^/]+)/gm)
    const loaded = new Set([...packages].map(([, name = '']) => name))
    // AWS’s own client signs the question whose the stored key is.
    expect(loaded).toContain('@aws-sdk/client-sts')
    expect(
      [...loaded].filter((name) => /^(?:@google-cloud\/|@grpc\/|google-|zod$|commander$)/.test(name)),
    ).toEqual([])
  })

  it('takes the trust policy from a file', async () => {
    const file = join(folder, 'policy.json')
    writeFileSync(file, '{"Version":"2012-10-17","Statement":[]}')
    const { status, reported } = await run(place.writer, '--trust-policy', file)
    expect(status).toBe(1)
    expect(reported).toMatch(/fail +trust-policy/)
  })

  it.each([
    [['--as', 'reader'], /--as takes writer, consumer, publisher, not "reader"/],
    [['--as', 'consumr'], /Did you mean "consumer"\?/],
    [
      ['--trust-policy', '/nowhere/policy.json'],
      /Cannot read the trust policy in \/nowhere\/policy\.json \(ENOENT\)/,
    ],
    [['cased'], /No target is named "cased"/],
  ])('calls %s a usage error', async (words, message) => {
    const { status, noted, reported } = await run(place.writer, ...words)
    expect([status, reported]).toEqual([2, ''])
    expect(noted).toMatch(message)
  })
})
