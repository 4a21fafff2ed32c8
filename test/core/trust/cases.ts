/**
 * Policy × token → verdict, written by hand from AWS's documents before the code that must agree with them. Each row names the
 * page that says so; what no page says is not in here.
 */
import type { SessionRequest, WebIdentityClaims } from '../../../shared/core/trust.ts'

export interface TrustCase {
  readonly name: string
  readonly source: string
  readonly policy: unknown
  readonly claims: WebIdentityClaims
  readonly request?: SessionRequest
  readonly allowed: boolean
}

export const SUB = '117890123456789012345'
export const OTHER_SUB = '104917288031174460352'
export const EMAIL = 'broker@keyferry-demo.iam.gserviceaccount.com'
export const AUDIENCE = 'sts.amazonaws.com'

/** What the metadata server mints: `azp` is the numeric id. */
export const metadata: WebIdentityClaims = {
  iss: 'https://accounts.google.com',
  sub: SUB,
  aud: AUDIENCE,
  azp: SUB,
}
/** What a key file, or impersonation by Google's libraries, mints: `azp` is the e-mail. */
export const byEmail: WebIdentityClaims = { ...metadata, azp: EMAIL, email: EMAIL }
/** What Google mints for users of an application of one platform. */
export const withoutAzp: WebIdentityClaims = { iss: metadata.iss, sub: SUB, aud: AUDIENCE }

export const key = (claim: string): string => `accounts.google.com:${claim}`

