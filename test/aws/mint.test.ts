import { describe, expect, it } from 'vitest'
import { webIdentityMint, type WebIdentityMintOptions } from '../../shared/aws/mint.ts'
import { stsRefused, stsUnanswered } from '../../shared/aws/sts-errors.ts'
import type { AssumeRoleRequest } from '../../shared/aws/sts-official.ts'
import type { AssumedRole, SessionCredentials, WebIdentityRequest } from '../../shared/core/ports.ts'

const NOW = Date.UTC(2026, 10, 23, 18)
const ROLE = 'arn:aws:iam::123456789012:role/team/app'
const MIDDLE = 'arn:aws:iam::123456789012:role/middle'
const LAST = 'arn:aws:iam::210987654321:role/deep/last'
const attempt = { act: 'AssumeRoleWithWebIdentity', region: 'eu-central-1', roleArn: ROLE } as const

const refusal = (code: string, status = 400, message = ''): Error =>
  stsRefused(attempt, { code, status, message })
const broken = (code = 'ECONNRESET'): Error =>
  stsUnanswered(attempt, Object.assign(new Error('broken'), { code }))

function assumed(roleArn: string, seconds = 3_600): AssumedRole {
  const [, , , , accountId = '', path = ''] = roleArn.split(':')
  const name = path.split('/').at(-1)
  return {
    credentials: {
      accessKeyId: `ASIA${name}`,
      secretAccessKey: 'k',
      sessionToken: 't',
      expiration: new Date(NOW + seconds * 1_000),
      accountId,
    },
    assumedRoleArn: `arn:aws:sts::${accountId}:assumed-role/${name}/session`,
  }
}

