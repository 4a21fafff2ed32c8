import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateRoleTrust, evaluateTrust, tightTrustPolicy } from '../../shared/core/trust.ts'
import { AUDIENCE, byEmail, EMAIL, equals, key, metadata, policy, statement, SUB } from './trust/cases.ts'

describe('a trust policy, as AWS reads it', () => {
  it('gives a reason for every statement, with what was wanted and what the token had', () => {
    const decision = evaluateTrust(policy(statement(equals({ aud: AUDIENCE }), { Sid: 'Note' })), metadata)
    expect(decision.reasons).toEqual([
      {
        statement: 0,
        sid: 'Note',
        effect: 'Allow',
        applies: false,
        element: 'Condition',
        conditions: [
          { operator: 'StringEquals', key: key('aud'), wanted: [AUDIENCE], had: [SUB], from: 'azp' },
        ],
        message: `Statement 1 (Note) does not apply: StringEquals ${key('aud')} wants "${AUDIENCE}", the token gives "${SUB}" (from azp).`,
      },
    ])
  })

  it.each([[undefined], [null], ['not json'], [[]], [{}], [{ Statement: [1] }], [7]])(
    'refuses with a reason what is no policy: %j',
    (document) => {
      const decision = evaluateTrust(document, metadata)
      expect(decision.allowed).toBe(false)
      expect(decision.reasons.length).toBeGreaterThan(0)
    },
  )

  it('may name others beside Google, and does not count on everyone to mean Google too', () => {
    const others = statement(undefined, {
      Principal: { AWS: '123456789012', Federated: 'accounts.google.com' },
    })
    expect(evaluateTrust(policy(others), metadata).allowed).toBe(true)
    for (const everyone of ['*', { AWS: '*' }, { Federated: '*' }])
      expect(evaluateTrust(policy(statement(undefined, { Principal: everyone })), metadata).allowed).toBe(
        false,
      )
  })

  it('reads a key without a set operator by any of its values, an empty one too', () => {
    const amr = policy(statement({ StringEquals: { [key('amr')]: ['mfa', ''] } }))
    const allowed = (...values: string[]): boolean => evaluateTrust(amr, { ...metadata, amr: values }).allowed
    expect([allowed('pwd', 'mfa'), allowed(''), allowed('pwd')]).toEqual([true, true, false])
  })

  it('never throws, whatever the document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (condition, whole) => {
        expect(evaluateTrust(whole, metadata).reasons).not.toEqual([])
        evaluateTrust(policy(statement(condition as object)), metadata)
      }),
    )
  })
})

describe('a role that trusts another role', () => {
  const caller = 'arn:aws:sts::123456789012:assumed-role/keyferry-demo/session'
  const trusts = (principal: unknown, condition?: object): object =>
    policy({
      Effect: 'Allow',
      Principal: { AWS: principal },
      Action: 'sts:AssumeRole',
      ...(condition && { Condition: condition }),
    })
  const byRole = (name: string): object => ({
    ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::123456789012:role/${name}` },
  })
  const external = { StringEquals: { 'sts:ExternalId': 'ours' } }

  it.each([
    ['by its role', trusts('arn:aws:iam::123456789012:role/keyferry-demo'), {}, true],
    ['by its role with a path', trusts('arn:aws:iam::123456789012:role/team/keyferry-demo'), {}, true],
    ['by its session', trusts(caller), {}, true],
    ['by its account', trusts('123456789012'), {}, true],
    ['by its account’s root', trusts('arn:aws:iam::123456789012:root'), {}, true],
    ['by nobody else’s account', trusts('210987654321'), {}, false],
    ['by nobody else’s role', trusts('arn:aws:iam::123456789012:role/other'), {}, false],
    ['as everyone', trusts('*'), {}, true],
    ['with the external id', trusts('123456789012', external), { externalId: 'ours' }, true],
    ['with another external id', trusts('123456789012', external), { externalId: 'theirs' }, false],
    ['without the external id', trusts('123456789012', external), {}, false],
    [
      'without the external id, where none may be',
      trusts('*', { Null: { 'sts:ExternalId': 'true' } }),
      {},
      true,
    ],
    [
      'without a session name, where none may be',
      trusts('*', { Null: { 'sts:RoleSessionName': 'true' } }),
      {},
      true,
    ],
    ['by the ARN of its role in a condition', trusts('*', byRole('keyferry-demo')), {}, true],
    ['by nobody else’s in a condition', trusts('*', byRole('other')), {}, false],
    ['by a policy for web identities', policy(statement()), {}, false],
  ])('%s', (_name, document, session, allowed) => {
    expect(evaluateRoleTrust(document, { arn: caller, roleArn: roleOf(document) }, session).allowed).toBe(
      allowed,
    )
  })

  // STS knows the path of the caller's role, though the session's ARN drops it.
  function roleOf(document: object): string {
    const team = JSON.stringify(document).includes('/team/')
    return `arn:aws:iam::123456789012:role/${team ? 'team/' : ''}keyferry-demo`
  }
})

describe('the tight trust policy', () => {
  it('is the one of the facts', () => {
    expect(tightTrustPolicy({ uniqueId: SUB, email: EMAIL }, { audience: AUDIENCE })).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: 'accounts.google.com' },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { [key('sub')]: SUB, [key('oaud')]: AUDIENCE, [key('aud')]: [SUB, EMAIL] },
          },
        },
      ],
    })
  })

  it('lets in metadata tokens only, without the e-mail', () => {
    const tight = tightTrustPolicy({ uniqueId: SUB }, { audience: AUDIENCE })
    expect(evaluateTrust(tight, metadata).allowed).toBe(true)
    expect(evaluateTrust(tight, byEmail).allowed).toBe(false)
  })

  const identity = fc.record({ uniqueId: fc.stringMatching(/^1\d{20}$/), email: fc.emailAddress() })

  it('lets in exactly the identities it names, for exactly its audience, however their tokens were minted', () => {
    fc.assert(
      fc.property(
        fc.array(identity, { minLength: 1, maxLength: 5 }),
        identity,
        fc.string({ minLength: 1 }),
        (named, stranger, other) => {
          const tight = tightTrustPolicy(named, { audience: AUDIENCE })
          const allowed = (uniqueId: string, azp: string, aud = AUDIENCE): boolean =>
            evaluateTrust(tight, { ...metadata, sub: uniqueId, azp, aud }).allowed
          for (const { uniqueId, email } of named) {
            expect(allowed(uniqueId, uniqueId)).toBe(true)
            expect(allowed(uniqueId, email)).toBe(true)
            expect(allowed(uniqueId, email, `${other}.`)).toBe(false)
          }
          fc.pre(!named.some(({ uniqueId }) => uniqueId === stranger.uniqueId))
          expect(allowed(stranger.uniqueId, stranger.uniqueId)).toBe(false)
          expect(allowed(stranger.uniqueId, stranger.email)).toBe(false)
        },
      ),
    )
  })
})
