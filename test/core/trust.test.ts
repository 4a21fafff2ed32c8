import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  evaluateRoleTrust,
  evaluateTrust,
  tightTrustPolicy,
  type WebIdentityClaims,
} from '../../shared/core/trust.ts'

const SUB = '117890123456789012345'
const EMAIL = 'broker@keyferry-demo.iam.gserviceaccount.com'
const AUDIENCE = 'sts.amazonaws.com'

/** What the metadata server mints: `azp` is the numeric id. */
const metadata: WebIdentityClaims = { iss: 'https://accounts.google.com', sub: SUB, aud: AUDIENCE, azp: SUB }
/** What a key file or impersonation mints: `azp` is the e-mail. */
const impersonated: WebIdentityClaims = { ...metadata, azp: EMAIL, email: EMAIL }
const { azp: _, ...withoutAzp } = metadata

const key = (claim: string): string => `accounts.google.com:${claim}`
const statement = (condition?: object, rest: object = {}): Record<string, unknown> => ({
  Effect: 'Allow',
  Principal: { Federated: 'accounts.google.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  ...(condition && { Condition: condition }),
  ...rest,
})
const policy = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements })
const equals = (values: Record<string, unknown>): object => ({
  StringEquals: Object.fromEntries(Object.entries(values).map(([claim, value]) => [key(claim), value])),
})