/** An STS that gives each of `answers` in turn, the last one for ever, and a source of numbered or given ID tokens. */
function subject(
  answers: readonly (Error | AssumedRole)[],
  { tokens, exchange, ...options }: Partial<WebIdentityMintOptions> & { tokens?: readonly string[] } = {},
) {
  const requests: WebIdentityRequest[] = []
  const hops: (AssumeRoleRequest & { by: SessionCredentials })[] = []
  const hopAnswers: (Error | AssumedRole)[] = []
  const audiences: string[] = []
  const waits: number[] = []
  const mint = webIdentityMint({
    exchange: { roleArn: ROLE, ...exchange },
    identity: {
      async idToken(audience) {
        audiences.push(audience)
        return tokens?.[audiences.length - 1] ?? tokens?.at(-1) ?? `token-${audiences.length}`
      },
    },
    sts: {
      async assumeRoleWithWebIdentity(request) {
        requests.push(request)
        const answer = answers[Math.min(requests.length, answers.length) - 1] as Error | AssumedRole
        if (answer instanceof Error) throw answer
        return answer
      },
      async assumeRole(by, request) {
        hops.push({ ...request, by })
        const answer = hopAnswers.shift() ?? assumed(request.roleArn)
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    sessionName: 'derived',
    clock: { now: () => NOW },
    sleep: async (ms) => void waits.push(ms),
    random: () => 0.5,
    ...options,
  })
  return { mint, requests, hops, hopAnswers, audiences, waits }
}

describe('a mint', () => {
  it('trades one ID token for credentials of the role', async () => {
    const { mint, requests, audiences } = subject([assumed(ROLE)])
    expect(await mint()).toEqual(assumed(ROLE).credentials)
    expect(audiences).toEqual(['sts.amazonaws.com'])
    expect(requests).toEqual([
      { roleArn: ROLE, sessionName: 'derived', idToken: 'token-1', durationSeconds: 3_600 },
    ])
  })

  it('passes on what the exchange says', async () => {
    const exchange = {
      roleArn: ROLE,
      audience: 'https://ferry.example',
      durationSeconds: 900,
      sessionName: 'mine',
      policy: '{}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    }
    const { mint, requests, audiences } = subject([assumed(ROLE, 900)], { exchange })
    await mint()
    expect(audiences).toEqual(['https://ferry.example'])
    const { audience: _, ...sent } = exchange
    expect(requests).toEqual([{ ...sent, idToken: 'token-1' }])
  })

  it('checks what came back', async () => {
    await expect(subject([assumed(LAST)]).mint()).rejects.toMatchObject({ code: 'EXCHANGE_IMPLAUSIBLE' })
  })

  it('is refused for an exchange that cannot work before anything is called', () => {
    expect(() => subject([], { exchange: { roleArn: 'app', durationSeconds: 1 } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
    const chain = { roleArn: ROLE, chain: [{ roleArn: LAST }] }
    expect(() =>
      subject([], {
        exchange: chain,
        sts: { assumeRoleWithWebIdentity: () => Promise.reject(new Error('no')) },
      }),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

describe('a mint that fails', () => {
  it.each([
    ['a broken connection', broken()],
    ['a 503', refusal('ServiceUnavailable', 503)],
    ['a communication error with Google', refusal('IDPCommunicationError')],
  ])('is tried again after %s, three times at most, with the same token', async (_, error) => {
    const passing = subject([error, error, assumed(ROLE)])
    await passing.mint()
    expect(passing.waits).toEqual([50, 100])
    expect(new Set(passing.requests.map(({ idToken }) => idToken)).size).toBe(1)
    const failing = subject([error])
    await expect(failing.mint()).rejects.toBe(error)
    expect([failing.requests.length, failing.audiences.length]).toEqual([3, 1])
  })

  it('waits longer when AWS throttles', async () => {
    const { mint, waits } = subject([refusal('Throttling'), refusal('Throttling'), assumed(ROLE)])
    await mint()
    expect(waits).toEqual([250, 500])
  })

  it('is given two deadlines, no more', async () => {
    const { mint, requests } = subject([broken('ETIMEDOUT')])
    await expect(mint()).rejects.toMatchObject({ code: 'EXCHANGE_FAILED' })
    expect(requests).toHaveLength(2)
  })

  it('tries an invalid token twice more, freshly fetched each time, even if it is the same', async () => {
    const invalid = refusal('InvalidIdentityToken')
    const { mint, requests, audiences } = subject([invalid], { tokens: ['cached'] })
    await expect(mint()).rejects.toBe(invalid)
    expect([requests.length, audiences.length]).toEqual([3, 3])
    const passing = subject([invalid, invalid, assumed(ROLE)])
    await passing.mint()
    expect(passing.requests.map(({ idToken }) => idToken)).toEqual(['token-1', 'token-2', 'token-3'])
  })

  it('tries an expired token once more, with another one', async () => {
    const expired = refusal('ExpiredTokenException')
    const passing = subject([expired, assumed(ROLE)])
    await passing.mint()
    expect(passing.requests.map(({ idToken }) => idToken)).toEqual(['token-1', 'token-2'])
    const failing = subject([expired])
    await expect(failing.mint()).rejects.toBe(expired)
    expect(failing.requests).toHaveLength(2)
  })

  it('does not try an expired token again where the metadata server has no other', async () => {
    const { mint, requests } = subject([refusal('ExpiredTokenException')], { tokens: ['cached'] })
    await expect(mint()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED' })
    expect(requests).toHaveLength(1)
  })

  it.each([
    'AccessDenied',
    'ValidationError',
    'MalformedPolicyDocument',
    'RegionDisabledException',
    'IDPRejectedClaim',
  ])('is not tried again after %s', async (code) => {
    const { mint, requests, waits } = subject([refusal(code)])
    await expect(mint()).rejects.toMatchObject({ code: 'EXCHANGE_REFUSED' })
    expect([requests.length, waits]).toEqual([1, []])
  })

  it('leaves the retries for the ID token to where it comes from', async () => {
    let asked = 0
    const failed = Object.assign(new Error('no token'), { retryable: true })
    const { mint, requests } = subject([assumed(ROLE)], {
      identity: {
        idToken: () => {
          asked++
          return Promise.reject(failed)
        },
      },
    })
    await expect(mint()).rejects.toBe(failed)
    expect([asked, requests.length]).toEqual([1, 0])
  })
})

describe('a chain', () => {
  const exchange = {
    roleArn: ROLE,
    chain: [{ roleArn: MIDDLE, externalId: 'ferry-1' }, { roleArn: LAST }],
    durationSeconds: 1_800,
    policy: '{}',
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  }

  it('goes from role to role; duration and policies are for the last', async () => {
    const { mint, requests, hops } = subject([assumed(ROLE)], { exchange })
    expect(await mint()).toEqual(assumed(LAST).credentials)
    expect(requests).toEqual([
      { roleArn: ROLE, sessionName: 'derived', idToken: 'token-1', durationSeconds: 900 },
    ])
    const { policy, policyArns, durationSeconds } = exchange
    const sessionName = 'derived'
    expect(hops).toEqual([
      {
        by: assumed(ROLE).credentials,
        roleArn: MIDDLE,
        externalId: 'ferry-1',
        sessionName,
        durationSeconds: 900,
      },
      { by: assumed(MIDDLE).credentials, roleArn: LAST, sessionName, durationSeconds, policy, policyArns },
    ])
  })

  it('tries each hop again by itself', async () => {
    const { mint, requests, hops, hopAnswers } = subject([assumed(ROLE)], { exchange })
    hopAnswers.push(broken(), assumed(MIDDLE), refusal('Throttling'))
    await mint()
    expect([requests.length, hops.length]).toEqual([1, 4])
  })

  it('stops where a role refuses', async () => {
    const denied = refusal('AccessDenied', 403)
    const { mint, hops, hopAnswers } = subject([assumed(ROLE)], { exchange })
    hopAnswers.push(denied)
    await expect(mint()).rejects.toBe(denied)
    expect(hops).toHaveLength(1)
  })
})
