import { describe, expect, it } from 'vitest'
import type { Held } from '../../shared/core/credential-source.ts'
import { KeyferryError } from '../../shared/core/errors.ts'
import {
  mintAndPublish,
  type Minted,
  type MintAndPublishOptions,
} from '../../shared/core/mint-and-publish.ts'
import { decodePayload, type Provenance } from '../../shared/core/payload.ts'
import type { SessionCredentials } from '../../shared/core/ports.ts'
import { ACCOUNT, credentialsOf, EXCHANGE, keyOf } from '../bed/credentials.ts'
import { fakeSecret, type FakeSecret } from '../bed/fake-secret.ts'
import { HOUR, MINUTE, SECOND, virtualClock, type VirtualClock } from '../bed/virtual-clock.ts'

interface Bed {
  clock: VirtualClock
  secret: FakeSecret
  told: { level: string; type: string; [fact: string]: unknown }[]
  steps: string[]
  patience: number[]
  mint(over?: Provenance, held?: Held<SessionCredentials>): Promise<Minted>
  /** What a version says of itself that was issued now and is replaced after so much. */
  over(intervalMs: number): Provenance
}

/** Mints number 1, of an hour, with `change`; takes three seconds for it. */
function bed(
  change: Partial<Record<keyof SessionCredentials, unknown>> = {},
  options: Partial<MintAndPublishOptions> = {},
): Bed {
  const clock = virtualClock()
  const secret = fakeSecret(clock)
  const made: Bed = {
    clock,
    secret,
    told: [],
    steps: [],
    patience: [],
    mint: (over, held) =>
      mintAndPublish(
        {
          exchange: EXCHANGE,
          mint: async () => {
            made.steps.push('mint')
            clock.advance(3 * SECOND)
            return { ...credentialsOf(1, clock.now() + HOUR), ...change } as SessionCredentials
          },
          secrets: secret,
          clock,
          tell: (level, event) => void made.told.push({ level, ...event }),
          settlesWithin: async (work, ms) => {
            made.patience.push(ms)
            await work
            return true
          },
          ...options,
        },
        { held, mints: () => void made.steps.push('said') },
        over,
      ),
    over: (intervalMs) => ({
      roleArn: EXCHANGE.roleArn,
      issuedAt: new Date(clock.now()),
      refreshAfter: new Date(clock.now() + intervalMs),
      grant: 'grant',
      source: 'source',
    }),
  }
  return made
}

function heldOf(serial: number, expiresAt: number, suspect: boolean): Held<SessionCredentials> {
  const credentials = credentialsOf(serial, expiresAt)
  const provenance = { issuedAt: new Date(expiresAt - HOUR), refreshAfter: new Date(expiresAt) }
  const about = { since: 0, expiresAt, suspect, origin: 'secret' as const }
  return { credentials, provenance, promise: Promise.resolve(credentials), ...about }
}

