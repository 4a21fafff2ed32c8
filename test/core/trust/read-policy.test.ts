import { describe, expect, it } from 'vitest'
import { evaluateTrust } from '../../../shared/core/trust.ts'
import { readPolicyText } from '../../../shared/core/trust/policy-text.ts'
import { readPolicy } from '../../../shared/core/trust/read-policy.ts'
import { equals, key, metadata, policy, statement, SUB } from './cases.ts'

const fine = policy(statement(equals({ sub: SUB })))
const text = JSON.stringify(fine)
const one = (rest: object): object => policy(statement(equals({ sub: SUB }), rest))
const on = (condition: unknown): object => policy(statement(undefined, { Condition: condition }))
const without = (element: string): object =>
  Object.fromEntries(Object.entries(statement()).filter(([name]) => name !== element))

/** What IAM would not save, and every word that is said of it. */
const FAULTS: readonly (readonly [string, unknown, ...RegExp[]])[] = [
  // The document
  [
    'text that is no JSON, in one line',
    '{ "Version":\n\n   oops',
    /^not-json: .*MalformedPolicyDocument: \S+( \S+)*$/,
  ],
  ['text that is no JSON, with where it ends', '{ "Version"', /^not-json: .*JSON at position 11/],
  ['text with percent signs that mean nothing', '%7B%zz', /^not-json: .*%7B%zz/],
  ['a document without a Statement', { Version: '2012-10-17' }, /^not-a-policy: It is no policy/],
  ['a document with no statement in it', { Statement: [] }, /^not-a-policy: It is no policy/],
  ['a Statement of null', { Statement: null }, /^not-a-policy 0: It is not an object/],
  [
    'another version and an element',
    { ...fine, Version: 2012, Name: 'x' },
    /^unknown-element: .*"Name"/,
    /^wrong-version: .*2012:/,
  ],
  [
    'a key twice',
    '{"Statement":[{},{"Effect":"Allow","Effect":"Deny","Principal":"*","Action":"x"}],"Statement":{}}',
    /^duplicate-key: Statement\[1\]\.Effect is/,
    /^duplicate-key: Statement is/,
    /^wrong-effect 0/,
    /^wrong-principal 0/,
    /^wrong-action-element 0/,
  ],
  [
    'a Sid twice',
    policy(statement(), statement(undefined, { Sid: 'A' }), statement(), statement(undefined, { Sid: 'A' })),
    /^wrong-sid 3: Its Sid "A" is that of statement 2:/,
  ],
  // Elements of a statement
  [
    'one element too many',
    one({ Effects: 'Deny' }),
    /^unknown-element 0: A statement has no element "Effects".* Write "Effect"\.$/,
  ],
  ['one that nobody can have meant', one({ Xyzzyplugh: 1 }), /^unknown-element 0: .* Remove it\.$/],
  ['a resource', one({ notResource: '*' }), /^unknown-element 0: A trust policy has no notResource:/],
  ['a Sid that is a number', one({ Sid: 7 }), /^wrong-sid 0: Its Sid is 7:/],
  ['a Sid with a hyphen before', one({ Sid: '-A' }), /^wrong-sid 0/],
  ['a Sid with a hyphen behind', one({ Sid: 'A-' }), /^wrong-sid 0/],
  ['no Effect', policy(without('Effect')), /^wrong-effect 0 Effect: It has no Effect\./],
  ['another Effect', one({ Effect: 'allow' }), /^wrong-effect 0 Effect: Its Effect is "allow", which/],
  ['no Principal', policy(without('Principal')), /^wrong-principal 0 Principal: It has no Principal:/],
  [
    'a Principal that is text',
    one({ Principal: 'accounts.google.com' }),
    /^wrong-principal 0 Principal: Its Principal is "accounts\.google\.com", which/,
  ],
  ['a Principal without a kind', one({ Principal: {} }), /^wrong-principal 0/],
  [
    'a kind of principal that there is not, beside one',
    one({ Principal: { Federated: 'x', Google: 'y' } }),
    /^wrong-principal 0/,
  ],
  ['a kind with nobody in it', one({ Principal: { Federated: 'x', AWS: [] } }), /^wrong-principal 0/],
  [
    'a name that is a number, beside one',
    one({ Principal: { AWS: ['x', 123456789012] } }),
    /^wrong-principal 0/,
  ],
  [
    'NotPrincipal, and that alone',
    policy({ ...without('Principal'), NotPrincipal: { AWS: '*' } }),
    /^not-principal 0 Principal:/,
  ],
  ['no Action', policy(without('Action')), /^wrong-action-element 0 Action: It has no Action\./],
  [
    'two kinds of Action',
    one({ NotAction: 'sts:TagSession' }),
    /^wrong-action-element 0 Action: It has both/,
  ],
  [
    'an Action that is a number',
    one({ Action: 7 }),
    /^wrong-action-element 0 Action: Its Action is 7, which/,
  ],
  ['no action in the list', one({ Action: [] }), /^wrong-action-element 0 Action: Its Action is \[\], which/],
  ['an action that is a number, beside one', one({ Action: ['sts:*', 7] }), /^wrong-action-element 0/],
  [
    'what is 80 characters long, as it is',
    one({ Sid: '-'.repeat(78) }),
    /^wrong-sid 0: Its Sid is "-{78}": /,
  ],
  ['what is longer, cut', one({ Sid: '-'.repeat(79) }), /^wrong-sid 0: Its Sid is "-{79}…: /],
  // Conditions
  ['a Condition that is a list', on([]), /^wrong-condition 0 Condition: Its Condition is/],
  [
    'an operator with a text',
    on({ StringEquals: 'x' }),
    /^wrong-condition 0 Condition: What stands under StringEquals is/,
  ],
  [
    'a value that is null',
    on({ StringEquals: { a: null } }),
    /^wrong-condition 0 Condition: The value of a is/,
  ],
  ['a value that is an object, beside one', on({ StringEquals: { a: ['x', {}] } }), /^wrong-condition 0/],
  [
    'an operator that there is not',
    on({ StringEqual: { a: 'x' } }),
    /^unknown-operator 0 Condition: .*"StringEqual": .* Write StringEquals\.$/,
  ],
  [
    'one that nobody can have meant',
    on({ Xyzzyplugh: { a: 'x' } }),
    /^unknown-operator 0 .* Write StringEquals\.$/,
  ],
  ['a set that there is not', on({ 'ForSomeValues:StringEquals': { a: 'x' } }), /^unknown-operator 0/],
  ['words behind IfExists', on({ 'StringEqualsIfExists ': { a: 'x' } }), /^unknown-operator 0/],
  ['Null of a set', on({ 'ForAnyValue:Null': { a: 'true' } }), /^unknown-operator 0/],
  ['Null if it exists', on({ NullIfExists: { a: 'true' } }), /^unknown-operator 0/],
  [
    'a value that is no number',
    on({ NumericEquals: { a: ['1', 'x'] } }),
    /^unreadable-value 0 Condition: NumericEquals cannot compare a with "x"/,
  ],
  ['a value that is no date', on({ DateLessThan: { a: 'noon' } }), /^unreadable-value 0/],
  ['a value that is no boolean', on({ Bool: { a: ['true', 'yes'] } }), /^unreadable-value 0 .*"yes"/],
  ['a value that only ends as a boolean', on({ Null: { a: 'untrue' } }), /^unreadable-value 0/],
  ['a value that only begins as a boolean', on({ Null: { a: 'falsehood' } }), /^unreadable-value 0/],
  ['a value that is no range', on({ IpAddress: { a: '10.0.0.0/33' } }), /^unreadable-value 0/],
  [
    'faults of several statements',
    policy(statement(undefined, { Sid: '-' }), statement(), statement(undefined, { Effect: 1 })),
    /^wrong-sid 0/,
    /^wrong-effect 2/,
  ],
]

/** What is read all the same. */
const READ: readonly (readonly [string, unknown])[] = [
  ['text', text],
  ['text within text', JSON.stringify(text)],
  ['text with percent signs', encodeURIComponent(text)],
  [
    'the same in small letters, behind a line break',
    `\n  ${encodeURIComponent(text).replaceAll('%7B', '%7b')}`,
  ],
  ['what aws iam get-role prints', { Role: { RoleName: 'app', AssumeRolePolicyDocument: fine } }],
  ['what IAM’s API sends', { Role: { AssumeRolePolicyDocument: encodeURIComponent(text) } }],
  ['the role alone', { AssumeRolePolicyDocument: text }],
]

const said = (document: unknown): readonly string[] =>
  readPolicy(document).problems.map(({ id, statement: at, element, message, fix }) => {
    const place = [id, at, element].filter((part) => part !== undefined).join(' ')
    return `${place}: ${message} ${fix}`
  })

describe('a trust policy', () => {
  it.each(FAULTS)('is refused for %s, and for nothing else', (_, document, ...words) => {
    const problems = said(document)
    expect(problems).toEqual(words.map((pattern) => expect.stringMatching(pattern as RegExp) as string))
    expect(evaluateTrust(document, metadata).allowed).toBe(false)
  })

  it.each(READ)('is read from %s', (_, document) => {
    const { source, problems, versioned } = readPolicy(document)
    expect([source, problems, versioned]).toEqual([fine, [], true])
  })

  it('has no statement where it cannot be read, nor a version', () => {
    expect(readPolicy('oops')).toEqual({
      document: { variables: false, statements: [] },
      problems: [expect.objectContaining({ id: 'not-json' })],
      rounded: [],
      versioned: false,
      length: 0,
    })
  })

  it('has those statements that are without a fault', () => {
    const { document } = readPolicy(policy(statement(undefined, { Resource: '*' }), statement()))
    expect(document.statements.map(({ index }) => index)).toEqual([1])
  })

  it('may have empty names of statements, as consoles write them, which are none', () => {
    const unnamed = statement(undefined, { Sid: '' })
    const { problems, document } = readPolicy(policy(unnamed, unnamed))
    expect(problems).toEqual([])
    expect(document.statements.map(({ sid }) => sid)).toEqual([undefined, undefined])
  })

  it('has each condition with its set, its operator and whether the key may be absent', () => {
    const { document } = readPolicy(
      on({ 'ForAllValues:StringLikeIfExists': { [key('amr')]: ['a', true] }, NumericLessThan: { n: 1.5 } }),
    )
    expect(document.statements[0]?.conditions).toEqual([
      {
        name: 'ForAllValues:StringLikeIfExists',
        set: 'ForAllValues',
        operator: 'StringLike',
        ifExists: true,
        key: key('amr'),
        values: ['a', 'true'],
        rounded: false,
      },
      {
        name: 'NumericLessThan',
        set: undefined,
        operator: 'NumericLessThan',
        ifExists: false,
        key: 'n',
        values: ['1.5'],
        rounded: false,
      },
    ])
  })

  it('tells whole numbers that have been rounded, also among others, from those that are exact', () => {
    const rounded = (value: unknown): unknown =>
      readPolicy(on({ StringEquals: { a: value } })).document.statements[0]?.conditions[0]?.rounded
    expect([Number(SUB), ['1', Number(SUB)], 123456789012, SUB, 0.1].map(rounded)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

describe('the text of a policy', () => {
  it('keeps the digits of numbers that a reader of JSON rounds, and says where whole ones are', () => {
    const read = readPolicyText(
      `{"a":{"b":[1,${SUB}, -${SUB}0],"c":1.0},"d":0.10,"e":1e30,"f":1e2,"g":[[true,null,${SUB}]]} `,
    )
    expect(read).toEqual({
      document: {
        a: { b: [1, SUB, `-${SUB}0`], c: 1 },
        d: '0.10',
        e: '1e30',
        f: 100,
        g: [[true, null, SUB]],
      },
      duplicates: [],
      rounded: [
        { path: 'a.b[1]', written: SUB, read: String(Number(SUB)) },
        { path: 'a.b[2]', written: `-${SUB}0`, read: String(-Number(`${SUB}0`)) },
        { path: 'g[0][2]', written: SUB, read: String(Number(SUB)) },
      ],
    })
  })

  it('may be a single number', () => {
    expect(readPolicyText(SUB)).toEqual({
      document: SUB,
      duplicates: [],
      rounded: [{ path: '', written: SUB, read: String(Number(SUB)) }],
    })
  })

  it('has no key twice, at whatever depth, but the same value as often as it likes', () => {
    expect(readPolicyText('{"a":[1,1,{"b":{"x":1,"y":2,"x":3}}],"a":1,"a":2}')?.duplicates).toEqual([
      'a[2].b.x',
      'a',
      'a',
    ])
  })

  it('is nothing where it is not JSON', () => {
    expect(readPolicyText('{"a":1,}')).toBeUndefined()
  })
})
