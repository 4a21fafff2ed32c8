import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import { decodePayload } from '../../shared/core/payload.ts'
import { refreshTarget } from '../../shared/core/writer.ts'
import {
  HOUR,
  MINUTE,
  PLANTED,
  START,
  writingBed,
  type StoredVersion,
  type WritingBed,
} from './writing-bed.ts'

const unavailable = (code: 'SECRET_UNREADABLE' | 'SECRET_WRITE_FAILED' | 'EXCHANGE_FAILED'): KeyferryError =>
  new KeyferryError(code, 'The service did not answer in time.', { retryable: true })

describe('the first refresh', () => {
  it('mints once, stores what was minted, and reads it back by its number', async () => {
    const { target, ports, secret, aws, clock } = writingBed()
    expect(await refreshTarget(target, ports)).toEqual({
      target: 'app',
      outcome: 'refreshed',
      version: 1,
      expiration: '2026-11-23T19:00:00.000Z',
      key: '…0001',
      reason: 'the secret has no version yet',
    })
    expect(aws.mints).toBe(1)
    expect(secret.taken()).toEqual(['read latest', 'list', 'read 1', 'add', 'read 1'])
    const { provenance, credentials } = decodePayload(secret.at(1).payload, clock)
    expect(credentials.accountId).toBe('123456789012')
    expect(provenance).toMatchObject({
      roleArn: target.roleArn,
      issuedAt: new Date(START),
      refreshAfter: new Date(START + 20 * MINUTE),
    })
  })

  it('into a secret that does not exist mints nothing, and says how to create it', async () => {
    const { target, ports, secret, aws } = writingBed()
    secret.isMissing = true
    const { outcome, error } = await refreshTarget(target, ports)
    expect({ outcome, error }).toMatchObject({
      outcome: 'failed',
      error: { code: 'SECRET_NOT_FOUND', message: expect.stringContaining('gcloud secrets create') },
    })
    expect(aws.mints).toBe(0)
  })

  it('that was just made elsewhere is looked for from the newest listed number on, and without a list from 1 on', async () => {
    const { target, ports, secret, publish } = writingBed()
    for (let i = 0; i < 3; i++) publish()
    secret.latestLagMs = HOUR
    secret.taken()
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 3 })
    expect(secret.taken()).toEqual(['read latest', 'list', 'read 3', 'read 4', 'read 5', 'read 3'])
    secret.faults.list = unavailable('SECRET_UNREADABLE')
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 3 })
  })

  it('that was just made elsewhere is seen although `latest` does not know of it yet', async () => {
    const { target, ports, secret, aws } = writingBed()
    secret.latestLagMs = HOUR
    await refreshTarget(target, ports)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 1 })
    expect(aws.mints).toBe(1)
  })
})

