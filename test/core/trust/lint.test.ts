import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateTrust, tightTrustPolicy } from '../../../shared/core/trust.ts'
import { TRUST_RULES } from '../../../shared/core/trust/finding.ts'
import { lintTrustPolicy, type TrustFinding } from '../../../shared/core/trust/lint.ts'
import { AUDIENCE, EMAIL, equals, key, metadata, OTHER_SUB, policy, statement, SUB } from './cases.ts'

const tight = equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] })
const google = (element: object): object => policy(statement(tight, element))
const without = (element: string): object =>
  Object.fromEntries(Object.entries(statement(tight)).filter(([name]) => name !== element))
const also = (condition: object): object => policy(statement({ ...tight, ...condition }))

/** What each rule finds: the rule, its level, the policy. */
const FOUND: readonly (readonly [TrustFinding['id'], TrustFinding['level'], unknown])[] = [
  ['open-to-any-account', 'error', policy(statement())],
  ['open-to-any-account', 'error', policy(statement(equals({ oaud: AUDIENCE })))],
  ['open-to-any-account', 'error', policy(statement({ StringLike: { [key('sub')]: '*' } }))],
  ['open-to-any-account', 'error', policy(statement({ StringNotEquals: { [key('sub')]: OTHER_SUB } }))],
  ['no-subject', 'warning', policy(statement(equals({ aud: SUB, oaud: AUDIENCE })))],
  ['no-subject', 'warning', policy(statement(equals({ email: EMAIL, oaud: AUDIENCE })))],
  ['no-audience', 'warning', policy(statement(equals({ sub: SUB })))],
  ['everyone', 'error', google({ Principal: '*' })],
  ['everyone', 'error', google({ Principal: { AWS: '*' } })],
  ['everyone', 'error', google({ Principal: { Federated: '*' } })],
  ['wildcard-subject', 'error', policy(statement({ StringLike: { [key('sub')]: '11789*' } }))],
  ['wildcard-value', 'warning', also({ StringLike: { [key('oaud')]: 'https://*.example.com' } })],
  ['for-all-values', 'error', also({ 'ForAllValues:StringEquals': { [key('email')]: EMAIL } })],
  ['for-all-values', 'warning', also({ 'ForAllValues:StringEquals': { [key('sub')]: SUB } })],
  ['if-exists', 'error', also({ StringEqualsIfExists: { [key('email')]: EMAIL } })],
  ['wildcard-action', 'warning', google({ Action: 'sts:*' })],
  ['numeric-aud-only', 'note', policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: SUB })))],
  ['email-aud-only', 'warning', policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: EMAIL })))],
  ['email-key', 'warning', also(equals({ email: EMAIL }))],
  ['absent-claim', 'warning', also({ NumericEquals: { [key('google/organization_number')]: '1' } })],
  ['absent-claim', 'warning', also({ 'ForAnyValue:StringEquals': { [key('amr')]: 'mfa' } })],
  ['audience-under-aud', 'error', policy(statement(equals({ aud: AUDIENCE })))],
  ['audience-under-aud', 'warning', policy(statement(equals({ sub: SUB, aud: [AUDIENCE, SUB] })))],
  ['identity-under-oaud', 'error', policy(statement(equals({ sub: SUB, oaud: SUB })))],
  ['other-audience', 'error', policy(statement(equals({ sub: SUB, oaud: 'keyferry' })))],
  ['aud-of-another', 'error', policy(statement(equals({ sub: SUB, aud: OTHER_SUB })))],
  ['email-under-sub', 'error', policy(statement(equals({ sub: EMAIL })))],
  ['wrong-subject', 'error', policy(statement(equals({ sub: 'serviceAccount:app' })))],
  ['wrong-subject', 'warning', policy(statement(equals({ sub: '1178901234567890123' })))],
  ['number-literal', 'error', policy(statement(equals({ sub: Number(SUB) })))],
  [
    'number-literal',
    'error',
    JSON.stringify(policy(statement(equals({ sub: SUB })))).replace(`"${SUB}"`, SUB),
  ],
  ['rounded-subject', 'warning', policy(statement(equals({ sub: String(Number(SUB)) })))],
  ['literal-wildcard', 'error', policy(statement(equals({ sub: '11789*' })))],
  [
    'literal-variable',
    'error',
    { Statement: statement(equals({ sub: SUB, aud: '${accounts.google.com:sub}' })) },
  ],
  ['unknown-key', 'error', also(equals({ azp: SUB }))],
  ['unknown-key', 'error', also({ StringEquals: { 'token.actions.githubusercontent.com:sub': SUB } })],
  ['issuer-url', 'error', google({ Principal: { Federated: 'https://accounts.google.com' } })],
  ['issuer-url', 'error', also({ StringEquals: { 'https://accounts.google.com:sub': SUB } })],
  [
    'oidc-provider-arn',
    'error',
    google({ Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/accounts.google.com' } }),
  ],
  ['wrong-action', 'error', google({ Action: 'sts:AssumeRole' })],
  ['no-google-statement', 'error', google({ Principal: { AWS: '123456789012' } })],
  ['deny-everyone', 'error', policy(statement(tight), statement(undefined, { Effect: 'Deny' }))],
  ['no-version', 'note', { Statement: statement(tight) }],
  ['too-long', 'warning', policy(...Array.from({ length: 12 }, () => statement(tight)))],
  ['not-json', 'error', '{ "Version":'],
  ['duplicate-key', 'error', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{}]}'],
  ['not-a-policy', 'error', {}],
  ['not-a-policy', 'error', { Statement: ['Allow'] }],
  ['wrong-version', 'error', { ...policy(statement(tight)), Version: '2025-01-01' }],
  ['unknown-element', 'error', { ...policy(statement(tight)), statement: [] }],
  ['unknown-element', 'error', google({ Resource: '*' })],
  ['wrong-sid', 'error', google({ Sid: 'Google accounts' })],
  ['wrong-sid', 'error', policy(statement(tight, { Sid: 'A' }), statement(tight, { Sid: 'A' }))],
  ['wrong-effect', 'error', google({ Effect: 'allow' })],
  ['wrong-principal', 'error', policy(without('Principal'))],
  ['wrong-principal', 'error', google({ Principal: 'accounts.google.com' })],
  ['not-principal', 'error', policy({ ...without('Principal'), NotPrincipal: { AWS: '*' } })],
  ['wrong-action-element', 'error', policy(without('Action'))],
  ['unknown-operator', 'error', also({ StringEqual: { [key('sub')]: SUB } })],
  ['wrong-condition', 'error', google({ Condition: 'sub' })],
  ['unreadable-value', 'error', also({ NumericEquals: { [key('google/organization_number')]: 'ours' } })],
]

