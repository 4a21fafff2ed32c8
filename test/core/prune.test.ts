import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { pruneTarget } from '../../shared/core/prune.ts'
import { refreshTarget } from '../../shared/core/writer.ts'
import { HOUR, MINUTE, PLANTED, writingBed, type WritingBed } from './writing-bed.ts'

/** A version every 20 minutes, as the defaults write them. */
function schedule({ publish, clock }: WritingBed, versions: number, everyMs = 20 * MINUTE): void {
  for (let i = 0; i < versions; i++) {
    if (i > 0) clock.advance(everyMs)
    publish()
  }
}

describe('pruning', () => {
  it('destroys what is ours and expired, and reads nothing else', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    expect(await pruneTarget(bed.target, bed.ports, { current: 6 })).toEqual({
      target: 'app',
      destroyed: [3, 2, 1],
    })
    expect(bed.secret.numbers('ENABLED')).toEqual([4, 5, 6])
    expect(bed.secret.taken()).toEqual([
      'list',
      'read 3',
      'destroy 3',
      'read 2',
      'destroy 2',
      'read 1',
      'destroy 1',
    ])
  })

  it('costs one listing where nothing can be dead', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    await pruneTarget(bed.target, bed.ports, { current: 6 })
    bed.clock.advance(5 * MINUTE)
    bed.secret.taken()
    expect(await pruneTarget(bed.target, bed.ports, { current: 6 })).toEqual({ target: 'app', destroyed: [] })
    expect(bed.secret.taken()).toEqual(['list'])
  })

  it('costs nothing where there are no more than are always kept, and one listing where none is old enough', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    bed.secret.taken()
    await pruneTarget(bed.target, bed.ports, { current: 2 })
    expect(bed.secret.taken()).toEqual([])
    const young = writingBed()
    schedule(young, 3)
    young.secret.taken()
    expect(await pruneTarget(young.target, young.ports)).toEqual({ target: 'app', destroyed: [] })
    expect(young.secret.taken()).toEqual(['list'])
  })

  it('goes by the numbers, in whatever order they are listed', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    const listed = await bed.secret.list()
    bed.secret.list = async () => listed.toReversed()
    expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [3, 2, 1] })
  })

  it('keeps at most four versions at the default schedule, day in, day out', async () => {
    const { target, ports, secret, clock } = writingBed()
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const { version } = await refreshTarget(target, ports)
      await pruneTarget(target, ports, { current: version })
      expect(secret.numbers('ENABLED').length).toBeLessThanOrEqual(4)
      clock.advance(5 * MINUTE)
    }
    expect(secret.versions.length).toBe(72)
  })

  it('never destroys the two newest, however dead they are', async () => {
    const bed = writingBed()
    schedule(bed, 4)
    bed.clock.advance(48 * HOUR)
    expect(await pruneTarget(bed.target, bed.ports)).toEqual({ target: 'app', destroyed: [2, 1] })
    expect(await pruneTarget(bed.target, bed.ports)).toEqual({ target: 'app', destroyed: [] })
  })

  it('counts only what still exists among the newest', async () => {
    const bed = writingBed()
    schedule(bed, 4)
    bed.clock.advance(48 * HOUR)
    bed.secret.at(4).state = 'DESTROYED'
    expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [1] })
  })

  it('counts nothing that is destroyed, nor destroys it again, where that is listed too', async () => {
    const bed = writingBed()
    schedule(bed, 5)
    bed.clock.advance(48 * HOUR)
    const listed = await bed.secret.list()
    bed.secret.at(5).state = 'DESTROYED'
    bed.secret.at(1).state = 'DESTROYED'
    bed.secret.list = async () =>
      listed.map((record) => ({ ...record, state: bed.secret.at(record.version).state }))
    expect(await pruneTarget(bed.target, bed.ports, { current: 5 })).toMatchObject({ destroyed: [2] })
    expect(bed.secret.calls).not.toContain('destroy 1')
  })

  it('destroys a live version that was superseded over two hours ago, but for the three newest', async () => {
    const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    schedule(bed, 8, HOUR)
    expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [5, 4, 3, 2, 1] })
    expect(bed.secret.numbers('ENABLED')).toEqual([6, 7, 8])
  })

  it('keeps what was made for a longer life until it was superseded for two hours, and is the fourth', async () => {
    const bed = writingBed()
    bed.publish({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    schedule(bed, 2, 0)
    bed.clock.advance(2 * HOUR)
    expect(await pruneTarget(bed.target, bed.ports, { current: 3 })).toMatchObject({ destroyed: [] })
    bed.publish()
    bed.clock.advance(-1)
    const dead = async (): Promise<readonly number[]> =>
      (await pruneTarget(bed.target, bed.ports, { current: 4, dryRun: true })).destroyed
    expect(await dead()).toEqual([2])
    bed.clock.advance(1)
    expect(await dead()).toEqual([2, 1])
  })

  it('keeps what lives and is not below the version that is in use', async () => {
    const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    schedule(bed, 8, HOUR)
    expect(await pruneTarget(bed.target, bed.ports, { current: 3 })).toMatchObject({ destroyed: [2, 1] })
  })

  it.each([
    ['another role’s', (bed: WritingBed) => bed.publish({ roleArn: 'arn:aws:iam::123456789012:role/other' })],
    [
      'nobody’s',
      (bed: WritingBed) => {
        const { Keyferry: _, ...plain } = JSON.parse(new TextDecoder().decode(bed.publish().payload)) as {
          Keyferry: unknown
        }
        bed.secret.put(JSON.stringify(plain))
      },
    ],
  ])('keeps what lives where the newest version is %s', async (_, put) => {
    const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    schedule(bed, 6, HOUR)
    put(bed)
    expect(await pruneTarget(bed.target, bed.ports)).toEqual({ target: 'app', destroyed: [] })
  })

  it('keeps a live version where nothing live is above it', async () => {
    const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    schedule(bed, 3, HOUR)
    for (let i = 0; i < 4; i++) bed.publish({ durationSeconds: 900, refreshAfterSeconds: 300 })
    bed.clock.advance(4 * HOUR)
    expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [4] })
  })

  it('never destroys what it did not write: static keys, damaged documents, long-term keys', async () => {
    const bed = writingBed()
    bed.secret.put(`static ${PLANTED}`)
    bed.secret.put('{"Version":1}')
    bed.secret.put(new TextDecoder().decode(bed.publish().payload).replace('ASIA', 'AKIA'))
    schedule(bed, 6)
    bed.clock.advance(24 * HOUR)
    await pruneTarget(bed.target, bed.ports)
    expect(bed.secret.numbers('ENABLED')).toEqual([1, 2, 4, 9, 10])
  })

  it('destroys another role’s expired version, but no live one', async () => {
    const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
    const roleArn = 'arn:aws:iam::123456789012:role/other'
    bed.publish({ roleArn, durationSeconds: 900, refreshAfterSeconds: 300 })
    bed.publish({ roleArn })
    schedule(bed, 3, HOUR)
    bed.clock.advance(2 * HOUR)
    expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [1] })
  })

  describe('of versions that are disabled, which nobody can read', () => {
    it('waits until nothing of ours could still be alive: twelve hours', async () => {
      const bed = writingBed()
      schedule(bed, 1)
      bed.secret.at(1).state = 'DISABLED'
      bed.clock.advance(12 * HOUR - 1)
      schedule(bed, 2, 0)
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [] })
      bed.clock.advance(1)
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [1] })
    })

    it('leaves the two newest, which nobody may count among the dead', async () => {
      const bed = writingBed()
      schedule(bed, 1)
      bed.secret.at(1).state = 'DISABLED'
      bed.clock.advance(13 * HOUR)
      bed.publish()
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [] })
    })

    it('waits until all else that is old was read, and reads none of them', async () => {
      const bed = writingBed()
      schedule(bed, 4)
      bed.secret.at(1).state = 'DISABLED'
      bed.clock.advance(24 * HOUR)
      schedule(bed, 2)
      bed.secret.taken()
      expect(await pruneTarget(bed.target, bed.ports, { limit: 3, dryRun: true })).toMatchObject({
        destroyed: [4, 3, 2],
      })
      expect(await pruneTarget(bed.target, bed.ports, { limit: 4 })).toMatchObject({
        destroyed: [4, 3, 2, 1],
      })
      expect(bed.secret.calls).not.toContain('read 1')
    })

    it('does not mind what was destroyed, disabled or lost since it was listed', async () => {
      const bed = writingBed()
      schedule(bed, 5)
      bed.secret.at(1).state = 'DISABLED'
      bed.clock.advance(24 * HOUR)
      schedule(bed, 2)
      const listed = await bed.secret.list()
      bed.secret.list = async () => listed
      bed.secret.at(4).state = 'DESTROYED'
      bed.secret.at(3).state = 'DISABLED'
      bed.secret.versions.splice(1, 1)
      expect(await pruneTarget(bed.target, bed.ports)).toEqual({ target: 'app', destroyed: [5, 1] })
    })

    it('leaves them where the secret also holds what is not ours: they may be a key that somebody keeps', async () => {
      const bed = writingBed()
      bed.secret.put(`static ${PLANTED}`, 'DISABLED')
      bed.secret.put(`static ${PLANTED}`)
      bed.clock.advance(24 * HOUR)
      schedule(bed, 3)
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [] })
    })

    it('leaves them where the newest version is not in use', async () => {
      const bed = writingBed()
      schedule(bed, 3)
      bed.secret.at(1).state = 'DISABLED'
      bed.clock.advance(24 * HOUR)
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [] })
    })

    it('leaves them where they are scheduled for destruction already', async () => {
      const bed = writingBed()
      schedule(bed, 3)
      Object.assign(bed.secret.at(1), { state: 'DISABLED', destroyAt: new Date(bed.clock.now() + 24 * HOUR) })
      bed.clock.advance(13 * HOUR)
      bed.publish()
      bed.publish()
      expect(await pruneTarget(bed.target, bed.ports)).toMatchObject({ destroyed: [3, 2] })
      expect(bed.secret.calls).not.toContain('destroy 1')
    })
  })

  it('in a dry run says what would go, and destroys nothing', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    expect(await pruneTarget(bed.target, bed.ports, { dryRun: true })).toEqual({
      target: 'app',
      destroyed: [3, 2, 1],
      dryRun: true,
    })
    expect(bed.secret.numbers('ENABLED')).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('is bounded in one run, and gets through a backlog in several', async () => {
    const bed = writingBed()
    schedule(bed, 63)
    for (const left of [38, 13, 3, 3]) {
      await pruneTarget(bed.target, bed.ports, { current: 63 })
      expect(bed.secret.numbers('ENABLED')).toHaveLength(left)
    }
  })

  it.each([
    ['list', [], 'SECRET_DENIED'],
    ['read', [], 'SECRET_UNREADABLE'],
    ['destroy', [], 'SECRET_WRITE_FAILED'],
  ] as const)('that cannot %s is a result with the failure', async (act, destroyed, code) => {
    const bed = writingBed()
    schedule(bed, 6)
    bed.secret.faults[act] = new KeyferryError(code, 'No.')
    expect(await pruneTarget(bed.target, bed.ports, { current: 6 })).toEqual({
      target: 'app',
      destroyed,
      error: { code, message: 'No.', retryable: false },
    })
  })

  it('steps over a version that was destroyed or disabled since it was listed', async () => {
    const bed = writingBed()
    schedule(bed, 6)
    const listed = await bed.secret.list()
    bed.secret.at(3).state = 'DESTROYED'
    bed.secret.at(2).state = 'DISABLED'
    bed.secret.list = async () => listed
    expect(await pruneTarget(bed.target, bed.ports, { current: 6 })).toMatchObject({ destroyed: [1] })
  })

  it('of any history leaves the two newest, everything foreign and, where the newest is in use, three that are alive', async () => {
    const anyVersion = fc.record({
      kind: fc.constantFrom('ours', 'short', 'foreign', 'disabled', 'destroyed' as const),
      laterMs: fc.nat(6 * HOUR),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyVersion, { maxLength: 20 }), fc.nat(24), async (history, hours) => {
        const bed = writingBed({ durationSeconds: 43_200, refreshAfterSeconds: 3600 })
        const { secret, clock, target } = bed
        for (const { kind, laterMs } of history) {
          if (kind === 'foreign') secret.put(`static ${PLANTED}`)
          else bed.publish(kind === 'short' ? { durationSeconds: 900, refreshAfterSeconds: 300 } : {})
          const newest = secret.versions.at(-1)
          if (newest && kind === 'disabled') newest.state = 'DISABLED'
          if (newest && kind === 'destroyed') newest.state = 'DESTROYED'
          clock.advance(laterMs)
        }
        clock.advance(hours * HOUR)
        const existing = secret.versions
          .filter(({ state }) => state !== 'DESTROYED')
          .map(({ version }) => version)
        const { destroyed, error } = await pruneTarget(target, bed.ports, { limit: 100 })
        expect(error).toBeUndefined()
        expect(existing.slice(-2).some((version) => destroyed.includes(version))).toBe(false)
        expect(destroyed.every((version) => existing.includes(version))).toBe(true)
        expect(destroyed.some((version) => history[version - 1]?.kind === 'foreign')).toBe(false)
      }),
    )
  })
})