describe('a later run', () => {
  it('mints and writes nothing while the newest version is young enough', async () => {
    const { target, ports, secret, aws, clock } = writingBed()
    await refreshTarget(target, ports)
    clock.advance(19 * MINUTE - 1)
    secret.taken()
    expect(await refreshTarget(target, ports)).toEqual({
      target: 'app',
      outcome: 'fresh',
      version: 1,
      expiration: '2026-11-23T19:00:00.000Z',
      key: '…0001',
      reason: 'due at 2026-11-23T18:19:00Z',
    })
    expect(secret.taken()).toEqual(['read latest'])
    expect(aws.mints).toBe(1)
  })

  it('mints from a minute before the refresh age on, as a schedule of the same period would come too early', async () => {
    const { target, ports, clock } = writingBed()
    await refreshTarget(target, ports)
    clock.advance(19 * MINUTE)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed', version: 2 })
  })

  it('allows a dense schedule only a quarter of its period', async () => {
    const { target, ports, clock } = writingBed({ everySeconds: 60 })
    await refreshTarget(target, ports)
    clock.advance(20 * MINUTE - 15_001)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh' })
    clock.advance(1)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed' })
  })

  it('does not believe the RefreshAfter in the payload', async () => {
    const { target, ports, publish, clock } = writingBed()
    publish({ refreshAfterSeconds: 3600 })
    clock.advance(20 * MINUTE)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed' })
  })

  it('follows a longer life that is configured now: what was made for a shorter one would not last', async () => {
    const { target, ports, publish } = writingBed()
    publish({ durationSeconds: 900 })
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed' })
  })

  it.each([
    ['a shorter life', { durationSeconds: 43_200 }, {}, 20],
    ['an earlier refresh', {}, { refreshAfterSeconds: 600 }, 10],
    ['a later refresh', {}, { refreshAfterSeconds: 1500 }, 25],
  ])('follows %s that is configured now', async (_, made, configured, minutes) => {
    const { target, ports, publish, clock } = writingBed(configured)
    publish(made)
    clock.advance((minutes - 1) * MINUTE - 1)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh' })
    clock.advance(1)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed' })
  })

  it('replaces at once what may do something else than is configured now', async () => {
    const { target, ports, publish } = writingBed({ policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] })
    publish({ policyArns: [] })
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'refreshed',
      reason: 'the credentials may do something else than is configured now',
    })
  })

  it('leaves alone what does the same but was made in another way, until it is due', async () => {
    const { target, ports, publish } = writingBed()
    publish({ audience: 'another', serviceAccount: 'other@demo.iam.gserviceaccount.com' })
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh' })
  })

  it('replaces a version whose key was reported as rejected, and only that', async () => {
    const { target, ports, publish, clock } = writingBed()
    const { accessKeyId } = decodePayload(publish().payload, clock).credentials
    expect(await refreshTarget(target, ports, { reject: 'ASIAOTHER' })).toMatchObject({
      outcome: 'fresh',
      reason: expect.stringContaining('; its key is not …THER') as string,
    })
    const { outcome, reason } = await refreshTarget(target, ports, { reject: accessKeyId })
    expect(outcome).toBe('refreshed')
    expect(reason).toBe(`the key …${accessKeyId.slice(-4)} was reported as rejected`)
  })

  it('replaces a newest version that was destroyed: readers of `latest` have nothing', async () => {
    const { target, ports, publish, secret } = writingBed()
    publish()
    publish()
    secret.at(2).state = 'DESTROYED'
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed', version: 3 })
  })

  it('never mints twice for one period, however far `latest` lags behind', async () => {
    const { target, ports, secret, aws, clock } = writingBed()
    secret.latestLagMs = 30 * MINUTE
    for (let run = 0; run < 24; run++) {
      expect(await refreshTarget(target, ports)).not.toMatchObject({ outcome: 'failed' })
      expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh' })
      clock.advance(5 * MINUTE)
    }
    expect(aws.mints).toBe(6)
  })
})

describe('the canary', () => {
  it('replaces credentials that AWS does not accept, and reports them as forged', async () => {
    const { target, ports, publish, aws, events } = writingBed()
    publish()
    aws.known.clear()
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'refreshed',
      version: 2,
      reason: 'AWS does not know its key as this role',
    })
    expect(events).toEqual([
      {
        type: 'forged',
        target: 'app',
        version: 1,
        error: expect.objectContaining({ code: 'SECRET_FORGED' }),
      },
    ])
  })

  it.each([
    ['another account', { accountId: '210987654321', arn: 'arn:aws:sts::210987654321:assumed-role/app/x' }],
    ['another role', { accountId: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/admin/x' }],
    ['a user', { accountId: '123456789012', arn: 'arn:aws:iam::123456789012:user/app/x' }],
  ])('replaces credentials that AWS knows as %s', async (_, identity) => {
    const { target, ports, publish, aws, events } = writingBed()
    publish()
    for (const key of aws.known.keys()) aws.known.set(key, identity)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed', version: 2 })
    expect(events[0]?.error.message).toContain(
      identity.accountId === '123456789012' ? identity.arn : identity.accountId,
    )
  })

  it('looks for an honest version by number, since `latest` has shown what it knows', async () => {
    const { target, ports, publish, aws, secret } = writingBed()
    publish()
    aws.known.clear()
    secret.taken()
    await refreshTarget(target, ports)
    expect(secret.taken()).toEqual(['read latest', 'read 2', 'read 3', 'read 1', 'add', 'read 2'])
  })

  it('needs nobody who listens', async () => {
    const { target, ports, publish, aws } = writingBed()
    publish()
    aws.faults.callerIdentity = new TypeError('boom')
    const { onEvent: _, ...deaf } = ports
    expect(await refreshTarget(target, deaf)).toMatchObject({ outcome: 'fresh' })
  })

  it.each([
    ['does not answer', new KeyferryError('IDENTITY_CHECK_FAILED', 'Time out.', { retryable: true })],
    ['cannot be asked', new KeyferryError('CONFIG_INVALID', 'No region.')],
    ['fails in some other way', new TypeError('boom')],
  ])('changes nothing where AWS %s', async (_, fault) => {
    const { target, ports, publish, aws, events } = writingBed()
    publish()
    aws.faults.callerIdentity = fault
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 1 })
    expect(events).toMatchObject([{ type: 'canary-unanswered', version: 1 }])
  })

  it('does not mint where an honest version is above the forged one that `latest` shows', async () => {
    const { target, ports, publish, aws, secret, clock } = writingBed()
    publish()
    aws.known.clear()
    clock.advance(MINUTE)
    publish()
    secret.latestLagMs = 30_000
    const mints = aws.mints
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 2 })
    expect(aws.mints).toBe(mints)
  })

  it('is not asked where a refresh is due anyway', async () => {
    const { target, ports, publish, aws, clock } = writingBed()
    publish()
    clock.advance(HOUR)
    await refreshTarget(target, ports)
    expect(aws.asked).toBe(0)
  })
})

