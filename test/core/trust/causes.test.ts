import { describe, expect, it } from 'vitest'
import { evaluateRoleTrust, evaluateTrust } from '../../../shared/core/trust.ts'
import { explainTrust } from '../../../shared/core/trust/explain.ts'
import {
  AUDIENCE,
  byEmail,
  EMAIL,
  equals,
  key,
  metadata,
  OTHER_SUB,
  policy,
  statement,
  SUB,
  withoutAzp,
} from './cases.ts'

const CLIENT = '1234.apps.googleusercontent.com'
const on = (operator: string, claim: string, value: unknown): object =>
  policy(statement({ [operator]: { [claim.includes(':') ? claim : key(claim)]: value } }))

/** One condition, the token, and why it does not hold, in all its words. */
const WORDS: readonly (readonly [string, object, typeof metadata, string])[] = [
  [
    'what must be there',
    on('Null', 'email', 'false'),
    metadata,
    `other-condition: Null demands that the token has ${key('email')}, and it lacks it. Remove that, and name the account by "${key('sub')}": what StringEquals demands is there.`,
  ],
  [
    'what must not be there',
    on('Null', 'email', 'true'),
    byEmail,
    `other-condition: Null demands that the token lacks ${key('email')}, and it has "${EMAIL}". Remove that, and name the account by "${key('sub')}": what StringEquals demands is there.`,
  ],
  [
    'what is kept out',
    on('StringNotEquals', 'sub', [OTHER_SUB, SUB]),
    metadata,
    `excluded: StringNotEquals ${key('sub')} keeps out "${SUB}", which is what the token has. If this identity should get in, take it out of that list: whoever wrote it meant somebody.`,
  ],
  [
    'a Not of a claim that is absent',
    on('ForAnyValue:StringNotEquals', 'amr', 'mfa'),
    metadata,
    `absent-claim: ForAnyValue:StringNotEquals ${key('amr')} wants "mfa" of a key which the token does not have. Remove it, and name the account by "${key('sub')}".`,
  ],
  // :aud, which is azp
  [
    'the audience under :aud',
    on('StringEquals', 'aud', ['x', AUDIENCE]),
    metadata,
    `audience-under-aud: StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "x" or "${AUDIENCE}", which is the token's aud: AWS calls that :oaud. Write "${key('oaud')}": "${AUDIENCE}" instead, and "${key('sub')}": "${SUB}".`,
  ],
  [
    'what begins like an id under :aud',
    on('StringEquals', 'aud', ['1x', 'x1']),
    metadata,
    `audience-under-aud: StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "1x" or "x1", which is no account. Write "${key('oaud')}": "${AUDIENCE}" instead, and "${key('sub')}": "${SUB}".`,
  ],
  [
    'what begins like an application under :aud',
    on('StringEquals', 'aud', `${CLIENT}.example.com`),
    metadata,
    `audience-under-aud: StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "${CLIENT}.example.com", which is no account. Write "${key('oaud')}": "${AUDIENCE}" instead, and "${key('sub')}": "${SUB}".`,
  ],
  [
    'an application under :aud',
    on('StringEquals', 'aud', CLIENT),
    metadata,
    `other-azp: StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "${CLIENT}": another account. If this identity should get in, add "${SUB}" there, and "${SUB}" under "${key('sub')}".`,
  ],
  [
    'an account beside no account',
    on('StringEquals', 'aud', [OTHER_SUB, 'x']),
    byEmail,
    `other-azp: StringEquals ${key('aud')} is compared with the token's azp, which is "${EMAIL}"; the policy wants "${OTHER_SUB}" or "x": another account. If this identity should get in, add "${EMAIL}" there, and "${SUB}" under "${key('sub')}".`,
  ],
  [
    'a token without azp',
    on('StringEquals', 'aud', 'x'),
    withoutAzp,
    `other-azp: StringEquals ${key('aud')} is compared with the token's aud, "${AUDIENCE}" (it has no azp); the policy wants "x": another account. If this identity should get in, add "${AUDIENCE}" there, and "${SUB}" under "${key('sub')}".`,
  ],
  [
    'the id, of a key file',
    on('StringEquals', 'aud', SUB),
    byEmail,
    `numeric-aud-only: StringEquals ${key('aud')} is compared with the token's azp, which is "${EMAIL}"; the policy wants "${SUB}". It is the same account, but its token was minted with a key file or by impersonation, which puts the e-mail there. Write "${key('aud')}": ["${SUB}", "${EMAIL}"].`,
  ],
  [
    'the id, by an operator that is not for it',
    on('ArnEquals', 'aud', SUB),
    metadata,
    `other-azp: ArnEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "${SUB}": another account. If this identity should get in, add "${SUB}" there, and "${SUB}" under "${key('sub')}".`,
  ],
  [
    'an e-mail, of the metadata server',
    on('StringEquals', 'aud', [EMAIL, OTHER_SUB]),
    metadata,
    `email-aud-only: StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "${EMAIL}" or "${OTHER_SUB}". The metadata server puts the unique id there, never the e-mail. Write "${key('aud')}": ["${SUB}", "${EMAIL}", "${OTHER_SUB}"].`,
  ],
  // :oaud, which is aud
  [
    'the id under :oaud',
    on('StringEquals', 'oaud', SUB),
    byEmail,
    `identity-under-oaud: StringEquals ${key('oaud')} is compared with the token's aud, which is "${AUDIENCE}"; the policy wants "${SUB}", which is the account: AWS calls that :sub. Write "${key('sub')}": "${SUB}" and "${key('oaud')}": "${AUDIENCE}".`,
  ],
  [
    'the e-mail under :oaud',
    on('StringEquals', 'oaud', ['x', EMAIL]),
    byEmail,
    `identity-under-oaud: StringEquals ${key('oaud')} is compared with the token's aud, which is "${AUDIENCE}"; the policy wants "x" or "${EMAIL}", which is the account: AWS calls that :sub. Write "${key('sub')}": "${SUB}" and "${key('oaud')}": "${AUDIENCE}".`,
  ],
  [
    'another audience',
    on('StringEquals', 'oaud', 'x'),
    withoutAzp,
    `other-audience: StringEquals ${key('oaud')} is compared with the token's aud, which is "${AUDIENCE}"; the policy wants "x". Write "${key('oaud')}": "${AUDIENCE}", or mint tokens for the policy's audience ("audience" in the configuration).`,
  ],
  [
    'nearly the audience',
    on('StringEquals', 'oaud', ['x', ' STS.amazonaws.com']),
    { ...metadata, aud: 'sts.amazonAWS.com' },
    `other-audience: StringEquals ${key('oaud')} is compared with the token's aud, which is "sts.amazonAWS.com"; the policy wants "x" or " STS.amazonaws.com": case and spaces count. Write "${key('oaud')}": "sts.amazonAWS.com", or mint tokens for the policy's audience ("audience" in the configuration).`,
  ],
  // :sub
  [
    'an e-mail under :sub',
    on('StringEquals', 'sub', [OTHER_SUB, EMAIL]),
    metadata,
    `email-under-sub: StringEquals ${key('sub')} is compared with the token's sub, which is "${SUB}"; the policy wants "${OTHER_SUB}" or "${EMAIL}": sub is the unique id, never the e-mail. Write "${key('sub')}": "${SUB}".`,
  ],
  [
    'another account beside a name',
    on('StringEquals', 'sub', ['broker', OTHER_SUB]),
    metadata,
    `other-subject: StringEquals ${key('sub')} is compared with the token's sub, which is "${SUB}"; the policy wants "broker" or "${OTHER_SUB}": another account. If this identity should get in, add its id to the list: keyferry trust-policy --unique-id ${SUB}`,
  ],
  [
    'ids of another form beside a name',
    on('StringLike', 'sub', ['2*', 'broker']),
    metadata,
    `other-subject: StringLike ${key('sub')} is compared with the token's sub, which is "${SUB}"; the policy wants "2*" or "broker": another account. If this identity should get in, add its id to the list: keyferry trust-policy --unique-id ${SUB}`,
  ],
  // Others
  [
    'a key that nobody told',
    on('StringEquals', 'aws:SourceIp', 'x'),
    metadata,
    'other-condition: StringEquals aws:SourceIp wants "x" of a key which this evaluation was not told: AWS may know it. Check it against the request, or remove the condition.',
  ],
  [
    'a claim that the token lacks',
    on('StringEquals', 'email', 'x'),
    metadata,
    `email-key: StringEquals ${key('email')} wants "x" of a key which the token does not have. Remove it, and name the account by "${key('sub')}".`,
  ],
  [
    'a claim that AWS knows not',
    on('StringEquals', 'azp', 'x'),
    metadata,
    `unknown-key: StringEquals ${key('azp')} wants "x" of a key which the token does not have. Remove it, and name the account by "${key('sub')}".`,
  ],
  [
    'another e-mail',
    on('StringEquals', 'email', 'x'),
    byEmail,
    `other-condition: StringEquals ${key('email')} is "${EMAIL}"; the policy wants "x". Remove it, and name the account by "${key('sub')}".`,
  ],
]

