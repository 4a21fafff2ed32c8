import { describe, expect, it } from 'vitest'
import { decodePayload, type StoredCredentials } from '../../shared/core/payload.ts'
import { expectation, isUsable, readVersion } from '../../shared/core/version-reading.ts'
import { EXCHANGE } from '../bed/credentials.ts'
import { fakeSecret, type FakeSecret } from '../bed/fake-secret.ts'
import { HOUR, SECOND, virtualClock, type VirtualClock } from '../bed/virtual-clock.ts'

const SECRET = 'projects/demo/secrets/aws-app'
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/other'
const OTHER_ACCOUNT = '999999999999'

function bed(): { clock: VirtualClock; secret: FakeSecret } {
  const clock = virtualClock()
  return { clock, secret: fakeSecret(clock) }
}

/** What a version holds whose credentials were made by `exchange`. */
async function stored(exchange = EXCHANGE): Promise<StoredCredentials> {
  const { clock, secret } = bed()
  const { payload } = await secret.read(secret.refresh({ exchange }))
  return decodePayload(payload, clock)
}

/** The same, without a word of who wrote it. */
async function plain(accountId = '123456789012'): Promise<StoredCredentials> {
  const { credentials } = await stored()
  return { credentials: { ...credentials, accountId } }
}

describe('a version', () => {
  it('is of use until five seconds before its credentials expire', async () => {
    const { clock, secret } = bed()
    secret.refresh()
    clock.advance(HOUR - 5 * SECOND - 1)
    expect(isUsable(await readVersion(secret, 1, { clock }))).toBe(true)
    clock.advance(1)
    const reading = await readVersion(secret, 1, { clock })
    expect(isUsable(reading)).toBe(false)
    expect(reading?.problem?.code).toBe('CREDENTIALS_EXPIRED')
  })

  it('is not to blame where the reader itself fails', async () => {
    const { clock, secret } = bed()
    secret.refresh()
    const refuse = (): never => {
      throw new TypeError('a mistake of ours')
    }
    await expect(readVersion(secret, 1, { clock, refuse })).rejects.toThrow('a mistake of ours')
  })
})

describe('who says in "exchange" what to expect', () => {
  it('takes what may do the same, however it was made', async () => {
    const { refuse } = expectation(SECRET, EXCHANGE)
    expect(refuse(await stored(), 3)).toBeUndefined()
    expect(refuse(await stored({ ...EXCHANGE, durationSeconds: 900 }), 3)).toBeUndefined()
  })

  it('refuses what may do something else, with both roles, and with what to make agree', async () => {
    const error = expectation(SECRET, EXCHANGE).refuse(await stored({ ...EXCHANGE, roleArn: OTHER_ROLE }), 3)
    expect(error).toMatchObject({ code: 'SECRET_OTHER_GRANT', resource: SECRET })
    for (const part of [`Version 3 of ${SECRET}`, OTHER_ROLE, EXCHANGE.roleArn]) {
      expect(error?.message).toContain(part)
    }
  })

  it('refuses what does not say what it may do', async () => {
    expect(expectation(SECRET, EXCHANGE).refuse(await plain(), 3)).toMatchObject({
      code: 'SECRET_NOT_OURS',
      resource: SECRET,
      message: expect.stringContaining(`Version 3 of ${SECRET} was not written by Keyferry`),
    })
  })

  it('does not come to expect something else by what was taken', async () => {
    const { refuse, pin } = expectation(SECRET, EXCHANGE)
    const other = await stored({ ...EXCHANGE, roleArn: OTHER_ROLE })
    pin(other)
    expect(refuse(other, 3)?.code).toBe('SECRET_OTHER_GRANT')
    expect(refuse(await stored(), 3)).toBeUndefined()
  })
})

describe('who does not say what to expect', () => {
  it('takes anything at first', async () => {
    const { refuse } = expectation(SECRET, undefined)
    expect(refuse(await stored(), 1)).toBeUndefined()
    expect(refuse(await plain(), 1)).toBeUndefined()
  })

  it('stays with the role that it took first, whatever else that role may do by then', async () => {
    const { refuse, pin } = expectation(SECRET, undefined)
    pin(await stored())
    expect(refuse(await stored({ ...EXCHANGE, sessionName: 'named' }), 2)).toBeUndefined()
    const error = refuse(await stored({ ...EXCHANGE, roleArn: OTHER_ROLE }), 2)
    expect(error).toMatchObject({ code: 'SECRET_OTHER_GRANT', resource: SECRET })
    expect(error?.message).toContain(
      `is of ${OTHER_ROLE}; this process began with ${EXCHANGE.roleArn}. Restart`,
    )
  })

  it('takes nothing of another account, whatever role that says it is of', async () => {
    const { refuse, pin } = expectation(SECRET, undefined)
    const taken = await stored()
    pin(taken)
    const elsewhere = { ...taken, credentials: { ...taken.credentials, accountId: OTHER_ACCOUNT } }
    expect(refuse(elsewhere, 2)?.code).toBe('SECRET_OTHER_GRANT')
  })

  it('does not go on with what names no role, once it knows one', async () => {
    const { refuse, pin } = expectation(SECRET, undefined)
    pin(await stored())
    expect(refuse(await plain(), 2)?.message).toContain('is of account 123456789012; this process began with')
  })

  it('knows an account where it knows no role, and takes a role of it', async () => {
    const { refuse, pin } = expectation(SECRET, undefined)
    pin(await plain())
    expect(refuse(await plain(), 2)).toBeUndefined()
    expect(refuse(await stored(), 2)).toBeUndefined()
    expect(refuse(await plain(OTHER_ACCOUNT), 2)?.message).toContain(
      `is of account ${OTHER_ACCOUNT}; this process began with account 123456789012. Restart`,
    )
  })

  it('keeps the role in mind that it knows, when it takes what names none', async () => {
    const { refuse, pin } = expectation(SECRET, undefined)
    pin(await stored())
    pin(await plain())
    expect(refuse(await stored({ ...EXCHANGE, roleArn: OTHER_ROLE }), 2)?.code).toBe('SECRET_OTHER_GRANT')
    expect(refuse(await stored(), 2)).toBeUndefined()
  })
})
