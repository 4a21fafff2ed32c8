import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateTrust, type WebIdentityClaims } from '../../../shared/core/trust.ts'
import { explainTrust, type TrustCause } from '../../../shared/core/trust/explain.ts'
import { lintTrustPolicy } from '../../../shared/core/trust/lint.ts'
import {
  AUDIENCE,
  byEmail,
  CASES,
  EMAIL,
  equals,
  key,
  metadata,
  OTHER_SUB,
  policy,
  statement,
  SUB,
} from './cases.ts'

const ROUNDED = String(Number(SUB))
const denyAll = statement(undefined, { Effect: 'Deny' })

/** What is found first: the cause, the policy, the token. */
const FIRST: readonly (readonly [TrustCause['id'], unknown, WebIdentityClaims])[] = [
  ['audience-under-aud', policy(statement(equals({ aud: AUDIENCE }))), metadata],
  ['audience-under-aud', policy(statement(equals({ sub: SUB, aud: 'sts' }))), metadata],
  ['audience-under-aud', policy(statement(equals({ sub: SUB, aud: AUDIENCE, oaud: AUDIENCE }))), byEmail],
  ['numeric-aud-only', policy(statement(equals({ aud: SUB }))), byEmail],
  ['email-aud-only', policy(statement(equals({ aud: EMAIL }))), metadata],
  ['other-azp', policy(statement(equals({ aud: OTHER_SUB }))), metadata],
  ['other-audience', policy(statement(equals({ sub: SUB, oaud: 'keyferry' }))), metadata],
  ['other-audience', policy(statement(equals({ sub: SUB, oaud: 'STS.amazonaws.com' }))), metadata],
  ['identity-under-oaud', policy(statement(equals({ oaud: SUB }))), metadata],
  ['email-under-sub', policy(statement(equals({ sub: EMAIL, oaud: AUDIENCE }))), metadata],
  ['rounded-subject', policy(statement(equals({ sub: ROUNDED, oaud: AUDIENCE }))), metadata],
  ['wrong-subject', policy(statement(equals({ sub: 'broker' }))), metadata],
  ['other-subject', policy(statement(equals({ sub: OTHER_SUB, oaud: AUDIENCE }))), metadata],
  ['email-key', policy(statement(equals({ sub: SUB, email: EMAIL }))), metadata],
  [
    'absent-claim',
    policy(statement({ NumericEquals: { [key('google/organization_number')]: '1' } })),
    metadata,
  ],
  ['unknown-key', policy(statement(equals({ azp: SUB }))), metadata],
  ['other-condition', policy(statement({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })), metadata],
  [
    'oidc-provider-arn',
    policy(
      statement(undefined, {
        Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/accounts.google.com' },
      }),
    ),
    metadata,
  ],
  [
    'issuer-url',
    policy(statement(undefined, { Principal: { Federated: 'https://accounts.google.com' } })),
    metadata,
  ],
  ['wrong-action', policy(statement(undefined, { Action: 'sts:AssumeRole' })), metadata],
  [
    'no-google-statement',
    policy(statement(undefined, { Principal: { Service: 'ec2.amazonaws.com' } })),
    metadata,
  ],
  ['denied', policy(statement(), denyAll), metadata],
  ['excluded', policy(statement({ StringNotEquals: { [key('sub')]: [OTHER_SUB, SUB] } })), metadata],
  ['excluded', policy(statement({ StringNotLike: { [key('aud')]: '1*' } })), metadata],
  ['other-condition', policy(statement({ Null: { [key('email')]: 'true' } })), byEmail],
  ['other-condition', policy(statement({ Null: { [key('email')]: 'false' } })), metadata],
  ['not-google', policy(statement()), { ...metadata, iss: 'https://gitlab.com' }],
  ['not-json', '{', metadata],
  ['unknown-operator', policy(statement({ StringEqual: { [key('sub')]: SUB } })), metadata],
]

/** What no change of Google's conditions mends. */
const BEYOND_MENDING = ['denied', 'excluded', 'not-google', 'other-condition']