const said = (document: unknown, claims = metadata, keys = {}): readonly string[] =>
  explainTrust(document, claims, { keys }).causes.map(({ id, message, fix }) => `${id}: ${message} ${fix}`)

describe('a condition that does not hold', () => {
  it.each(WORDS)('is explained: %s', (_, document, claims, words) => {
    expect(said(document, claims)).toEqual([words])
  })

  it('is explained by what the request has there, where it is told', () => {
    expect(
      said(on('IpAddress', 'aws:SourceIp', '10.0.0.0/8'), metadata, { 'aws:SourceIp': '192.0.2.1' }),
    ).toEqual([
      'other-condition: IpAddress aws:SourceIp is "192.0.2.1"; the policy wants "10.0.0.0/8". Check it against the request, or remove the condition.',
    ])
  })
})

describe('the causes of a refusal', () => {
  const others = equals({ sub: OTHER_SUB })
  const places = (document: unknown): unknown =>
    explainTrust(document, metadata).causes.map(({ id, statement: at }) => [id, at])

  it('are the faults of a document that IAM does not save, each where it is', () => {
    expect(
      explainTrust({ Version: 1, Statement: statement(undefined, { Effect: 1 }) }, metadata).causes,
    ).toStrictEqual([
      {
        id: 'wrong-version',
        message: 'There is no Version 1: it names the policy language, not your document.',
        fix: 'Write "Version": "2012-10-17".',
      },
      {
        id: 'wrong-effect',
        statement: 0,
        message: 'Its Effect is 1, which is neither Allow nor Deny.',
        fix: 'Write "Effect": "Allow".',
      },
    ])
  })

  it('are the statements that deny, and neither those that allow nor those that deny somebody else', () => {
    const document = policy(
      statement(),
      statement(others, { Effect: 'Deny' }),
      statement(undefined, { Effect: 'Deny', Sid: 'Nobody' }),
    )
    expect(explainTrust(document, metadata).causes).toEqual([
      {
        id: 'denied',
        statement: 2,
        message: 'Statement 3 (Nobody) denies it, and a Deny wins over any Allow.',
        fix: 'If this identity should get in, take it out of that statement: whoever wrote it meant somebody.',
      },
    ])
  })

  it('are not that a Deny for somebody else does not apply', () => {
    expect(places(policy(statement(others), statement(equals({ aud: 'x' }), { Effect: 'Deny' })))).toEqual([
      ['other-subject', 0],
    ])
  })

  it('are not what lint only warns of', () => {
    expect(places(policy(statement(others, { Action: 'sts:*' })))).toEqual([['other-subject', 0]])
  })

  it('are first those of a statement that is about this account, however many they are', () => {
    const document = policy(
      statement(equals({ sub: OTHER_SUB, oaud: 'x' })),
      statement({ ...equals({ oaud: 'x', aud: 'x' }), IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
    )
    expect(places(document)).toEqual([
      ['other-audience', 1],
      ['audience-under-aud', 1],
      ['other-condition', 1],
      ['other-subject', 0],
      ['other-audience', 0],
    ])
  })
})

describe('the corrected policy', () => {
  const corrected = (...conditions: object[]): unknown =>
    explainTrust(policy(...conditions.map((condition) => statement(condition))), metadata).corrected
  const tight = equals({ sub: SUB, oaud: AUDIENCE, aud: SUB })

  it('has the other statements as they are', () => {
    const others = equals({ sub: OTHER_SUB })
    expect(corrected(others, equals({ aud: AUDIENCE }), others)).toStrictEqual(
      policy(statement(others), statement(tight), statement(others)),
    )
  })

  it('has the ids and e-mails of others who may ask for tokens, and nothing else that stood there', () => {
    expect(corrected(equals({ sub: SUB, oaud: 'x', aud: [EMAIL, 'x', SUB, OTHER_SUB] }))).toStrictEqual(
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL, OTHER_SUB] }))),
    )
  })

  it('has no operator without a condition', () => {
    expect(corrected({ NumericEquals: { [key('google/organization_number')]: '1' } })).toStrictEqual(
      policy(statement(tight)),
    )
  })

  it('names a key file’s account by both that its tokens have', () => {
    expect(explainTrust(on('StringEquals', 'oaud', 'x'), byEmail).corrected).toStrictEqual(
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] }))),
    )
  })
})

