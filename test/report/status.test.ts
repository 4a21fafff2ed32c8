import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { encodePayload } from '../../shared/core/payload.ts'
import type { SecretVersions, VersionRecord } from '../../shared/core/ports.ts'
import { resolveTarget, type Target } from '../../shared/core/target.ts'
import { gatherStatus, type TargetStatus } from '../../shared/report/status.ts'
import { statusText } from '../../shared/report/status-text.ts'

const START = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000
const TARGET = resolveTarget({
  name: 'app',
  secret: 'projects/p/secrets/aws-app',
  roleArn: 'arn:aws:iam::123456789012:role/app',
})

describe('the status of a target', () => {
  it('has what an operator asks for at night', async () => {
    const status = await statusAfter(10, { versions: [version(1, START - 30 * MINUTE), version(2, START)] })
    expect(status).toEqual({
      target: 'app',
      secret: 'projects/p/secrets/aws-app',
      roleArn: 'arn:aws:iam::123456789012:role/app',
      state: 'fresh',
      usable: true,
      version: 2,
      key: '…KEY2',
      issuedAt: '2026-11-23T12:00:00.000Z',
      refreshAfter: '2026-11-23T12:19:00.000Z',
      expiration: '2026-11-23T13:00:00.000Z',
      ageSeconds: 600,
      lifeSeconds: 3600,
      lifeLeftSeconds: 3000,
      activeVersions: 2,
      monthlyListPriceUsd: 0.12,
      reason: 'due at 2026-11-23T12:19:00Z',
    })
  })

  it('is of the newest version by number, whatever `latest` says', async () => {
    const versions = [version(1, START - 10 * MINUTE), version(2, START), version(3, START + MINUTE)]
    expect(await statusAfter(2, { versions, latest: 1 })).toMatchObject({ version: 3, state: 'fresh' })
    // Not even the list may know of it yet.
    const unlisted = { versions, latest: 1, listed: versions.slice(0, 1) }
    expect(await statusAfter(2, unlisted)).toMatchObject({ version: 3 })
  })

  it.each([
    [10, 'fresh', true],
    [20, 'due', true],
    [30, 'overdue', true],
    [60, 'expired', false],
  ] as const)('%d minutes after the mint is %s', async (minutes, state, usable) => {
    expect(await statusAfter(minutes, { versions: [version(1, START)] })).toMatchObject({ state, usable })
  })

  it.each([
    ['stopped', 'SECRET_STOPPED', { ...version(2, START), state: 'DISABLED' }, false],
    [
      'contended',
      'SECRET_CONTENDED',
      version(2, START, { roleArn: 'arn:aws:iam::123456789012:role/other' }),
      false,
    ],
    [
      'changed',
      'SECRET_OTHER_GRANT',
      version(2, START, { policyArns: ['arn:aws:iam::aws:policy/X'] }),
      false,
    ],
    ['foreign', 'SECRET_NOT_OURS', { ...version(2, START), payload: foreign(START) }, false],
    // Readers step over what nobody can read to the version below it.
    ['due', 'SECRET_DESTROYED', { ...version(2, START), state: 'DESTROYED' }, true],
    ['malformed', 'SECRET_NOT_OURS', { ...version(2, START), payload: Buffer.from('{"Version":1}') }, true],
  ] as const)(
    'is %s, with the reason, where the newest version is so',
    async (state, code, newest, usable) => {
      const status = await statusAfter(1, { versions: [version(1, START - MINUTE), newest] })
      expect(status).toMatchObject({ state, usable, problem: { code } })
    },
  )

  it('of a newest version that nobody can read, and nobody replaces, is told apart from what readers still have', async () => {
    const clock = { now: () => START + MINUTE }
    const versions = [version(1, START), { ...version(2, START), payload: Buffer.from('{"Version":1}') }]
    const report = await gatherStatus([TARGET], { clock, storeOf: () => storeOf({ versions }) })
    expect(report.targets[0]).toMatchObject({ version: 2, readVersion: 1, key: '…KEY1', usable: true })
    expect(report.ok).toBe(false)
    const text = statusText(report)
    expect(text).toMatch(/^app +malformed +2 \(read: 1\) +…KEY1 /m)
    expect(text).toContain('Until it expires, readers have version 1, which this line is about.')
  })

  it('made for another life than is configured now blames no schedule that has not missed anything', async () => {
    const target = resolveTarget({
      name: 'app',
      secret: TARGET.secret,
      roleArn: TARGET.roleArn,
      durationSeconds: 43_200,
    })
    const at = async (minutes: number): Promise<TargetStatus> => {
      const clock = { now: () => START + minutes * MINUTE }
      const storeOfOne = storeOf({ versions: [version(1, START)] })
      return (await gatherStatus([target], { clock, storeOf: () => storeOfOne })).targets[0] as TargetStatus
    }
    const soon = await at(10)
    expect(soon).toMatchObject({
      state: 'due',
      refreshAfter: soon.issuedAt,
      reason: 'made for 3600 s of life, 43200 are configured now',
    })
    // Then the schedule that it was made for has passed by.
    expect(await at(30)).toMatchObject({ state: 'overdue' })
  })

  it('is empty where the secret has no version, and unreadable where it cannot be read', async () => {
    const empty = await statusAfter(0, { versions: [] })
    expect(empty).toMatchObject({
      state: 'empty',
      usable: false,
      activeVersions: 0,
      problem: { code: 'SECRET_NOT_FOUND' },
    })
    const denied = await statusAfter(0, {
      versions: [],
      error: new KeyferryError('SECRET_DENIED', 'No. Grant it.'),
    })
    expect(denied).toMatchObject({ state: 'unreadable', usable: false, problem: { code: 'SECRET_DENIED' } })
    expect(denied).not.toHaveProperty('activeVersions')
  })

  it('makes the report not ok when one target of many is unusable', async () => {
    const other: Target = { ...TARGET, name: 'other' }
    const clock = { now: () => START }
    const good = storeOf({ versions: [version(1, START)] })
    const bad = storeOf({ versions: [] })
    const report = await gatherStatus([TARGET, other], {
      clock,
      storeOf: ({ name }) => (name === 'app' ? good : bad),
    })
    expect([report.ok, report.targets.map(({ usable }) => usable)]).toEqual([false, [true, false]])
  })
})