/** A statement for Google's identities, with these conditions; `rest` replaces its elements. */
export const statement = (condition?: object, rest: object = {}): Record<string, unknown> => ({
  Effect: 'Allow',
  Principal: { Federated: 'accounts.google.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  ...(condition && { Condition: condition }),
  ...rest,
})
export const policy = (...statements: object[]): Record<string, unknown> => ({
  Version: '2012-10-17',
  Statement: statements,
})
export const equals = (values: Readonly<Record<string, unknown>>): object => ({
  StringEquals: Object.fromEntries(Object.entries(values).map(([claim, value]) => [key(claim), value])),
})
const without = (element: string): object =>
  Object.fromEntries(Object.entries(statement()).filter(([name]) => name !== element))

/** One statement with one condition on `key(claim)`. */
const on = (operator: string, claim: string, value: unknown): object =>
  policy(statement({ [operator]: { [claim.includes(':') ? claim : key(claim)]: value } }))
const denyOn = (operator: string, claim: string, value: unknown): object =>
  policy(statement(), statement({ [operator]: { [key(claim)]: value } }, { Effect: 'Deny' }))

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const CLAIM_KEYS = `${IAM}/reference_policies_iam-condition-keys.html#condition-keys-wif`
const OPERATORS = `${IAM}/reference_policies_elements_condition_operators.html`
const CONDITION = `${IAM}/reference_policies_elements_condition.html`
const LOGIC = `${IAM}/reference_policies_condition-logic-multiple-context-keys-or-values.html`
const SETS = `${IAM}/reference_policies_condition-single-vs-multi-valued-context-keys.html`
const VARIABLES = `${IAM}/reference_policies_variables.html`
const PRINCIPAL = `${IAM}/reference_policies_elements_principal.html`
const NOT_PRINCIPAL = `${IAM}/reference_policies_elements_notprincipal.html`
const ACTION = `${IAM}/reference_policies_elements_action.html`
const NOT_ACTION = `${IAM}/reference_policies_elements_notaction.html`
const EFFECT = `${IAM}/reference_policies_elements_effect.html`
const VERSION = `${IAM}/reference_policies_elements_version.html`
const GRAMMAR = `${IAM}/reference_policies_grammar.html`
const EVALUATION = `${IAM}/reference_policies_evaluation-logic.html`
const STATEMENT = `${IAM}/reference_policies_elements_statement.html`
const REQUIRED_CLAIMS = `${IAM}/id_roles_providers_oidc_secure-by-default.html`
const PROVIDERS = `${IAM}/id_roles_providers_oidc.html`
const STS_KEYS =
  'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html'
const ORGANIZATION =
  'https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/'
const AZP = 'https://github.com/googleapis/google-auth-library-python/issues/746'

type Row = readonly [
  name: string,
  policy: unknown,
  claims: WebIdentityClaims,
  allowed: boolean,
  request?: SessionRequest,
]
const from = (source: string, ...rows: readonly Row[]): readonly TrustCase[] =>
  rows.map(([name, document, claims, allowed, request]) => ({
    name,
    source,
    policy: document,
    claims,
    allowed,
    ...(request && { request }),
  }))

const withKeys = (keys: Readonly<Record<string, string | readonly string[]>>): SessionRequest => ({ keys })
const organization: WebIdentityClaims = { ...metadata, google: { organization_number: 123456789012 } }
const NOON = withKeys({ 'aws:CurrentTime': '2026-11-20T12:00:00Z', 'aws:EpochTime': '1795176000' })
const arn = (value: string): SessionRequest => withKeys({ 'aws:SourceArn': value })
const SQS_PATTERN = 'arn:aws:someservice:*:111122223333:finance/*'
const ip = (value: string): SessionRequest => withKeys({ 'aws:SourceIp': value })

export const CASES: readonly TrustCase[] = [
  // Which claim AWS compares with which key, by how the token was minted (facts A1, A2).
  ...from(
    CLAIM_KEYS,
    [
      'AWS’s example for tokens without azp: aud under both keys',
      policy(statement(equals({ aud: AUDIENCE, oaud: AUDIENCE, sub: SUB }))),
      withoutAzp,
      true,
    ],
    [
      'AWS’s example for tokens without azp, with one that has it',
      policy(statement(equals({ aud: AUDIENCE, oaud: AUDIENCE, sub: SUB }))),
      metadata,
      false,
    ],
    [
      'AWS’s example for tokens with azp: azp under aud, aud under oaud',
      policy(statement(equals({ aud: SUB, oaud: AUDIENCE, sub: SUB }))),
      metadata,
      true,
    ],
    [
      'AWS’s example for tokens with azp, with one that has none',
      policy(statement(equals({ aud: SUB, oaud: AUDIENCE, sub: SUB }))),
      withoutAzp,
      false,
    ],
    ['the note: the audience under :aud', policy(statement(equals({ aud: AUDIENCE }))), metadata, false],
    ['the note, with a key file’s token', policy(statement(equals({ aud: AUDIENCE }))), byEmail, false],
    ['the note, with a token without azp', policy(statement(equals({ aud: AUDIENCE }))), withoutAzp, true],
    ['the audience under :oaud', policy(statement(equals({ oaud: AUDIENCE }))), metadata, true],
    ['the audience under :oaud, key file', policy(statement(equals({ oaud: AUDIENCE }))), byEmail, true],
    ['the audience under :oaud, no azp', policy(statement(equals({ oaud: AUDIENCE }))), withoutAzp, true],
    ['another audience under :oaud', policy(statement(equals({ oaud: 'other' }))), metadata, false],
    ['azp under :oaud', policy(statement(equals({ oaud: SUB }))), metadata, false],
    ['another account’s id under :sub', policy(statement(equals({ sub: OTHER_SUB }))), metadata, false],
    ['the e-mail under :sub', policy(statement(equals({ sub: EMAIL }))), byEmail, false],
    ['a key that AWS has not: :azp', policy(statement(equals({ azp: SUB }))), metadata, false],
    ['a key that AWS has not: :hd', policy(statement(equals({ hd: 'example.com' }))), metadata, false],
    ['a key that AWS has not: :iss', policy(statement(equals({ iss: metadata.iss }))), metadata, false],
  ),
  ...from(
    AZP,
    ['the id under :aud, metadata server', policy(statement(equals({ aud: SUB }))), metadata, true],
    ['the id under :aud, key file', policy(statement(equals({ aud: SUB }))), byEmail, false],
    ['the e-mail under :aud, key file', policy(statement(equals({ aud: EMAIL }))), byEmail, true],
    ['the e-mail under :aud, metadata server', policy(statement(equals({ aud: EMAIL }))), metadata, false],
    ['both under :aud, metadata server', policy(statement(equals({ aud: [SUB, EMAIL] }))), metadata, true],
    ['both under :aud, key file', policy(statement(equals({ aud: [SUB, EMAIL] }))), byEmail, true],
  ),
  // The tight policy, and what AWS does not stop (facts A3, A4).
  ...from(
    REQUIRED_CLAIMS,
    [
      'the tight policy, metadata server',
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] }))),
      metadata,
      true,
    ],
    [
      'the tight policy, key file',
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] }))),
      byEmail,
      true,
    ],
    [
      'the tight policy, another account',
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] }))),
      { ...metadata, sub: OTHER_SUB, azp: OTHER_SUB },
      false,
    ],
    [
      'the tight policy, a token for another service',
      policy(statement(equals({ sub: SUB, oaud: AUDIENCE, aud: [SUB, EMAIL] }))),
      { ...metadata, aud: 'https://other.example.com' },
      false,
    ],
    [
      'an audience alone lets in any account: Google is no provider with required claims',
      policy(statement(equals({ oaud: AUDIENCE }))),
      { ...metadata, sub: OTHER_SUB, azp: OTHER_SUB },
      true,
    ],
    ['no condition lets in any account', policy(statement()), { ...metadata, sub: OTHER_SUB }, true],
    [
      'the keys demanded by Null too, as seen in the wild',
      policy(
        statement({
          ...equals({ sub: SUB, oaud: AUDIENCE }),
          Null: { [key('aud')]: 'false', [key('oaud')]: 'false' },
        }),
      ),
      metadata,
      true,
    ],
  ),
  // The organisation, which takes numeric operators (facts A5). That a token lacks it where nobody asked for it is Google's word.
  ...from(
    ORGANIZATION,
    [
      'the organisation',
      on('NumericEquals', 'google/organization_number', '123456789012'),
      organization,
      true,
    ],
    [
      'the organisation, as a number',
      on('NumericEquals', 'google/organization_number', 123456789012),
      organization,
      true,
    ],
    [
      'another organisation',
      on('NumericEquals', 'google/organization_number', '210987654321'),
      organization,
      false,
    ],
    [
      'a token without the organisation',
      on('NumericEquals', 'google/organization_number', '123456789012'),
      metadata,
      false,
    ],
    [
      'an account outside any organisation: the claim is null',
      on('NumericEquals', 'google/organization_number', '123456789012'),
      { ...metadata, google: { organization_number: null } },
      false,
    ],
  ),
  ...from(
    STS_KEYS,
    [
      'the session’s name',
      on('StringLike', 'sts:RoleSessionName', 'keyferry-*'),
      metadata,
      true,
      { sessionName: 'keyferry-app' },
    ],
    [
      'another session name',
      on('StringLike', 'sts:RoleSessionName', 'keyferry-*'),
      metadata,
      false,
      { sessionName: 'app' },
    ],
    [
      'roles authorised by the provider: Google names none',
      on('Bool', 'sts:RoleAuthorizedByIdp', 'true'),
      metadata,
      false,
    ],
  ),
  // Strings
  ...from(
    OPERATORS,
    ['StringEquals knows case', on('StringEquals', 'oaud', 'STS.amazonaws.com'), metadata, false],
    ['StringEquals knows no wildcard', on('StringEquals', 'sub', '11789*'), metadata, false],
    ['StringNotEquals, another value', on('StringNotEquals', 'sub', OTHER_SUB), metadata, true],
    ['StringNotEquals, the value', on('StringNotEquals', 'sub', SUB), metadata, false],
    ['StringEqualsIgnoreCase', on('StringEqualsIgnoreCase', 'oaud', 'STS.AmazonAWS.com'), metadata, true],
    [
      'StringNotEqualsIgnoreCase',
      on('StringNotEqualsIgnoreCase', 'oaud', 'STS.AmazonAWS.com'),
      metadata,
      false,
    ],
    ['StringLike: * is any characters', on('StringLike', 'sub', '11789*'), metadata, true],
    ['StringLike: * is none as well', on('StringLike', 'sub', `*${SUB}*`), metadata, true],
    ['StringLike: * in the middle', on('StringLike', 'oaud', 'sts.*.com'), metadata, true],
    ['StringLike: ? is one character', on('StringLike', 'oaud', 'sts?amazonaws?com'), metadata, true],
    ['StringLike: ? is not two', on('StringLike', 'oaud', 'st?amazonaws.com'), metadata, false],
    ['StringLike: no wildcard, no partial match', on('StringLike', 'oaud', 'sts'), metadata, false],
    ['StringLike knows case', on('StringLike', 'oaud', 'STS*'), metadata, false],
    ['StringLike knows no regular expression', on('StringLike', 'oaud', 'sts.+'), metadata, false],
    ['StringNotLike', on('StringNotLike', 'sub', '117*'), metadata, false],
    ['StringNotLike, another', on('StringNotLike', 'sub', '118*'), metadata, true],
    // A key that the request has not
    ['StringEquals, missing key', on('StringEquals', 'email', EMAIL), metadata, false],
    ['StringLike *, missing key', on('StringLike', 'email', '*'), metadata, false],
    ['StringNotEquals, missing key', on('StringNotEquals', 'email', EMAIL), metadata, true],
    ['StringNotLike, missing key', on('StringNotLike', 'email', '*'), metadata, true],
    [
      'NumericNotEquals, missing key',
      on('NumericNotEquals', 'google/organization_number', '1'),
      metadata,
      true,
    ],
    [
      'DateLessThan, missing key',
      on('DateLessThan', 'aws:TokenIssueTime', '2030-01-01T00:00:00Z'),
      metadata,
      false,
    ],
    ['Bool, missing key', on('Bool', 'aws:MultiFactorAuthPresent', 'false'), metadata, false],
    ['NotIpAddress, missing key', on('NotIpAddress', 'aws:VpcSourceIp', '10.0.0.0/8'), metadata, true],
    ['ArnNotLike, missing key', on('ArnNotLike', 'aws:SourceArn', 'arn:aws:sns:*:*:*'), metadata, true],
    // IfExists
    ['StringEqualsIfExists, missing key', on('StringEqualsIfExists', 'email', EMAIL), metadata, true],
    ['StringEqualsIfExists, the value', on('StringEqualsIfExists', 'email', EMAIL), byEmail, true],
    ['StringEqualsIfExists, another value', on('StringEqualsIfExists', 'email', 'x@y.z'), byEmail, false],
    [
      'StringNotEqualsIfExists in a Deny, missing key',
      denyOn('StringNotEqualsIfExists', 'email', EMAIL),
      metadata,
      false,
    ],
    [
      'IfExists spares its own key alone',
      policy(statement({ StringEqualsIfExists: { [key('email')]: EMAIL }, ...equals({ sub: OTHER_SUB }) })),
      metadata,
      false,
    ],
    // Null
    ['Null false demands the key', on('Null', 'email', 'false'), metadata, false],
    ['Null false, and there it is', on('Null', 'email', 'false'), byEmail, true],
    ['Null true forbids the key', on('Null', 'email', true), byEmail, false],
    ['Null true, and it is absent', on('Null', 'email', 'true'), metadata, true],
    // Numbers
    [
      'NumericNotEquals, the value',
      on('NumericNotEquals', 'google/organization_number', '123456789012'),
      organization,
      false,
    ],
    [
      'NumericLessThan',
      on('NumericLessThan', 'google/organization_number', '123456789013'),
      organization,
      true,
    ],
    [
      'NumericLessThan, equal',
      on('NumericLessThan', 'google/organization_number', '123456789012'),
      organization,
      false,
    ],
    [
      'NumericLessThanEquals, equal',
      on('NumericLessThanEquals', 'google/organization_number', '123456789012'),
      organization,
      true,
    ],
    ['NumericGreaterThan', on('NumericGreaterThan', 'google/organization_number', '99'), organization, true],
    [
      'NumericGreaterThanEquals, more',
      on('NumericGreaterThanEquals', 'google/organization_number', '999999999999'),
      organization,
      false,
    ],
    [
      'numbers may have decimals',
      on('NumericLessThan', 'google/organization_number', '123456789012.5'),
      organization,
      true,
    ],
    // Dates
    [
      'DateGreaterThan',
      on('DateGreaterThan', 'aws:CurrentTime', '2026-11-20T11:59:59Z'),
      metadata,
      true,
      NOON,
    ],
    [
      'DateGreaterThan, too early',
      on('DateGreaterThan', 'aws:CurrentTime', '2027-01-01T00:00:00Z'),
      metadata,
      false,
      NOON,
    ],
    [
      'DateLessThanEquals, to the second',
      on('DateLessThanEquals', 'aws:CurrentTime', '2026-11-20T12:00:00Z'),
      metadata,
      true,
      NOON,
    ],
    [
      'DateLessThan, to the second',
      on('DateLessThan', 'aws:CurrentTime', '2026-11-20T12:00:00Z'),
      metadata,
      false,
      NOON,
    ],
    [
      'DateEquals in another zone',
      on('DateEquals', 'aws:CurrentTime', '2026-11-20T13:00:00+01:00'),
      metadata,
      true,
      NOON,
    ],
    ['DateNotEquals', on('DateNotEquals', 'aws:CurrentTime', '2026-11-20T12:00:00Z'), metadata, false, NOON],
    ['DateLessThan with epoch time', on('DateLessThan', 'aws:EpochTime', '1795176001'), metadata, true, NOON],
    [
      'DateGreaterThanEquals with a day',
      on('DateGreaterThanEquals', 'aws:CurrentTime', '2026-11-20'),
      metadata,
      true,
      NOON,
    ],
    // Booleans
    [
      'Bool',
      on('Bool', 'aws:SecureTransport', 'true'),
      metadata,
      true,
      withKeys({ 'aws:SecureTransport': 'true' }),
    ],
    [
      'Bool, unquoted',
      on('Bool', 'aws:SecureTransport', true),
      metadata,
      true,
      withKeys({ 'aws:SecureTransport': 'true' }),
    ],
    [
      'Bool, the other',
      on('Bool', 'aws:SecureTransport', 'false'),
      metadata,
      false,
      withKeys({ 'aws:SecureTransport': 'true' }),
    ],
    // Bytes
    [
      'BinaryEquals: base64 in the policy',
      on('BinaryEquals', 'aws:Bytes', 'QmluYXJ5VmFsdWVJbkJhc2U2NA=='),
      metadata,
      true,
      withKeys({ 'aws:Bytes': 'BinaryValueInBase64' }),
    ],
    [
      'BinaryEquals: other bytes',
      on('BinaryEquals', 'aws:Bytes', 'QmluYXJ5VmFsdWVJbkJhc2U2NA=='),
      metadata,
      false,
      withKeys({ 'aws:Bytes': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' }),
    ],
    // Addresses
    [
      'IpAddress in a range',
      on('IpAddress', 'aws:SourceIp', '203.0.113.0/24'),
      metadata,
      true,
      ip('203.0.113.255'),
    ],
    [
      'IpAddress beside a range',
      on('IpAddress', 'aws:SourceIp', '203.0.113.0/24'),
      metadata,
      false,
      ip('203.0.114.0'),
    ],
    [
      'IpAddress without a prefix is one address',
      on('IpAddress', 'aws:SourceIp', '203.0.113.7'),
      metadata,
      true,
      ip('203.0.113.7'),
    ],
    [
      'IpAddress without a prefix is no other',
      on('IpAddress', 'aws:SourceIp', '203.0.113.7'),
      metadata,
      false,
      ip('203.0.113.8'),
    ],
    [
      'IpAddress of either family',
      on('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '2001:DB8:1234:5678::/64']),
      metadata,
      true,
      ip('2001:db8:1234:5678::1'),
    ],
    [
      'IPv6 beside a range',
      on('IpAddress', 'aws:SourceIp', '2001:DB8:1234:5678::/64'),
      metadata,
      false,
      ip('2001:db8:1234:5679::1'),
    ],
    [
      'NotIpAddress',
      on('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'),
      metadata,
      false,
      ip('203.0.113.1'),
    ],
    // ARNs
    [
      'AWS’s example of where StringLike matches',
      on('StringLike', 'aws:SourceArn', SQS_PATTERN),
      metadata,
      true,
      arn('arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt'),
    ],
    [
      'AWS’s example of where ArnLike does not',
      on('ArnLike', 'aws:SourceArn', SQS_PATTERN),
      metadata,
      false,
      arn('arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt'),
    ],
    [
      'ArnLike matches between colons',
      on('ArnLike', 'aws:SourceArn', SQS_PATTERN),
      metadata,
      true,
      arn('arn:aws:someservice:us-east-2:111122223333:finance/document.txt'),
    ],
    [
      'ArnEquals behaves like ArnLike',
      on('ArnEquals', 'aws:SourceArn', SQS_PATTERN),
      metadata,
      true,
      arn('arn:aws:someservice:us-east-2:111122223333:finance/document.txt'),
    ],
    [
      'ArnNotEquals behaves like ArnNotLike',
      on('ArnNotEquals', 'aws:SourceArn', SQS_PATTERN),
      metadata,
      false,
      arn('arn:aws:someservice:us-east-2:111122223333:finance/document.txt'),
    ],
    [
      'ArnLike knows case',
      on('ArnLike', 'aws:SourceArn', 'arn:aws:SNS:*:*:*'),
      metadata,
      false,
      arn('arn:aws:sns:eu-west-1:111122223333:t'),
    ],
  ),
  ...from(
    CONDITION,
    [
      'names of keys know no case',
      policy(statement({ StringEquals: { 'Accounts.Google.COM:SUB': SUB } })),
      metadata,
      true,
    ],
    ['values of keys do', on('StringEquals', 'aud', EMAIL.toUpperCase()), byEmail, false],
    ['no Condition is no condition', policy(statement()), metadata, true],
  ),
  // Several operators, keys and values
  ...from(
    LOGIC,
    [
      'all operators must hold',
      policy(statement({ ...equals({ sub: SUB }), StringLike: { [key('oaud')]: 'x*' } })),
      metadata,
      false,
    ],
    [
      'and where all do',
      policy(statement({ ...equals({ sub: SUB }), StringLike: { [key('oaud')]: 's*' } })),
      metadata,
      true,
    ],
    ['all keys must hold', policy(statement(equals({ sub: SUB, oaud: 'x' }))), metadata, false],
    ['one value of a list is enough', policy(statement(equals({ sub: [OTHER_SUB, SUB] }))), metadata, true],
    ['none of a list', policy(statement(equals({ sub: [OTHER_SUB, '1'] }))), metadata, false],
    ['negated: none of the list may match', on('StringNotEquals', 'sub', [OTHER_SUB, SUB]), metadata, false],
    ['negated: none of the list does', on('StringNotEquals', 'sub', [OTHER_SUB, '1']), metadata, true],
    ['Null with both values holds for either', on('Null', 'email', ['true', 'false']), metadata, true],
    [
      'NotIpAddress with a list',
      on('NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '203.0.113.0/24']),
      metadata,
      false,
      ip('203.0.113.9'),
    ],
  ),
  // Sets of values
  ...from(
    SETS,
    [
      'ForAnyValue, one of several',
      on('ForAnyValue:StringEquals', 'amr', 'mfa'),
      { ...metadata, amr: ['pwd', 'mfa'] },
      true,
    ],
    [
      'ForAnyValue, none of several',
      on('ForAnyValue:StringEquals', 'amr', 'otp'),
      { ...metadata, amr: ['pwd', 'mfa'] },
      false,
    ],
    ['ForAnyValue, missing key', on('ForAnyValue:StringEquals', 'amr', 'mfa'), metadata, false],
    ['ForAnyValue, missing key, negated', on('ForAnyValue:StringNotEquals', 'amr', 'mfa'), metadata, false],
    ['ForAnyValue, no values', on('ForAnyValue:StringLike', 'amr', '*'), { ...metadata, amr: [] }, false],
    [
      'ForAllValues, each in the list',
      on('ForAllValues:StringEquals', 'amr', ['pwd', 'mfa', 'otp']),
      { ...metadata, amr: ['pwd', 'mfa'] },
      true,
    ],
    [
      'ForAllValues, one too many',
      on('ForAllValues:StringEquals', 'amr', ['mfa']),
      { ...metadata, amr: ['pwd', 'mfa'] },
      false,
    ],
    [
      'ForAllValues, missing key: true, which is its trap',
      on('ForAllValues:StringEquals', 'email', EMAIL),
      metadata,
      true,
    ],
    [
      'ForAllValues, no values',
      on('ForAllValues:StringEquals', 'amr', 'mfa'),
      { ...metadata, amr: [] },
      true,
    ],
    [
      'ForAllValues, an empty value',
      on('ForAllValues:StringEquals', 'amr', 'mfa'),
      { ...metadata, amr: [''] },
      true,
    ],
    [
      'ForAnyValue, an empty value',
      on('ForAnyValue:StringLike', 'amr', '*'),
      { ...metadata, amr: [''] },
      false,
    ],
    [
      'ForAllValues in a Deny, missing key',
      denyOn('ForAllValues:StringLike', 'email', 'x*'),
      metadata,
      false,
    ],
    [
      'ForAllValues with Null false, missing key',
      policy(
        statement({
          'ForAllValues:StringEquals': { [key('email')]: EMAIL },
          Null: { [key('email')]: 'false' },
        }),
      ),
      metadata,
      false,
    ],
  ),
  // Policy variables
  ...from(
    VARIABLES,
    [
      'a variable: the tokens of whom azp names as sub',
      on('StringEquals', 'aud', '${accounts.google.com:sub}'),
      metadata,
      true,
    ],
    [
      'the same with the e-mail as azp',
      on('StringEquals', 'aud', '${accounts.google.com:sub}'),
      byEmail,
      false,
    ],
    [
      'names of variables know no case',
      on('StringEquals', 'aud', '${ACCOUNTS.google.com:Sub}'),
      metadata,
      true,
    ],
    [
      'a variable within a value',
      on('StringLike', 'sts:RoleSessionName', 'app-${accounts.google.com:sub}'),
      metadata,
      true,
      { sessionName: `app-${SUB}` },
    ],
    [
      'variables are literal without a Version',
      { Statement: statement({ StringEquals: { [key('aud')]: '${accounts.google.com:sub}' } }) },
      metadata,
      false,
    ],
    [
      'variables are literal in the old version',
      {
        Version: '2008-10-17',
        Statement: [statement({ StringEquals: { [key('aud')]: '${accounts.google.com:sub}' } })],
      },
      metadata,
      false,
    ],
    [
      'a variable of a missing key matches nothing',
      on('StringLike', 'sub', '*${accounts.google.com:email}*'),
      metadata,
      false,
    ],
    [
      'a negated operator and a variable of a missing key',
      on('StringNotEquals', 'sub', '${accounts.google.com:email}'),
      metadata,
      true,
    ],
    [
      'a default for a missing key',
      on('StringEquals', 'sub', `\${accounts.google.com:email, '${SUB}'}`),
      metadata,
      true,
    ],
    [
      'a default that is not needed',
      on('StringEquals', 'aud', "${accounts.google.com:email, 'nobody'}"),
      byEmail,
      true,
    ],
    ['a star as itself', on('StringLike', 'oaud', 'a${*}b'), { ...metadata, aud: 'a*b' }, true],
    [
      'a star as itself is no wildcard',
      on('StringLike', 'oaud', 'a${*}b'),
      { ...metadata, aud: 'axb' },
      false,
    ],
    ['a question mark as itself', on('StringLike', 'oaud', 'a${?}b'), { ...metadata, aud: 'axb' }, false],
    ['a dollar as itself', on('StringEquals', 'oaud', '${$}{x}'), { ...metadata, aud: '${x}' }, true],
    [
      'no variable in numbers',
      on('NumericEquals', 'google/organization_number', '${accounts.google.com:google/organization_number}'),
      organization,
      false,
    ],
  ),
  // Principal
  ...from(
    PRINCIPAL,
    [
      'one of several providers',
      policy(
        statement(undefined, { Principal: { Federated: ['graph.facebook.com', 'accounts.google.com'] } }),
      ),
      metadata,
      true,
    ],
    [
      'another provider',
      policy(statement(undefined, { Principal: { Federated: 'cognito-identity.amazonaws.com' } })),
      metadata,
      false,
    ],
    [
      'no wildcard in a part of a principal',
      policy(statement(undefined, { Principal: { Federated: 'accounts.*' } })),
      metadata,
      false,
    ],
    [
      'an AWS principal',
      policy(statement(undefined, { Principal: { AWS: 'arn:aws:iam::123456789012:root' } })),
      metadata,
      false,
    ],
    [
      'a service',
      policy(statement(undefined, { Principal: { Service: 'ec2.amazonaws.com' } })),
      metadata,
      false,
    ],
    [
      'a Deny of everyone',
      policy(statement(), statement(undefined, { Effect: 'Deny', Principal: '*' })),
      metadata,
      false,
    ],
    [
      'a Deny of another provider',
      policy(
        statement(),
        statement(undefined, { Effect: 'Deny', Principal: { Federated: 'graph.facebook.com' } }),
      ),
      metadata,
      true,
    ],
    [
      'AWS’s advice for NotPrincipal: a Deny of everyone but',
      policy(
        statement(),
        statement({ StringNotEquals: { [key('sub')]: SUB } }, { Effect: 'Deny', Principal: '*' }),
      ),
      metadata,
      true,
    ],
  ),
  ...from(
    PROVIDERS,
    [
      'an IAM provider for Google: it is built in',
      policy(
        statement(undefined, {
          Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/accounts.google.com' },
        }),
      ),
      metadata,
      false,
    ],
    [
      'Google by its URL',
      policy(statement(undefined, { Principal: { Federated: 'https://accounts.google.com' } })),
      metadata,
      false,
    ],
    ['the issuer without its scheme', policy(statement()), { ...metadata, iss: 'accounts.google.com' }, true],
    [
      'another issuer',
      policy(statement()),
      { ...metadata, iss: 'https://token.actions.githubusercontent.com' },
      false,
    ],
    [
      'keys with the issuer’s URL',
      policy(statement({ StringEquals: { 'https://accounts.google.com:sub': SUB } })),
      metadata,
      false,
    ],
  ),
  ...from(
    NOT_PRINCIPAL,
    [
      'NotPrincipal has no place in a trust policy',
      policy({
        Effect: 'Allow',
        NotPrincipal: { AWS: '123456789012' },
        Action: 'sts:AssumeRoleWithWebIdentity',
      }),
      metadata,
      false,
    ],
    [
      'nor has it with Deny',
      policy(statement(), {
        Effect: 'Deny',
        NotPrincipal: { Federated: 'accounts.google.com' },
        Action: 'sts:*',
      }),
      metadata,
      false,
    ],
  ),
  // Action
  ...from(
    ACTION,
    [
      'names of actions know no case',
      policy(statement(undefined, { Action: 'STS:assumerolewithWEBidentity' })),
      metadata,
      true,
    ],
    [
      'a list of actions',
      policy(statement(undefined, { Action: ['sts:TagSession', 'sts:AssumeRoleWithWebIdentity'] })),
      metadata,
      true,
    ],
    ['sts:*', policy(statement(undefined, { Action: 'sts:*' })), metadata, true],
    ['a wildcard in the name', policy(statement(undefined, { Action: 'sts:AssumeRole*' })), metadata, true],
    [
      'one unknown character',
      policy(statement(undefined, { Action: 'sts:AssumeRoleWith?ebIdentity' })),
      metadata,
      true,
    ],
    [
      'sts:AssumeRole is another action',
      policy(statement(undefined, { Action: 'sts:AssumeRole' })),
      metadata,
      false,
    ],
    ['a statement needs an action', policy(without('Action')), metadata, false],
  ),
  ...from(
    NOT_ACTION,
    [
      'NotAction of another',
      policy({ ...without('Action'), NotAction: 'sts:AssumeRoleWithSAML' }),
      metadata,
      true,
    ],
    [
      'NotAction of ours',
      policy({ ...without('Action'), NotAction: ['sts:assumeRoleWith*'] }),
      metadata,
      false,
    ],
  ),
  // Statements
  ...from(
    EVALUATION,
    [
      'no statement allows: implicitly denied',
      policy(statement(equals({ sub: OTHER_SUB }))),
      metadata,
      false,
    ],
    [
      'one of two allows',
      policy(statement(equals({ sub: OTHER_SUB })), statement(equals({ sub: SUB }))),
      metadata,
      true,
    ],
    ['Deny wins', policy(statement(), statement(equals({ sub: SUB }), { Effect: 'Deny' })), metadata, false],
    [
      'Deny wins whatever the order',
      policy(statement(undefined, { Effect: 'Deny' }), statement()),
      metadata,
      false,
    ],
    ['a Deny of someone else', denyOn('StringEquals', 'sub', OTHER_SUB), metadata, true],
    ['a Deny alone', policy(statement(equals({ sub: OTHER_SUB }), { Effect: 'Deny' })), metadata, false],
  ),
  ...from(STATEMENT, [
    'one statement without a list',
    { Version: '2012-10-17', Statement: statement() },
    metadata,
    true,
  ]),
  ...from(
    EFFECT,
    ['allow is not Allow', policy(statement(undefined, { Effect: 'allow' })), metadata, false],
    ['a statement needs an effect', policy(without('Effect')), metadata, false],
  ),
  ...from(
    VERSION,
    ['without a Version it is the old one', { Statement: [statement()] }, metadata, true],
    ['the old version', { Version: '2008-10-17', Statement: [statement()] }, metadata, true],
    ['a version that AWS has not', { Version: '2024-01-01', Statement: [statement()] }, metadata, false],
  ),
  ...from(
    GRAMMAR,
    ['the policy as text', JSON.stringify(policy(statement())), metadata, true],
    ['no JSON', '{ "Version": ', metadata, false],
    [
      'a key twice in one element',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}',
      metadata,
      false,
    ],
    ['an id', { Id: 'trust', ...policy(statement(undefined, { Sid: 'Google' })) }, metadata, true],
    ['no principal: a trust policy needs one', policy(without('Principal')), metadata, false],
    ['a Sid with a space', policy(statement(undefined, { Sid: 'Google accounts' })), metadata, false],
    [
      'a Sid twice',
      policy(statement(undefined, { Sid: 'A' }), statement(undefined, { Sid: 'A' })),
      metadata,
      false,
    ],
    ['an element that there is not', policy(statement(undefined, { Effects: 'Allow' })), metadata, false],
    [
      'a kind of principal that there is not',
      policy(statement(undefined, { Principal: { federated: 'accounts.google.com' } })),
      metadata,
      false,
    ],
    ['an operator that there is not', on('StringResembles', 'sub', SUB), metadata, false],
    [
      'an operator that there is not, in a Deny',
      denyOn('StringResembles', 'sub', OTHER_SUB),
      metadata,
      false,
    ],
    [
      'Action and NotAction at once',
      policy(statement(undefined, { NotAction: 'sts:TagSession' })),
      metadata,
      false,
    ],
    ['a value that is an object', on('StringEquals', 'sub', { is: SUB }), metadata, false],
  ),
]
