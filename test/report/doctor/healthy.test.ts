import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tightTrustPolicy } from '../../../shared/core/trust.ts'
import { CHECK_IDS } from '../../../shared/report/doctor/catalogue.ts'
import type { DoctorReport } from '../../../shared/report/doctor/examine.ts'
import { doctorText } from '../../../shared/report/doctor/doctor-text.ts'
import { APP, BROKER, examined, startBed, type Bed } from './doctor-bed.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startBed()
})
afterAll(() => bed.stop())

const policy = JSON.stringify(tightTrustPolicy([BROKER, APP], { audience: 'sts.amazonaws.com' }))
const notOk = ({ checks }: DoctorReport): string[] =>
  checks.filter(({ level }) => level !== 'ok').map(({ id, says, cause }) => `${id}: ${says} ${cause ?? ''}`)

describe('where everything is right', () => {
  it('every check of the writer is ok', async () => {
    const { writer } = await bed.place()
    const report = await examined(writer, { policy })
    expect(notOk(report)).toEqual([])
    expect(report).toMatchObject({ ok: true, as: 'writer', counts: { warn: 0, fail: 0, skipped: 0 } })
    expect(report.checks.map(({ id }) => id).toSorted()).toEqual(CHECK_IDS.toSorted())
    expect(report.mostLikely).toBeUndefined()
  })

  it('every check of a consumer is ok, but for those that are the writer’s', async () => {
    const { consumer } = await bed.place()
    const report = await examined(consumer, { policy, as: 'consumer' })
    expect(notOk(report)).toEqual(['schedule: it is the writer’s '])
  })

  it('a reader without a fallback needs the secret alone', async () => {
    const { AWS_ROLE_ARN: _, ...reader } = (await bed.place()).consumer
    const report = await examined(reader, { as: 'consumer' })
    expect(report.counts).toMatchObject({ warn: 0, fail: 0 })
    expect(report.checks.find(({ id }) => id === 'exchange')).toMatchObject({ level: 'skipped' })
  })

  it('a role alone is looked at, too: an exchange without a secret', async () => {
    const { KEYFERRY_SECRET: _, ...env } = (await bed.place()).consumer
    const report = await examined(env, { as: 'consumer' })
    expect(report.counts).toMatchObject({ warn: 0, fail: 0 })
    expect(report.checks.find(({ id }) => id === 'exchange')).toMatchObject({ level: 'ok' })
    expect(report.checks.find(({ id }) => id === 'secret-access')).toMatchObject({ level: 'skipped' })
  })

  it('a publisher that may add is all right, and so is a regional secret', async () => {
    const place = await bed.place({ location: 'europe-west3' })
    bed.emulator.secretManager.grant(
      place.secret,
      'roles/secretmanager.secretVersionAdder',
      `serviceAccount:${APP.email}`,
    )
    const report = await examined(place.consumer, { as: 'publisher' })
    expect(report.counts).toMatchObject({ warn: 0, fail: 0 })
  })

  it('every target of a file is looked at, or those that are named', async () => {
    const [one, two] = [await bed.place(), await bed.place()]
    const targets = [one, two].map(({ name, secret, roleArn }) => ({ name, secret, roleArn }))
    const { KEYFERRY_SECRET: _, AWS_ROLE_ARN: __, ...env } = one.writer
    const KEYFERRY_CONFIG = JSON.stringify({ targets })
    const all = await examined({ ...env, KEYFERRY_CONFIG })
    expect(new Set(all.checks.map(({ target }) => target))).toEqual(new Set([undefined, one.name, two.name]))
    expect(all.ok).toBe(true)
    const named = await examined({ ...env, KEYFERRY_CONFIG }, { targets: [two.name] })
    expect(new Set(named.checks.map(({ target }) => target))).toEqual(new Set([undefined, two.name]))
    await expect(examined({ ...env, KEYFERRY_CONFIG }, { policy })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    await expect(examined({ ...env, KEYFERRY_CONFIG }, { targets: ['case'] })).rejects.toMatchObject({
      code: 'TARGET_UNKNOWN',
    })
  })

  it('nothing is written anywhere', async () => {
    const { writer, secret } = await bed.place()
    const before = bed.emulator.secretManager.versions(secret)
    await examined(writer)
    expect(bed.emulator.secretManager.versions(secret)).toEqual(before)
  })

  it('people read one line for each check', async () => {
    const { writer, name } = await bed.place()
    const report = await examined(writer, { policy })
    const text = doctorText(report)
    expect(text).toMatch(/^This machine\n {2}ok {2}node-version/)
    expect(text).toContain(`\nTarget ${name}, as its writer\n`)
    expect(text.split('\n').filter((line) => line.startsWith('  ok '))).toHaveLength(report.checks.length)
    expect(text).toMatch(/\n\d+ ok$/)
    expect(doctorText(report, { decorated: true })).toContain('\u001B[32mok')
  })
})