describe('what is minted', () => {
  it('is announced, minted, described by AWS’s clock, and told with the time that it took', async () => {
    const { clock, mint, steps, told } = bed({ accountId: undefined })
    const { loaded, mayPublish } = await mint()
    const now = clock.now()
    expect(steps).toEqual(['said', 'mint'])
    expect(loaded).toEqual({
      credentials: { ...credentialsOf(1, now + HOUR), accountId: ACCOUNT },
      origin: 'exchange',
      provenance: { issuedAt: new Date(now), refreshAfter: new Date(now + 20 * MINUTE) },
    })
    expect(mayPublish).toBe(true)
    expect(told).toMatchObject([{ level: 'info', type: 'minted', tookMs: 3_000 }])
  })

  it('says itself which account it is of, and was never issued in the future', async () => {
    const { clock, mint } = bed({ accountId: '999999999999', expiration: new Date(Date.UTC(2027, 0)) })
    const { loaded } = await mint()
    expect(loaded.credentials.accountId).toBe('999999999999')
    expect(loaded.provenance?.issuedAt).toEqual(new Date(clock.now()))
  })

  it.each([
    [10 * MINUTE, 10],
    [HOUR - 1, 60],
    [HOUR, 20],
    [2 * HOUR, 20],
  ])(
    'is to be replaced in the rhythm of the version before it, where that fits: %i ms',
    async (interval, minutes) => {
      const { clock, mint, over } = bed()
      const { loaded } = await mint(over(interval))
      const afterMs = (loaded.provenance?.refreshAfter.getTime() ?? 0) - clock.now()
      expect(Math.ceil(afterMs / MINUTE)).toBe(minutes)
    },
  )

  it.each([
    ['without a key', { accessKeyId: '' }, 'is no whole session credential'],
    ['without a secret', { secretAccessKey: '' }, 'is no whole session credential'],
    ['without an expiration', { expiration: undefined }, 'is no whole session credential'],
    ['that has expired', { expiration: new Date(0) }, 'expired at 1970-01-01T00:00:00.000Z'],
  ])('is refused where it is one %s', async (_, change, doubt) => {
    const { secret, mint, over, told } = bed(change)
    const minting = mint(over(MINUTE))
    await expect(minting).rejects.toMatchObject({
      code: 'EXCHANGE_IMPLAUSIBLE',
      resource: EXCHANGE.roleArn,
      message: expect.stringContaining(doubt),
    })
    expect([secret.added, told]).toEqual([[], []])
  })

  it('is refused where it is no newer than what is held, unless AWS refuses that and this is another key', async () => {
    const outcome = async (serial: number, suspect: boolean, laterMs = 0): Promise<string> => {
      const { clock, mint } = bed()
      const held = heldOf(serial, clock.now() + 3 * SECOND + HOUR + laterMs, suspect)
      return mint(undefined, held).then(
        () => 'held',
        (error: KeyferryError) => error.message,
      )
    }
    expect(await outcome(2, false, -SECOND)).toBe('held')
    expect(await outcome(2, false)).toContain('is no newer than what is held')
    expect(await outcome(2, true)).toBe('held')
    expect(await outcome(1, true)).toContain('is no newer than what is held')
  })
})

describe('what is published', () => {
  it('is what is held, with the number of its version, which is told', async () => {
    const { clock, secret, mint, over, told, patience } = bed()
    secret.refresh()
    const { loaded, mayPublish } = await mint(over(10 * MINUTE))
    expect(mayPublish).toBe(true)
    expect(loaded.version).toBe(2)
    const { credentials, provenance } = decodePayload((await secret.read(2)).payload, clock)
    expect(credentials.accessKeyId).toBe(keyOf(1))
    expect(provenance?.refreshAfter).toEqual(loaded.provenance?.refreshAfter)
    expect(told.map(({ level, type, version }) => [level, type, version])).toEqual([
      ['info', 'minted', undefined],
      ['info', 'published', 2],
    ])
    expect(patience).toEqual([3_000])
  })

  it('is nothing that readers would refuse', async () => {
    const { secret, mint, over, told } = bed({ accessKeyId: 'AKIAEXAMPLEEXAMPLE01' })
    const { loaded, mayPublish } = await mint(over(MINUTE))
    expect(loaded.version).toBeUndefined()
    expect([mayPublish, secret.added]).toEqual([true, []])
    expect(told[1]).toMatchObject({
      level: 'error',
      type: 'publish-failed',
      reason: 'SECRET_IMPLAUSIBLE',
    })
  })

  it.each([
    ['SECRET_DENIED', false, 'error', false],
    ['SECRET_WRITE_FAILED', true, 'warning', true],
    ['SECRET_NOT_FOUND', false, 'error', true],
  ] as const)('does not matter to who minted it: %s', async (code, retryable, level, mayPublish) => {
    const { secret, mint, over, told } = bed()
    secret.addFault = () => {
      throw new KeyferryError(code, 'No.', { retryable })
    }
    const minted = await mint(over(MINUTE))
    expect(minted.mayPublish).toBe(mayPublish)
    expect(minted.loaded.version).toBeUndefined()
    expect(told[1]).toMatchObject({ level, type: 'publish-failed', reason: code })
  })

  it('is not waited for longer than three seconds', async () => {
    const { mint, over, told } = bed({}, { settlesWithin: async () => false })
    const { loaded, mayPublish } = await mint(over(MINUTE))
    expect(loaded.version).toBeUndefined()
    expect(mayPublish).toBe(true)
    expect(told[1]).toMatchObject({
      level: 'warning',
      type: 'publish-failed',
      reason: 'SECRET_WRITE_FAILED',
    })
  })
})