describe('a secret that is not ours to write', () => {
  it.each([
    ['no JSON', 'AKIAIOSFODNN7EXAMPLE:secret'],
    [
      'credentials without provenance',
      JSON.stringify({
        Version: 1,
        AccessKeyId: 'ASIA1',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: '2026-11-23T18:30:00Z',
        AccountId: '123456789012',
      }),
    ],
    [
      'credentials that expired long ago',
      JSON.stringify({
        Version: 1,
        AccessKeyId: 'ASIA1',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: '2020-11-23T18:30:00Z',
        AccountId: '123456789012',
      }),
    ],
  ])('since it holds %s is left alone', async (_, payload) => {
    const { target, ports, secret, aws } = writingBed()
    secret.put(payload)
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      version: 1,
      error: { code: 'SECRET_NOT_OURS', retryable: false, message: expect.stringContaining('--force') },
    })
    expect(aws.mints).toBe(0)
    expect(await refreshTarget(target, ports, { force: true })).toMatchObject({
      outcome: 'refreshed',
      version: 2,
    })
  })

  it('since it claims to live until 2099 is left alone', async () => {
    const { target, ports, secret, publish } = writingBed()
    const text = new TextDecoder().decode(publish().payload).replaceAll('2026-11-23T19', '2099-11-23T19')
    secret.put(text)
    expect(await refreshTarget(target, ports)).toMatchObject({ error: { code: 'SECRET_NOT_OURS' } })
  })

  it('since another role lives in it is contended; once that has expired, it is taken', async () => {
    const { target, ports, publish, clock, aws } = writingBed()
    publish({ roleArn: 'arn:aws:iam::123456789012:role/other' })
    const mints = aws.mints
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      error: { code: 'SECRET_CONTENDED', message: expect.stringContaining('role/other') },
    })
    expect(aws.mints).toBe(mints)
    clock.advance(HOUR)
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed', version: 2 })
  })

  it('since its payload is damaged is left alone, with the error of the read', async () => {
    const { target, ports, publish, secret, aws } = writingBed()
    publish()
    secret.faults.read = new KeyferryError('SECRET_CORRUPT', 'The payload does not match its checksum.')
    expect(await refreshTarget(target, ports)).toMatchObject({ error: { code: 'SECRET_CORRUPT' } })
    expect(aws.mints).toBe(1)
  })
})

describe('the operator’s stop', () => {
  it('is a newest version that is disabled: nothing is minted until it is enabled again', async () => {
    const { target, ports, publish, secret, aws, clock } = writingBed()
    publish()
    secret.at(1).state = 'DISABLED'
    clock.advance(HOUR)
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'stopped',
      version: 1,
      error: { code: 'SECRET_STOPPED', message: expect.stringContaining('keyferry refresh app --force') },
    })
    expect(aws.mints).toBe(1)
    secret.at(1).state = 'ENABLED'
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed' })
  })

  it('yields to force, and stays yielded although `latest` still points at the disabled version', async () => {
    const { target, ports, publish, secret, clock } = writingBed()
    publish()
    secret.at(1).state = 'DISABLED'
    clock.advance(MINUTE)
    expect(await refreshTarget(target, ports, { force: true })).toMatchObject({
      outcome: 'refreshed',
      version: 2,
    })
    secret.latestLagMs = MINUTE
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 2 })
  })

  it('is not an older version that is disabled', async () => {
    const { target, ports, publish, secret } = writingBed()
    publish()
    publish()
    secret.at(1).state = 'DISABLED'
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'fresh', version: 2 })
  })
})