describe('the reasons of a decision', () => {
  const reasons = (document: unknown, claims = metadata, keys = {}): unknown =>
    evaluateTrust(document, claims, { keys }).reasons

  it('are the faults of a document that IAM does not save', () => {
    expect(
      reasons({ Version: 1, Statement: [statement(), statement(undefined, { Effect: 1 })] }),
    ).toStrictEqual([
      { applies: false, message: 'There is no Version 1: it names the policy language, not your document.' },
      {
        statement: 1,
        applies: false,
        element: 'Effect',
        message: 'Statement 2: Its Effect is 1, which is neither Allow nor Deny.',
      },
    ])
  })

  it('are told of a statement that applies', () => {
    expect(
      reasons(policy(statement(equals({ sub: SUB })), statement(undefined, { Effect: 'Deny', Sid: 'No' }))),
    ).toStrictEqual([
      { statement: 0, effect: 'Allow', applies: true, message: 'Statement 1 allows it.' },
      { statement: 1, sid: 'No', effect: 'Deny', applies: true, message: 'Statement 2 (No) denies it.' },
    ])
  })

  it('are told of one for somebody else, or for another action', () => {
    const facebook = { Principal: { Federated: 'graph.facebook.com' } }
    expect(
      reasons(policy(statement(undefined, facebook), statement(undefined, { Action: 'sts:AssumeRole' }))),
    ).toStrictEqual([
      {
        statement: 0,
        effect: 'Allow',
        applies: false,
        element: 'Principal',
        message: 'Statement 1 does not apply: its Principal is not {"Federated": "accounts.google.com"}.',
      },
      {
        statement: 1,
        effect: 'Allow',
        applies: false,
        element: 'Action',
        message: 'Statement 2 does not apply: it is not about sts:AssumeRoleWithWebIdentity.',
      },
    ])
  })

  it('are told of a token that is not Google’s', () => {
    expect(reasons(policy(statement()), { ...metadata, iss: 'https://gitlab.com' })).toMatchObject([
      { message: 'Statement 1 does not apply: the token is not from accounts.google.com.' },
    ])
  })

  it('are told of a session of another role', () => {
    const arn = 'arn:aws:sts::123456789012:assumed-role/app/session'
    const decision = evaluateRoleTrust(policy(statement()), {
      arn,
      roleArn: 'arn:aws:iam::123456789012:role/app',
    })
    expect(decision.reasons[0]?.message).toBe(
      `Statement 1 does not apply: its Principal is not {"AWS": "${arn}"}.`,
    )
  })

  it('are told of every condition that does not hold, with what the request has there', () => {
    const conditions = {
      StringEquals: { [key('email')]: ['a', 'b'], [key('sub')]: SUB },
      IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
    }
    expect(reasons(policy(statement(conditions)), metadata, { 'aws:SourceIp': '192.0.2.1' })).toMatchObject([
      {
        message: `Statement 1 does not apply: StringEquals ${key('email')} wants "a" or "b", the request has no such key; IpAddress aws:SourceIp wants "10.0.0.0/8", the token gives "192.0.2.1".`,
      },
    ])
  })
})