describe('lint of a trust policy', () => {
  it.each(FOUND)('finds %s as %s in %j', (id, level, document) => {
    const found = lintTrustPolicy(document, { audience: AUDIENCE }).filter((finding) => finding.id === id)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ id, level })
    expect(`${found[0]?.message} ${found[0]?.fix}`).not.toMatch(/undefined|\[object/)
  })

  it('has an example for every rule', () => {
    expect([...new Set(FOUND.map(([id]) => id))].toSorted()).toEqual(Object.keys(TRUST_RULES).toSorted())
  })

  it('finds nothing in the tight policy, and a note in that for the metadata server alone', () => {
    const [both, one] = [
      tightTrustPolicy({ uniqueId: SUB, email: EMAIL }, { audience: AUDIENCE }),
      tightTrustPolicy({ uniqueId: SUB }, { audience: AUDIENCE }),
    ]
    expect(lintTrustPolicy(both, { audience: AUDIENCE })).toEqual([])
    expect(lintTrustPolicy(JSON.stringify(both))).toEqual([])
    expect(lintTrustPolicy(one).map(({ id }) => id)).toEqual(['numeric-aud-only'])
  })

  it('finds in the practitioner’s policy that the audience stands under azp, and that no account is named', () => {
    const found = lintTrustPolicy(policy(statement(equals({ aud: AUDIENCE }))))
    expect(found.map(({ id }) => id)).toEqual(['audience-under-aud', 'no-subject'])
    expect(found[0]?.message).toContain('azp')
    expect(found[0]?.fix).toContain('accounts.google.com:oaud')
  })

  it('reads what aws iam get-role prints, and what IAM’s API sends', () => {
    const document = policy(statement(equals({ aud: AUDIENCE })))
    const expected = lintTrustPolicy(document)
    expect(lintTrustPolicy({ Role: { RoleName: 'app', AssumeRolePolicyDocument: document } })).toEqual(
      expected,
    )
    expect(lintTrustPolicy(encodeURIComponent(JSON.stringify(document)))).toEqual(expected)
  })

  it('orders by statement, then by weight', () => {
    const found = lintTrustPolicy({ Statement: [statement(equals({ sub: SUB })), statement()] })
    expect(found.map(({ statement: at, level }) => [at, level])).toEqual([
      [undefined, 'note'],
      [0, 'warning'],
      [1, 'error'],
    ])
  })

  it('leaves statements for others alone', () => {
    const others = statement(undefined, {
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    })
    expect(lintTrustPolicy(policy(statement(tight), others))).toEqual([])
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const documents = [
          value,
          text,
          policy(statement(value as object)),
          policy(statement({ StringEquals: value })),
          google({ Principal: value, Action: value }),
        ]
        for (const document of documents) expect(lintTrustPolicy(document)).toBeInstanceOf(Array)
      }),
    )
  })

  it('has an error for every policy that lets in a stranger', () => {
    const claim = fc.constantFrom('sub', 'aud', 'oaud', 'email')
    const operator = fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals', 'StringEqualsIfExists')
    const value = fc.constantFrom(SUB, EMAIL, AUDIENCE, '*', '1*')
    const conditions = fc.array(fc.tuple(operator, claim, value), { maxLength: 3 })
    const stranger = { ...metadata, sub: OTHER_SUB, azp: OTHER_SUB }
    fc.assert(
      fc.property(conditions, (rows) => {
        const block: Record<string, Record<string, string>> = {}
        for (const [name, about, wanted] of rows) block[name] = { ...block[name], [key(about)]: wanted }
        const document = policy(statement(block))
        fc.pre(evaluateTrust(document, stranger).allowed)
        expect(lintTrustPolicy(document).map(({ level }) => level)).toContain('error')
      }),
      { numRuns: 400 },
    )
  })
})