describe('a failure', () => {
  it.each([
    ['of reading', 'read', 'SECRET_UNREADABLE'],
    ['of storing', 'add', 'SECRET_WRITE_FAILED'],
  ] as const)('%s is a result that says whether to try again', async (_, act, code) => {
    const { target, ports, publish, secret, clock } = writingBed()
    publish()
    clock.advance(30 * MINUTE)
    secret.faults[act] = unavailable(code)
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      error: { code, retryable: true },
    })
    expect(secret.numbers('ENABLED')).toEqual([1])
  })

  it('of minting changes nothing in the secret', async () => {
    const { target, ports, publish, aws, secret, clock } = writingBed()
    publish()
    clock.advance(30 * MINUTE)
    aws.faults.mint = unavailable('EXCHANGE_FAILED')
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      error: { code: 'EXCHANGE_FAILED' },
    })
    expect(secret.calls).not.toContain('add')
  })

  it('to store what was minted says so, and which version stays current until when', async () => {
    const { target, ports, publish, secret, clock } = writingBed()
    publish()
    clock.advance(30 * MINUTE)
    secret.faults.add = unavailable('SECRET_WRITE_FAILED')
    const { error } = await refreshTarget(target, ports)
    expect(error?.message).toBe(
      'Credentials were minted, but are not stored. The service did not answer in time. ' +
        'Version 1 stays current until it expires at 2026-11-23T19:00:00.000Z.',
    )
  })

  it('to read back says that the version is stored', async () => {
    const { target, ports, secret } = writingBed()
    secret.faults.readBack = unavailable('SECRET_UNREADABLE')
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      version: 1,
      error: {
        code: 'SECRET_UNREADABLE',
        retryable: true,
        message: expect.stringContaining('was stored, but could not be read back'),
      },
    })
  })

  it('is a version that reads back as something else', async () => {
    const { target, ports, secret } = writingBed()
    const add = secret.add.bind(secret)
    secret.add = async (payload) => add(Uint8Array.from(payload, (byte, i) => (i === 9 ? byte ^ 1 : byte)))
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      version: 1,
      error: { code: 'SECRET_WRITE_FAILED' },
    })
  })

  it('is not a number that stays unknown because it was asked for before it existed', async () => {
    const { target, ports, publish, secret, clock } = writingBed()
    publish()
    clock.advance(30 * MINUTE)
    secret.notFoundLagMs = 15_000
    expect(await refreshTarget(target, ports)).toMatchObject({ outcome: 'refreshed', version: 2 })
  })

  it('is a version that reads back shorter than it was written', async () => {
    const { target, ports, secret } = writingBed()
    const add = secret.add.bind(secret)
    secret.add = async (payload) => add(payload.slice(0, -1))
    expect(await refreshTarget(target, ports)).toMatchObject({ error: { code: 'SECRET_WRITE_FAILED' } })
  })

  it('is a number that reads do not know, where the list knows it as disabled, or fails as well', async () => {
    for (const spoil of [
      (bed: WritingBed) => void (bed.secret.put('', 'DISABLED').version = 7),
      (bed: WritingBed) => void (bed.secret.faults.list = unavailable('SECRET_UNREADABLE')),
    ]) {
      const bed = writingBed()
      const { secret } = bed
      secret.add = async () => {
        spoil(bed)
        secret.read = () => Promise.reject(new KeyferryError('SECRET_NOT_FOUND', 'There is no version 7.'))
        return 7
      }
      expect(await refreshTarget(bed.target, bed.ports)).toMatchObject({
        outcome: 'failed',
        version: 7,
        error: { code: 'SECRET_NOT_FOUND' },
      })
    }
  })

  it('is a number that nothing knows after it was added', async () => {
    const { target, ports, secret, publish, clock } = writingBed()
    publish()
    clock.advance(30 * MINUTE)
    secret.add = async () => 7
    expect(await refreshTarget(target, ports)).toMatchObject({
      outcome: 'failed',
      version: 7,
      error: { code: 'SECRET_NOT_FOUND' },
    })
  })

  it.each([
    ['expired', { expiration: new Date(START - 1) }],
    ['that expire now', { expiration: new Date(START) }],
    ['of a long-term key', { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }],
    ['of another account', { accountId: '210987654321' }],
    ['without an end', { expiration: new Date(Number.NaN) }],
    ['without a session', { sessionToken: '' }],
  ])('to mint anything but what readers accept stores nothing: credentials %s', async (_, change) => {
    const { target, ports, secret, aws } = writingBed()
    const mint = async () => ({ ...aws.issue(target), ...change })
    const result = await refreshTarget(target, { ...ports, mint })
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'EXCHANGE_IMPLAUSIBLE' } })
    expect(secret.versions).toEqual([])
  })

  it('of an unknown kind is a result too', async () => {
    const { target, ports } = writingBed()
    const mint = async () => {
      throw new TypeError('undefined is not a function')
    }
    expect(await refreshTarget(target, { ...ports, mint })).toMatchObject({
      outcome: 'failed',
      error: { code: 'INTERNAL', message: expect.stringContaining('undefined is not a function') },
    })
  })
})