/** Written from AWS's documents before the evaluator: policy, claims, verdict. */
const CASES: readonly (readonly [string, object, WebIdentityClaims, boolean])[] = [
  // AWS's mapping of Google's claims
  [
    'the practitioner’s policy: the audience in :aud',
    policy(statement(equals({ aud: AUDIENCE }))),
    metadata,
    false,
  ],
  ['the same with a key file’s token', policy(statement(equals({ aud: AUDIENCE }))), impersonated, false],
  ['the audience in :aud, token without azp', policy(statement(equals({ aud: AUDIENCE }))), withoutAzp, true],
  ['the audience in :oaud', policy(statement(equals({ oaud: AUDIENCE }))), metadata, true],
  [
    'the audience in :oaud, token without azp',
    policy(statement(equals({ oaud: AUDIENCE }))),
    withoutAzp,
    true,
  ],
  ['another audience in :oaud', policy(statement(equals({ oaud: 'other' }))), metadata, false],
  [':sub and :oaud', policy(statement(equals({ sub: SUB, oaud: AUDIENCE }))), metadata, true],
  [':sub of another account', policy(statement(equals({ sub: '1', oaud: AUDIENCE }))), metadata, false],
  ['the e-mail in :sub', policy(statement(equals({ sub: EMAIL }))), impersonated, false],
  ['the numeric id in :aud, metadata token', policy(statement(equals({ aud: SUB }))), metadata, true],
  [
    'the numeric id in :aud, impersonated token',
    policy(statement(equals({ aud: SUB }))),
    impersonated,
    false,
  ],
  ['the e-mail in :aud, impersonated token', policy(statement(equals({ aud: EMAIL }))), impersonated, true],
  ['the e-mail in :aud, metadata token', policy(statement(equals({ aud: EMAIL }))), metadata, false],
  [
    'both spellings in :aud, metadata token',
    policy(statement(equals({ aud: [SUB, EMAIL] }))),
    metadata,
    true,
  ],
  [
    'both spellings in :aud, impersonated',
    policy(statement(equals({ aud: [SUB, EMAIL] }))),
    impersonated,
    true,
  ],
  [':email where the token has it', policy(statement(equals({ email: EMAIL }))), impersonated, true],
  [':email where the token has none', policy(statement(equals({ email: EMAIL }))), metadata, false],
  ['the issuer without its scheme', policy(statement()), { ...metadata, iss: 'accounts.google.com' }, true],
  [
    'another issuer',
    policy(statement()),
    { ...metadata, iss: 'https://token.actions.githubusercontent.com' },
    false,
  ],
  [
    'keys of another case',
    policy(statement({ StringEquals: { 'Accounts.Google.com:SUB': SUB } })),
    metadata,
    true,
  ],
  // Statements
  ['no condition at all: AWS lets everyone in', policy(statement()), metadata, true],
  ['no statement', policy(), metadata, false],
  ['one statement that is not in a list', { Version: '2012-10-17', Statement: statement() }, metadata, true],
  [
    'one of two statements applies',
    policy(statement(equals({ sub: '1' })), statement(equals({ sub: SUB }))),
    metadata,
    true,
  ],
  [
    'Deny wins over Allow',
    policy(statement(), statement(equals({ sub: SUB }), { Effect: 'Deny' })),
    metadata,
    false,
  ],
  [
    'Deny wins whatever the order',
    policy(statement(undefined, { Effect: 'Deny' }), statement()),
    metadata,
    false,
  ],
  [
    'a Deny of someone else',
    policy(statement(), statement(equals({ sub: '1' }), { Effect: 'Deny' })),
    metadata,
    true,
  ],
  [
    'a Deny of all principals',
    policy(statement(), statement(undefined, { Effect: 'Deny', Principal: '*' })),
    metadata,
    false,
  ],
  ['a Deny alone', policy(statement(equals({ sub: '1' }), { Effect: 'Deny' })), metadata, false],
  // Principal and action
  [
    'an IAM provider for Google',
    policy(
      statement(undefined, {
        Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/accounts.google.com' },
      }),
    ),
    metadata,
    false,
  ],
  [
    'another provider',
    policy(statement(undefined, { Principal: { Federated: 'cognito-identity.amazonaws.com' } })),
    metadata,
    false,
  ],
  [
    'a list of providers',
    policy(statement(undefined, { Principal: { Federated: ['graph.facebook.com', 'accounts.google.com'] } })),
    metadata,
    true,
  ],
  [
    'an AWS principal',
    policy(statement(undefined, { Principal: { AWS: 'arn:aws:iam::123456789012:root' } })),
    metadata,
    false,
  ],
  [
    'a service principal',
    policy(statement(undefined, { Principal: { Service: 'ec2.amazonaws.com' } })),
    metadata,
    false,
  ],
  ['no principal', policy({ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' }), metadata, false],
  ['sts:AssumeRole', policy(statement(undefined, { Action: 'sts:AssumeRole' })), metadata, false],
  [
    'a list of actions',
    policy(statement(undefined, { Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] })),
    metadata,
    true,
  ],
  [
    'an action of another case',
    policy(statement(undefined, { Action: 'STS:assumerolewithwebidentity' })),
    metadata,
    true,
  ],
  ['sts:*', policy(statement(undefined, { Action: 'sts:*' })), metadata, true],
  ['sts:AssumeRole*', policy(statement(undefined, { Action: 'sts:AssumeRole*' })), metadata, true],
  ['no action', policy(statement(undefined, { Action: undefined })), metadata, false],
  // Conditions
  [
    'all operators must hold',
    policy(statement({ ...equals({ sub: SUB }), StringLike: { [key('oaud')]: 'nope*' } })),
    metadata,
    false,
  ],
  ['all keys must hold', policy(statement(equals({ sub: SUB, oaud: 'nope' }))), metadata, false],
  ['one value of a list is enough', policy(statement(equals({ sub: ['1', SUB] }))), metadata, true],
  ['an empty list matches nothing', policy(statement(equals({ sub: [] }))), metadata, false],
  ['StringEquals knows case', policy(statement(equals({ oaud: 'STS.amazonaws.com' }))), metadata, false],
  ['StringEquals knows no wildcard', policy(statement(equals({ sub: '11789*' }))), metadata, false],
  [
    'StringEqualsIgnoreCase',
    policy(statement({ StringEqualsIgnoreCase: { [key('oaud')]: 'STS.AMAZONAWS.COM' } })),
    metadata,
    true,
  ],
  ['StringLike: *', policy(statement({ StringLike: { [key('sub')]: '11789*' } })), metadata, true],
  [
    'StringLike: ?',
    policy(statement({ StringLike: { [key('oaud')]: 'sts?amazonaws?com' } })),
    metadata,
    true,
  ],
  [
    'StringLike: ? is one character',
    policy(statement({ StringLike: { [key('oaud')]: 'sts?' } })),
    metadata,
    false,
  ],
  ['StringLike knows case', policy(statement({ StringLike: { [key('oaud')]: 'STS*' } })), metadata, false],
  [
    'StringLike: a dot is a dot',
    policy(statement({ StringLike: { [key('oaud')]: 'stsXamazonaws.com' } })),
    metadata,
    false,
  ],
  [
    'StringNotEquals, another value',
    policy(statement({ StringNotEquals: { [key('sub')]: '1' } })),
    metadata,
    true,
  ],
  [
    'StringNotEquals, one value of its list',
    policy(statement({ StringNotEquals: { [key('sub')]: ['1', SUB] } })),
    metadata,
    false,
  ],
  [
    'StringNotEquals, missing claim',
    policy(statement({ StringNotEquals: { [key('email')]: EMAIL } })),
    metadata,
    true,
  ],
  ['StringNotLike', policy(statement({ StringNotLike: { [key('sub')]: '117*' } })), metadata, false],
  [
    'StringEqualsIfExists, missing claim',
    policy(statement({ StringEqualsIfExists: { [key('email')]: EMAIL } })),
    metadata,
    true,
  ],
  [
    'StringEqualsIfExists, another value',
    policy(statement({ StringEqualsIfExists: { [key('email')]: 'x' } })),
    impersonated,
    false,
  ],
  [
    'Null false: the claim must be there',
    policy(statement({ Null: { [key('email')]: 'false' } })),
    metadata,
    false,
  ],
  [
    'Null true: the claim must be absent',
    policy(statement({ Null: { [key('email')]: true } })),
    metadata,
    true,
  ],
  [
    'ForAnyValue over amr',
    policy(statement({ 'ForAnyValue:StringEquals': { [key('amr')]: 'mfa' } })),
    { ...metadata, amr: ['pwd', 'mfa'] },
    true,
  ],
  [
    'ForAnyValue, missing claim',
    policy(statement({ 'ForAnyValue:StringEquals': { [key('amr')]: 'mfa' } })),
    metadata,
    false,
  ],
  [
    'ForAllValues, missing claim: true, which is its trap',
    policy(statement({ 'ForAllValues:StringEquals': { [key('amr')]: 'mfa' } })),
    metadata,
    true,
  ],
  [
    'ForAllValues, one value too many',
    policy(statement({ 'ForAllValues:StringEquals': { [key('amr')]: 'mfa' } })),
    { ...metadata, amr: ['pwd', 'mfa'] },
    false,
  ],
  ['a key that no token of Google sets', policy(statement(equals({ hd: 'example.com' }))), metadata, false],
  [
    'an operator that nobody knows',
    policy(statement({ StringResembles: { [key('sub')]: SUB } })),
    metadata,
    false,
  ],
  [
    'a Deny by an operator that nobody knows',
    policy(statement(), statement({ StringResembles: { [key('sub')]: '1' } }, { Effect: 'Deny' })),
    metadata,
    false,
  ],
]

describe('a trust policy, as AWS reads it', () => {
  it.each(CASES)('%s', (_name, document, claims, allowed) => {
    expect(evaluateTrust(document, claims).allowed).toBe(allowed)
  })

  it('gives a reason for every statement, with what was wanted and what the token had', () => {
    const decision = evaluateTrust(policy(statement(equals({ aud: AUDIENCE }), { Sid: 'Note' })), metadata)
    expect(decision.reasons).toEqual([
      {
        statement: 0,
        sid: 'Note',
        effect: 'Allow',
        applies: false,
        element: 'Condition',
        condition: { operator: 'StringEquals', key: key('aud'), wanted: [AUDIENCE], had: [SUB] },
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

  it('never throws, whatever the document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (condition, whole) => {
        expect(evaluateTrust(whole, metadata).reasons).not.toEqual([])
        evaluateTrust(policy(statement(condition as object)), metadata)
      }),
    )
  })

  it('matches wildcards in linear time', () => {
    const pattern = `${'*a'.repeat(60)}b`
    const started = performance.now()
    evaluateTrust(policy(statement({ StringLike: { [key('oaud')]: pattern } })), {
      ...metadata,
      aud: 'a'.repeat(900),
    })
    // A matcher that backtracks through every star would take longer than the universe has.
    expect(performance.now() - started).toBeLessThan(2_000)
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
    expect(evaluateTrust(tight, impersonated).allowed).toBe(false)
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
