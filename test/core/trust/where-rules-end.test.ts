import { describe, expect, it } from 'vitest'
import { lintTrustPolicy, type TrustFinding } from '../../../shared/core/trust/lint.ts'
import { AUDIENCE, EMAIL, equals, key, OTHER_SUB, policy, statement, SUB } from './cases.ts'

const tight = equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] })
const byId = { StringEquals: { [key('sub')]: SUB, [key('oaud')]: AUDIENCE } }
const google = (element: object, condition: object = tight): object => policy(statement(condition, element))
const deny = (condition?: object, element: object = {}): object =>
  policy(statement(tight), statement(condition, { Effect: 'Deny', ...element }))
const facebook = { Principal: { Federated: 'graph.facebook.com' } }
/** A statement with the account and the audience, and these conditions too. */
const also = (conditions: object): object => {
  const { StringEquals, ...others } = conditions as { readonly StringEquals?: object }
  return policy(statement({ StringEquals: { ...byId.StringEquals, ...StringEquals }, ...others }))
}
const like = (claim: string, value: unknown): object => ({ StringLike: { [key(claim)]: value } })

/** A sentence, the policy, and everything that is found in it, in order. */
const ALL: readonly (readonly [string, unknown, ...TrustFinding['id'][]])[] = [
  // Whose statements are looked at
  [
    'a Deny may name an account in one spelling, and by its e-mail',
    deny(equals({ aud: EMAIL, email: EMAIL })),
  ],
  [
    'a statement for another provider may have what it likes',
    policy(statement(tight), statement(equals({ aud: 'app', azp: SUB, sub: EMAIL }), facebook)),
  ],
  [
    'one that is about another action has that fault alone',
    google({ Action: 'sts:TagSession' }, equals({ aud: EMAIL })),
    'wrong-action',
  ],
  ['a Deny of another action harms nobody', deny(undefined, { Action: 'sts:TagSession' })],
  ['a Deny may be of many actions', deny(equals({ sub: OTHER_SUB }), { Action: 'sts:*' })],
  ['a Deny of another provider harms nobody', deny(undefined, facebook)],
  ['a Deny of everyone denies Google too', deny(undefined, { Principal: '*' }), 'deny-everyone'],
  [
    'a Deny of everyone with a condition is what AWS advises',
    deny({ StringNotEquals: { [key('sub')]: SUB } }, { Principal: '*' }),
  ],
  [
    'a policy with nothing but a Deny lets nobody in',
    policy(statement(equals({ sub: OTHER_SUB }), { Effect: 'Deny' })),
    'no-google-statement',
  ],
  ['more actions than ours', google({ Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] })],
  // Principals
  ['everyone, for another action', google({ Principal: '*', Action: 'sts:AssumeRole' }), 'everyone'],
  [
    'everyone, beside Google',
    google({ Principal: { Federated: 'accounts.google.com', AWS: '*' } }),
    'everyone',
  ],
  ['everyone, beside an account', google({ Principal: { AWS: ['123456789012', '*'] } }), 'everyone'],
  ['everyone who is federated', google({ Principal: { Federated: '*' } }), 'everyone'],
  [
    'Google by its URL is one fault',
    google({ Principal: { Federated: 'http://accounts.google.com' } }),
    'issuer-url',
  ],
  [
    'a provider of IAM for Google’s URL is one fault',
    google({
      Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/https://accounts.google.com' },
    }),
    'oidc-provider-arn',
  ],
  [
    'another provider’s URL is not Google’s',
    google({ Principal: { Federated: 'https://gitlab.com' } }),
    'no-google-statement',
  ],
  [
    'a wildcard beside the action',
    google({ Action: ['sts:AssumeRoleWithWebIdentity', 'sts:Tag*'] }),
    'wildcard-action',
  ],
  ['all actions but one', policy({ ...without('Action'), NotAction: 'sts:TagSession' }), 'wildcard-action'],
  // Spellings
  [
    'a wildcard that stands for the other spelling',
    also(like('aud', [SUB, '*@keyferry-demo.iam.gserviceaccount.com'])),
    'wildcard-value',
  ],
  [
    'a variable that stands for the other spelling',
    also(equals({ aud: ['${accounts.google.com:sub}', EMAIL] })),
  ],
  ['that a claim is absent may be demanded', also({ Null: { [key('email')]: 'true' } })],
  // Conditions about other things
  ['IfExists of a key that is not Google’s', also({ IpAddressIfExists: { 'aws:SourceIp': '10.0.0.0/8' } })],
  [
    'ForAllValues of a key that is not Google’s',
    also({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' } }),
  ],
  [
    'a wildcard in a key that is not Google’s',
    also({ StringLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:*' } }),
  ],
  [
    'a tag whose name is a URL of Google',
    also({ StringEquals: { 'aws:RequestTag/https://google.com': 'x' } }),
  ],
  [
    'a tag whose name looks like another provider’s key',
    also({ StringEquals: { 'aws:RequestTag/team.example:owner': 'x' } }),
  ],
  // Wildcards
  [
    'StringLike without a wildcard is StringEquals',
    policy(statement({ StringLike: { [key('sub')]: SUB, [key('oaud')]: AUDIENCE } })),
  ],
  [
    'a star as itself is no wildcard',
    policy(statement({ ...equals({ sub: SUB }), ...like('oaud', 'a${*}b') })),
  ],
  [
    'a wildcard in the id',
    policy(statement({ ...like('sub', '11789*'), ...equals({ oaud: AUDIENCE }) })),
    'wildcard-subject',
  ],
  [
    'nothing but question marks in the id',
    policy(statement({ ...like('sub', '?*?'), ...equals({ oaud: AUDIENCE }) })),
    'open-to-any-account',
    'wildcard-subject',
  ],
  ['a wildcard under :aud, and the account by its id', also(like('aud', '1178*')), 'wildcard-value'],
  [
    'a wildcard where StringEquals takes it for itself, under :aud',
    also(equals({ aud: '1178*' })),
    'literal-wildcard',
  ],
  [
    'a wildcard where StringEquals takes it for itself, under :oaud',
    policy(statement(equals({ sub: SUB, oaud: 'https://*' }))),
    'literal-wildcard',
  ],
  [
    'a question mark in the audience may be that of a URL',
    policy(statement(equals({ sub: SUB, oaud: ['https://app/?a', AUDIENCE] }))),
  ],
  ['a star that is written as a variable is meant', policy(statement(equals({ sub: SUB, oaud: '${*}' })))],
  [
    'a star that StringEquals takes for an id',
    policy(statement(equals({ sub: '*', oaud: AUDIENCE }))),
    'literal-wildcard',
  ],
  [
    'a star beside the id',
    policy(statement({ ...like('sub', [SUB, '*']), ...equals({ oaud: AUDIENCE }) })),
    'open-to-any-account',
    'wildcard-subject',
  ],
  [
    'a wildcard before the end of the id',
    policy(statement({ ...like('sub', '*2345'), ...equals({ oaud: AUDIENCE }) })),
    'wildcard-subject',
  ],
  [
    'an e-mail that need not be there names nobody',
    policy(statement({ StringEqualsIfExists: { [key('email')]: EMAIL } })),
    'open-to-any-account',
    'if-exists',
    'email-key',
  ],
  [
    'nor does one of which there may be none',
    policy(statement({ 'ForAllValues:StringEquals': { [key('email')]: EMAIL } })),
    'open-to-any-account',
    'for-all-values',
    'email-key',
  ],
  // Values
  [
    'an id with a digit more before it',
    policy(statement(equals({ sub: `9${SUB}`, oaud: AUDIENCE }))),
    'wrong-subject',
  ],
  [
    'an id with a digit more behind it',
    policy(statement(equals({ sub: `${SUB}9`, oaud: AUDIENCE }))),
    'wrong-subject',
  ],
  [
    'an e-mail with words before it',
    policy(statement(equals({ sub: `account ${EMAIL}`, oaud: AUDIENCE }))),
    'wrong-subject',
  ],
  [
    'an e-mail with words behind it',
    policy(statement(equals({ sub: `${EMAIL} (ours)`, oaud: AUDIENCE }))),
    'wrong-subject',
  ],
  [
    'a number is one fault',
    policy(statement(equals({ sub: Number(SUB), oaud: AUDIENCE }))),
    'number-literal',
  ],
  [
    'an id with a letter before it',
    policy(statement(equals({ sub: `a${SUB}`, oaud: AUDIENCE }))),
    'wrong-subject',
  ],
  [
    'another account’s id under :aud, beside the right one',
    also(equals({ aud: [OTHER_SUB, SUB] })),
    'numeric-aud-only',
  ],
  [
    'the id under :aud alone',
    policy(statement(equals({ oaud: AUDIENCE, aud: SUB }))),
    'no-subject',
    'numeric-aud-only',
  ],
  ['the id of an application', also(equals({ aud: '1234.apps.googleusercontent.com' }))],
  ['the number of an application', also(equals({ aud: '1234' }))],
  [
    'an audience and a wildcard',
    policy(statement({ ...equals({ sub: SUB }), ...like('oaud', ['app', '*.example.com']) })),
    'wildcard-value',
  ],
  [
    'the e-mail under :oaud',
    policy(statement(equals({ sub: SUB, oaud: [EMAIL, AUDIENCE] }))),
    'identity-under-oaud',
  ],
  ['a variable in the language of 2012', also(equals({ aud: '${accounts.google.com:sub}' }))],
  // The document
  [
    'half a document says nothing about what is missing from it',
    { Statement: statement(tight, { Effect: 'allow' }) },
    'wrong-effect',
  ],
  ['2,048 characters are not too many', longPolicy(2_048)],
  ['2,049 are', longPolicy(2_049), 'too-long'],
  ['white space does not count', JSON.stringify(longPolicy(2_048), null, 2)],
]

/** A sentence, the policy, and words of what is said. */
const SAID: readonly (readonly [string, unknown, TrustFinding['id'], RegExp])[] = [
  [
    'who asked for the token, by id',
    policy(statement(equals({ aud: [SUB, EMAIL] }))),
    'no-subject',
    /by :aud alone/,
  ],
  [
    'who asked for the token, by e-mail',
    policy(statement(equals({ aud: EMAIL }))),
    'no-subject',
    /an e-mail can be given/,
  ],
  [
    'the e-mail',
    policy(statement({ ...equals({ email: EMAIL }), ...like('aud', [SUB, '*']) })),
    'no-subject',
    /an e-mail can be given/,
  ],
  [
    'an audience alone',
    policy(statement(equals({ oaud: [AUDIENCE, 'app'] }))),
    'open-to-any-account',
    /audience alone \("sts\.amazonaws\.com" or "app"\)/,
  ],
  ['nothing', policy(statement()), 'open-to-any-account', /does not say which/],
  [
    'wildcards, and not what is beside them',
    also(like('sub', ['1*', SUB, '2?'])),
    'wildcard-subject',
    /^StringLike "1\*" and "2\?" lets/,
  ],
  [
    'a key of Google’s URL',
    also({ StringEquals: { 'http://accounts.google.com:sub': SUB } }),
    'issuer-url',
    /Write "accounts\.google\.com:sub"\./,
  ],
  ['azp', also(equals({ azp: SUB })), 'unknown-key', /lets nobody in\. Write "accounts\.google\.com:aud"/],
  ['azp in a Deny', deny(equals({ azp: SUB })), 'unknown-key', /denies nobody\. Write/],
  [
    'what must not be in a key that is never there',
    also({ StringNotEquals: { [key('azp')]: SUB } }),
    'unknown-key',
    /finds nothing there\. Write/,
  ],
  [
    'another key',
    also(equals({ hd: 'example.com' })),
    'unknown-key',
    /There are accounts\.google\.com:sub, accounts\.google\.com:oaud, accounts\.google\.com:aud\.$/,
  ],
  [
    'an e-mail under :sub',
    policy(statement(equals({ sub: EMAIL }))),
    'email-under-sub',
    /lets nobody in\. .*describe broker@keyferry-demo/,
  ],
  ['an e-mail under :sub in a Deny', deny(equals({ sub: EMAIL })), 'email-under-sub', /denies nobody\./],
  [
    'audiences under :aud',
    also(equals({ aud: ['sts', 'x1', '1x'] })),
    'audience-under-aud',
    /"sts" and "x1" and "1x" lets nobody in/,
  ],
  [
    'the id under :oaud',
    also(equals({ oaud: SUB })),
    'identity-under-oaud',
    /under "accounts\.google\.com:sub"/,
  ],
  [
    'the e-mail under :oaud',
    also(equals({ oaud: EMAIL })),
    'identity-under-oaud',
    /under "accounts\.google\.com:aud"/,
  ],
  [
    'other audiences',
    also(equals({ oaud: ['app', 'web'] })),
    'other-audience',
    /wants the audience "app" or "web"; tokens are minted for "sts/,
  ],
  [
    'a variable without a Version',
    { Statement: statement(equals({ sub: SUB, aud: [SUB, 'a${x}'] })) },
    'literal-variable',
    /the text "a\$\{x\}"/,
  ],
  [
    'all actions but one',
    policy({ ...without('Action'), NotAction: 'sts:TagSession' }),
    'wildcard-action',
    /all actions but sts:TagSession/,
  ],
  [
    'actions that are others',
    google({ Action: ['sts:TagSession', 'sts:AssumeRole'] }),
    'wrong-action',
    /about sts:TagSession and sts:AssumeRole;/,
  ],
]

/** Where a number without quotation marks stands in the text, and the statement that is named. */
const digits = SUB
const NUMBERS: readonly (readonly [string, string, number | undefined])[] = [
  ['the only statement', `{"Statement":${withNumber()}}`, 0],
  [
    'the eleventh',
    `{"Statement":[${Array<string>(10)
      .fill(JSON.stringify(statement(tight)))
      .join()},${withNumber()}]}`,
    10,
  ],
  [
    'a statement of what aws iam get-role prints',
    `{"Role":{"AssumeRolePolicyDocument":{"Statement":[{},${withNumber()}]}}}`,
    1,
  ],
  ['no statement', `{"Id":${digits},"Statement":${JSON.stringify(statement(tight))}}`, undefined],
]

describe('lint of a trust policy', () => {
  it.each(ALL)('finds, and nothing else: %s', (_, document, ...ids) => {
    expect(lintTrustPolicy(document, { audience: AUDIENCE }).map(({ id }) => id)).toEqual(ids)
  })

  it.each(SAID)('tells %s', (_, document, id, words) => {
    const said = lintTrustPolicy(document, { audience: AUDIENCE }).find((finding) => finding.id === id)
    expect(`${said?.message} ${said?.fix}`).toMatch(words)
  })

  it.each(NUMBERS)('names the statement of a number in %s', (_, text, at) => {
    const found = lintTrustPolicy(text).find(({ id }) => id === 'number-literal')
    expect(found).toBeDefined()
    expect(found?.statement).toBe(at)
  })

  it('says first what is about the document, and of a fault in reading where it is', () => {
    const text = `{"Id":${SUB},"Statement":${JSON.stringify(statement(tight, { Effect: 'allow' }))}}`
    const found = lintTrustPolicy(text)
    expect(
      found.map(({ id, level, ...place }) => [id, level, 'statement' in place && place.statement]),
    ).toEqual([
      ['number-literal', 'error', false],
      ['wrong-effect', 'error', 0],
    ])
    expect(lintTrustPolicy('oops')[0]).not.toHaveProperty('statement')
  })

  it('weighs a wildcard by what else names the account', () => {
    const level = (document: object): unknown =>
      lintTrustPolicy(document).find(({ id }) => id === 'wildcard-value')?.level
    expect(level(also(like('aud', '1178*')))).toBe('warning')
    expect(level(policy(statement({ ...equals({ oaud: AUDIENCE }), ...like('aud', '1178*') })))).toBe('error')
    expect(level(policy(statement(like('oaud', 'https://*.example.com'))))).toBe('warning')
  })

  it('weighs an id by whether it is a number at all', () => {
    const level = (sub: string): unknown =>
      lintTrustPolicy(policy(statement(equals({ sub })))).find(({ id }) => id === 'wrong-subject')?.level
    expect([level('117'), level('a117'), level('117a')]).toEqual(['warning', 'error', 'error'])
  })
})

function without(element: string): object {
  return Object.fromEntries(Object.entries(statement(tight)).filter(([name]) => name !== element))
}

function withNumber(): string {
  return JSON.stringify(statement(equals({ sub: SUB }))).replace(`"${SUB}"`, digits)
}

/** A tight policy of so many characters. */
function longPolicy(length: number): object {
  const short = JSON.stringify(google({ Sid: '' })).length
  return google({ Sid: 'a'.repeat(length - short) })
}