describe('the status as text', () => {
  it('is a plain table for pipes, with what is wrong below it', async () => {
    const fresh = await statusAfter(10, { versions: [version(2, START)] })
    const empty = { ...(await statusAfter(0, { versions: [] })), target: 'other' }
    const text = statusText({ ok: false, checkedAt: '', targets: [fresh, empty] })
    expect(text).toBe(
      [
        'TARGET  STATE  VERSION  KEY    AGE     LIFE LEFT      ACTIVE  LIST PRICE',
        'app     fresh  2        …KEY2  10 min  50 min of 1 h  1       $0.06 a month',
        'other   empty  -        -      -       -              0       $0.00 a month',
        '',
        `other: SECRET_NOT_FOUND: ${empty.problem?.message}`,
      ].join('\n'),
    )
  })

  it('has colours, and the life left as a bar, on a terminal', async () => {
    const fresh = await statusAfter(15, { versions: [version(2, START)] })
    const text = statusText({ ok: true, checkedAt: '', targets: [fresh] }, { decorated: true })
    expect(text).toContain(`\u001b[32m${'█'.repeat(15)}\u001b[39m${'░'.repeat(5)} 45 min`)
  })

  it('asks about the schedule where a run is overdue', async () => {
    const overdue = await statusAfter(30, { versions: [version(2, START)] })
    expect(statusText({ ok: true, checkedAt: '', targets: [overdue] })).toContain('does the schedule fire?')
  })
})

interface Version extends VersionRecord {
  readonly payload: Uint8Array
}

interface World {
  readonly versions: readonly Version[]
  readonly latest?: number
  readonly listed?: readonly Version[]
  readonly error?: KeyferryError
}

async function statusAfter(minutes: number, world: World): Promise<TargetStatus> {
  const clock = { now: () => START + minutes * MINUTE }
  const report = await gatherStatus([TARGET], { clock, storeOf: () => storeOf(world) })
  return report.targets[0] as TargetStatus
}

function storeOf({
  versions,
  latest = versions.length,
  listed = versions,
  error,
}: World): Pick<SecretVersions, 'read' | 'list'> {
  return {
    read: async (wanted) => {
      if (error) throw error
      const number = wanted === 'latest' ? latest : wanted
      const found = versions.find(({ version }) => version === number)
      if (!found) throw new KeyferryError('SECRET_NOT_FOUND', 'not there')
      if (found.state !== 'ENABLED')
        throw new KeyferryError(`SECRET_${found.state}`, 'as told', { resource: `s/versions/${number}` })
      return found
    },
    list: async () => {
      if (error) throw error
      return [...listed].reverse()
    },
  }
}

function version(number: number, issuedAt: number, exchange: object = {}): Version {
  const payload = encodePayload(
    {
      accessKeyId: `ASIAEXAMPLEEXAMPKEY${number}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(issuedAt + 60 * MINUTE),
      accountId: '123456789012',
    },
    { exchange: { ...TARGET, ...exchange }, refreshAfter: issuedAt + 20 * MINUTE },
  )
  return { version: number, state: 'ENABLED', createdAt: new Date(issuedAt), payload }
}

function foreign(issuedAt: number): Uint8Array {
  const document = JSON.parse(Buffer.from(version(1, issuedAt).payload).toString()) as Record<string, unknown>
  delete document['Keyferry']
  return Buffer.from(JSON.stringify(document))
}