describe('why a token is refused', () => {
  it.each(FIRST)('is %s first, for %j', (id, document, claims) => {
    const explanation = explainTrust(document, claims)
    expect(explanation.allowed).toBe(false)
    expect(explanation.causes[0]?.id).toBe(id)
    expect(explanation.summary).toContain(explanation.causes[0]?.message)
    const { corrected } = explanation
    expect(corrected ? evaluateTrust(corrected, claims).allowed : BEYOND_MENDING.includes(id)).toBe(true)
  })

  it('is, for the practitioner’s policy, azp with its value, and the policy that AWS lets in is printed', () => {
    const note = policy(statement(equals({ aud: AUDIENCE }), { Sid: 'Google' }))
    const { causes, read, corrected } = explainTrust(note, metadata)
    expect(read).toEqual([
      { key: key('aud'), claim: 'azp', value: SUB },
      { key: key('oaud'), claim: 'aud', value: AUDIENCE },
      { key: key('sub'), claim: 'sub', value: SUB },
    ])
    expect(causes).toEqual([
      {
        id: 'audience-under-aud',
        statement: 0,
        message: `StringEquals ${key('aud')} is compared with the token's azp, which is "${SUB}"; the policy wants "${AUDIENCE}", which is the token's aud: AWS calls that :oaud.`,
        fix: `Write "${key('oaud')}": "${AUDIENCE}" instead, and "${key('sub')}": "${SUB}".`,
      },
    ])
    expect(corrected).toEqual(
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: SUB }), { Sid: 'Google' })),
    )
    expect(lintTrustPolicy(corrected).map(({ level }) => level)).toEqual(['note'])
  })

  it('names the statement that is nearest, before those for other accounts', () => {
    const document = policy(
      statement(equals({ sub: OTHER_SUB, oaud: AUDIENCE })),
      statement(equals({ sub: SUB, oaud: 'keyferry', aud: EMAIL })),
    )
    expect(explainTrust(document, metadata).causes.map(({ id, statement: at }) => [id, at])).toEqual([
      ['other-audience', 1],
      ['email-aud-only', 1],
      ['other-subject', 0],
    ])
  })

  it('is nothing where the token is let in', () => {
    const explanation = explainTrust(policy(denyOther, statement(equals({ sub: SUB }))), metadata)
    expect(explanation).toMatchObject({ allowed: true, summary: 'AWS lets this token in, by statement 2.' })
    expect(explanation.causes).toEqual([])
    expect(explanation).not.toHaveProperty('corrected')
  })

  it.each(CASES.filter(({ allowed }) => !allowed))(
    'is said in $name',
    ({ policy: document, claims, request }) => {
      const { causes, corrected } = explainTrust(document, claims, request)
      expect(causes.length).toBeGreaterThan(0)
      for (const { message, fix } of causes) expect(`${message} ${fix}`).not.toMatch(/undefined|\[object/)
      expect(corrected === undefined || evaluateTrust(corrected, claims, request).allowed).toBe(true)
    },
  )
})

const denyOther = statement(equals({ sub: OTHER_SUB }), { Effect: 'Deny' })

describe('the corrected policy', () => {
  it('keeps the statements for others, and adds one where the policy is not about this account', () => {
    const others = statement(equals({ sub: OTHER_SUB, oaud: AUDIENCE, aud: OTHER_SUB }))
    expect(explainTrust(policy(others), metadata).corrected).toEqual(
      policy(others, statement(equals({ sub: SUB, oaud: AUDIENCE, aud: SUB }))),
    )
  })

  it('keeps the other accounts of the statement that it mends, and the conditions that are not about claims', () => {
    const address = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }
    const document = policy(statement({ ...equals({ sub: [OTHER_SUB, SUB], aud: AUDIENCE }), ...address }))
    const request = { keys: { 'aws:SourceIp': '10.1.2.3' } }
    expect(explainTrust(document, metadata, request).corrected).toEqual(
      policy(
        statement({
          ...equals({ sub: [SUB, OTHER_SUB], oaud: AUDIENCE, aud: [SUB, OTHER_SUB] }),
          ...address,
        }),
      ),
    )
  })

  it('has none of the digits that a program made up', () => {
    const rounded = policy(statement(equals({ sub: ROUNDED, oaud: AUDIENCE })))
    expect(explainTrust(rounded, metadata).corrected).toEqual(
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: SUB }))),
    )
  })

  it('is none where somebody is kept out on purpose, whatever else is wrong', () => {
    const excluded = { ...equals({ aud: AUDIENCE }), StringNotEquals: { [key('sub')]: SUB } }
    expect(explainTrust(policy(statement(excluded)), metadata)).not.toHaveProperty('corrected')
  })

  it('lets in nobody whom the policy neither let in nor named', () => {
    const value = fc.constantFrom(SUB, EMAIL, AUDIENCE, OTHER_SUB, '1*', '*')
    const operator = fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals', 'StringEqualsIfExists')
    const one = fc.tuple(operator, fc.constantFrom('sub', 'aud', 'oaud', 'email'), value)
    const claims = fc.constantFrom(metadata, byEmail)
    const stranger = { ...metadata, sub: '100000000000000000007', azp: '100000000000000000007' }
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 3 }), { maxLength: 3 }), claims, (rows, token) => {
        const document = policy(
          ...rows.map((conditions) =>
            statement(
              Object.fromEntries(conditions.map(([name, about, wanted]) => [name, { [key(about)]: wanted }])),
            ),
          ),
        )
        const { corrected } = explainTrust(document, token)
        fc.pre(corrected !== undefined)
        expect(evaluateTrust(corrected, token).allowed).toBe(true)
        const before = evaluateTrust(document, stranger).allowed
        expect(evaluateTrust(corrected, stranger).allowed && !before).toBe(false)
      }),
      { numRuns: 400 },
    )
  })
})