describe('a dry run', () => {
  it('says what would be done, and does nothing', async () => {
    const { target, ports, publish, secret, aws, clock } = writingBed()
    expect(await refreshTarget(target, ports, { dryRun: true })).toEqual({
      target: 'app',
      outcome: 'refreshed',
      dryRun: true,
      reason: 'the secret has no version yet',
    })
    publish()
    expect(await refreshTarget(target, ports, { dryRun: true })).toMatchObject({
      outcome: 'fresh',
      dryRun: true,
    })
    clock.advance(30 * MINUTE)
    expect(await refreshTarget(target, ports, { dryRun: true })).toMatchObject({
      outcome: 'refreshed',
      version: 1,
      expiration: '2026-11-23T19:00:00.000Z',
      reason: 'due since 2026-11-23T18:19:00Z',
    })
    expect(await refreshTarget(target, ports, { dryRun: true, force: true })).toMatchObject({
      reason: 'forced',
    })
    expect(secret.calls).not.toContain('add')
    expect(aws.mints).toBe(1)
  })
})

describe('whatever happens', () => {
  it('nothing is minted or written against a stop or over what is foreign without force, nothing that was there is touched, and no secret comes out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (history) => {
        const bed = writingBed()
        const { target, ports, secret, aws, events } = bed
        const out: unknown[] = []
        for (const step of history) {
          if (step.act !== 'run') {
            happen(step, bed)
            continue
          }
          bed.clock.advance(step.after * MINUTE)
          const before = secret.versions.map(({ version, state }) => ({ version, state }))
          const mintsBefore = aws.mints
          const mayMint = step.force || !isProtected(secret.versions.at(-1))
          const result = await refreshTarget(target, ports, { force: step.force })
          out.push(result)

          const written = secret.versions.slice(before.length)
          const mints = aws.mints - mintsBefore
          expect(secret.versions.slice(0, before.length)).toMatchObject(before)
          expect(mints).toBeLessThanOrEqual(mayMint && result.outcome !== 'fresh' ? 1 : 0)
          expect(written.length).toBeLessThanOrEqual(mints)
          expect(result.outcome !== 'refreshed' || result.version === written[0]?.version).toBe(true)
        }
        expect(JSON.stringify([out, events])).not.toMatch(new RegExp(PLANTED, 'i'))
      }),
      { numRuns: 300 },
    )
  })
})

type Step =
  | { act: 'run'; force: boolean; after: number }
  | { act: 'lag'; minutes: number }
  | { act: 'fail'; of: 'read' | 'add' | 'readBack' | 'mint' | 'callerIdentity' | 'nothing' }
  | { act: 'disable' | 'destroy' | 'enable' | 'publish' | 'forge' | 'write something else' | 'revoke' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ act: fc.constant('run' as const), force: fc.boolean(), after: fc.nat(40) }),
  fc.record({ act: fc.constant('lag' as const), minutes: fc.nat(60) }),
  fc.record({
    act: fc.constant('fail' as const),
    of: fc.constantFrom('read', 'add', 'readBack', 'mint', 'callerIdentity', 'nothing' as const),
  }),
  fc.record({
    act: fc.constantFrom(
      'disable',
      'destroy',
      'enable',
      'publish',
      'forge',
      'write something else',
      'revoke' as const,
    ),
  }),
)

function happen(step: Exclude<Step, { act: 'run' }>, { secret, aws, publish }: WritingBed): void {
  const newest = secret.versions.at(-1)
  switch (step.act) {
    case 'lag':
      secret.latestLagMs = step.minutes * MINUTE
      break
    case 'fail': {
      const fault = new Error(`${PLANTED}/Unknown0failure1with2forty3characters4or5more`)
      secret.faults = { [step.of]: fault }
      aws.faults = { [step.of]: fault }
      break
    }
    case 'publish':
      publish()
      break
    case 'forge':
      secret.put(new TextDecoder().decode(publish().payload).replace('ASIA', 'ASIAF'))
      break
    case 'write something else':
      secret.put(`static ${PLANTED}`)
      break
    case 'revoke':
      aws.known.clear()
      break
    default:
      if (newest && newest.state !== 'DESTROYED')
        newest.state = ({ disable: 'DISABLED', destroy: 'DESTROYED', enable: 'ENABLED' } as const)[step.act]
  }
}

function isProtected(newest: StoredVersion | undefined): boolean {
  const isForeign =
    newest?.state === 'ENABLED' && new TextDecoder().decode(newest.payload).startsWith('static')
  return newest?.state === 'DISABLED' || isForeign
}
