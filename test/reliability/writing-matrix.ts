/** What a run of the broker does when something fails, by the state of the secret: the specification that the tests run. */
import { table, type Table } from './table.ts'
import type { SecretState, WritingScene } from './writing-bed.ts'

export interface WritingSection {
  readonly title: string
  /** For the page. */
  readonly about: string
  readonly scene: WritingScene
  /** States in which the collaborator is asked at all. */
  readonly asked: readonly SecretState[]
  readonly table: Table
}

export const WRITING: readonly WritingSection[] = [
  {
    title: 'Metadata server: access token',
    about: 'Without it nothing can be read, so nothing is minted either.',
    scene: { befalls: { service: 'metadata', operation: 'token' } },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version          | fresh               | due                 | expired             | tries
    none          | refreshed           | fresh               | refreshed           | refreshed           | 1
    refused       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | not applicable: how long an access token lives is a duration
    clock -10 min | not applicable: how long an access token lives is a duration
    `),
  },
  {
    title: 'Metadata server: ID token',
    about: 'It is asked for only where something is due.',
    scene: { befalls: { service: 'metadata', operation: 'identity' } },
    asked: ['empty', 'due', 'expired'],
    table: table(`
    fault         | no version            | fresh | due                   | expired               | tries
    none          | refreshed             | fresh | refreshed             | refreshed             | 1
    refused       | not applicable: its port is that of the access token, which is asked for first
    reset         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | EXCHANGE_REFUSED      | fresh | EXCHANGE_REFUSED      | EXCHANGE_REFUSED      | 1
    clock -10 min | refreshed             | fresh | refreshed             | refreshed             | 1
    `),
  },
  {
    title: 'Token endpoint: access token for a key file',
    about:
      'A broker with a key file instead of a metadata server. It dates by its own clock what it signs: where that is wrong, Google does not take it.',
    scene: {
      befalls: {
        service: 'google',
        operation: 'token',
        resource: 'https://www.googleapis.com/auth/cloud-platform',
      },
      identity: 'key file',
    },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version          | fresh               | due                 | expired             | tries
    none          | refreshed           | fresh               | refreshed           | refreshed           | 1
    refused       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | EXCHANGE_REFUSED    | fresh               | EXCHANGE_REFUSED    | EXCHANGE_REFUSED    | 1
    clock -10 min | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    `),
  },
  {
    title: 'Token endpoint: ID token for a key file',
    about: 'The same. It is asked for only where something is due.',
    scene: {
      befalls: { service: 'google', operation: 'token', resource: 'sts.amazonaws.com' },
      identity: 'key file',
    },
    asked: ['empty', 'due', 'expired'],
    table: table(`
    fault         | no version            | fresh | due                   | expired               | tries
    none          | refreshed             | fresh | refreshed             | refreshed             | 1
    refused       | not applicable: its port is that of the access token, which is asked for first
    reset         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | not applicable: a service has one clock: see the access token
    clock -10 min | not applicable: a service has one clock: see the access token
    `),
  },
  {
    title: 'IAM Credentials: ID token by impersonation',
    about:
      "A target with `serviceAccount`: the metadata server's identity keeps the secret, the other account's makes the exchange.",
    scene: { befalls: { service: 'google', operation: 'generateIdToken' }, identity: 'impersonated' },
    asked: ['empty', 'due', 'expired'],
    table: table(`
    fault         | no version            | fresh | due                   | expired               | tries
    none          | refreshed             | fresh | refreshed             | refreshed             | 1
    refused       | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    reset         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | fresh | IDENTITY_TOKEN_FAILED | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | EXCHANGE_REFUSED      | fresh | EXCHANGE_REFUSED      | EXCHANGE_REFUSED      | 1
    clock -10 min | refreshed             | fresh | refreshed             | refreshed             | 1
    `),
  },
  {
    title: 'IAM Credentials: access token by impersonation',
    about:
      "A person's login with gcloud that acts as a service account in everything. The login's own access token comes from the token endpoint.",
    scene: {
      befalls: { service: 'google', operation: 'generateAccessToken' },
      identity: 'impersonating login',
    },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version          | fresh               | due                 | expired             | tries
    none          | refreshed           | fresh               | refreshed           | refreshed           | 1
    refused       | not applicable: its port is that of the token endpoint, which is asked first
    reset         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | EXCHANGE_REFUSED    | fresh               | EXCHANGE_REFUSED    | EXCHANGE_REFUSED    | 1
    clock -10 min | refreshed           | fresh               | refreshed           | refreshed           | 1
    `),
  },
  {
    title: "Google's token exchange: access token for a federated identity",
    about:
      'A token of another identity provider, with which the broker acts as a service account in everything.',
    scene: { befalls: { service: 'google', operation: 'exchange' }, identity: 'federated' },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version          | fresh               | due                 | expired             | tries
    none          | refreshed           | fresh               | refreshed           | refreshed           | 1
    refused       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | not applicable: how long an access token lives is a duration
    clock -10 min | not applicable: how long an access token lives is a duration
    `),
  },
  {
    title: 'Secret Manager: read',
    about: "What cannot be read is not written over. Google's client over gRPC sets no bound on an answer.",
    scene: { befalls: { service: 'secretManager', operation: 'AccessSecretVersion' } },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version             | fresh             | due               | expired           | tries
    none          | refreshed              | fresh             | refreshed         | refreshed         | 1
    refused       | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    reset         | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    hang          | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 2
    trickle       | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 2
    5xx           | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    throttle      | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    4xx           | SECRET_DENIED          | SECRET_DENIED     | SECRET_DENIED     | SECRET_DENIED     | 1
    empty         | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 1
    truncated     | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    malformed     | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    oversized     | refreshed              | fresh             | refreshed         | refreshed         | 1
    wrong types   | SECRET_UNREADABLE      | SECRET_UNREADABLE | SECRET_UNREADABLE | SECRET_UNREADABLE | 3
    wrong CRC     | SECRET_CORRUPT, stored | SECRET_CORRUPT    | SECRET_CORRUPT    | SECRET_CORRUPT    | 1
    clock +10 min | refreshed              | fresh             | refreshed         | refreshed         | 1
    clock -10 min | refreshed              | fresh             | refreshed         | refreshed         | 1
    `),
  },
  {
    title: 'Secret Manager: add',
    about: "'stored': the version is there, although the answer was lost; a duplicate is harmless.",
    scene: { befalls: { service: 'secretManager', operation: 'AddSecretVersion' } },
    asked: ['empty', 'due', 'expired'],
    table: table(`
    fault         | no version                  | fresh | due                         | expired                     | tries
    none          | refreshed                   | fresh | refreshed                   | refreshed                   | 1
    refused       | not applicable: its port is that of the read, which comes first
    reset         | SECRET_WRITE_FAILED         | fresh | SECRET_WRITE_FAILED         | SECRET_WRITE_FAILED         | 2
    hang          | SECRET_WRITE_FAILED         | fresh | SECRET_WRITE_FAILED         | SECRET_WRITE_FAILED         | 2
    trickle       | SECRET_WRITE_FAILED, stored | fresh | SECRET_WRITE_FAILED, stored | SECRET_WRITE_FAILED, stored | 2
    5xx           | SECRET_WRITE_FAILED         | fresh | SECRET_WRITE_FAILED         | SECRET_WRITE_FAILED         | 2
    throttle      | SECRET_WRITE_FAILED         | fresh | SECRET_WRITE_FAILED         | SECRET_WRITE_FAILED         | 2
    4xx           | SECRET_DENIED               | fresh | SECRET_DENIED               | SECRET_DENIED               | 1
    empty         | SECRET_WRITE_FAILED, stored | fresh | SECRET_WRITE_FAILED, stored | SECRET_WRITE_FAILED, stored | 1
    truncated     | SECRET_WRITE_FAILED, stored | fresh | SECRET_WRITE_FAILED, stored | SECRET_WRITE_FAILED, stored | 2
    malformed     | SECRET_WRITE_FAILED, stored | fresh | SECRET_WRITE_FAILED, stored | SECRET_WRITE_FAILED, stored | 2
    oversized     | refreshed                   | fresh | refreshed                   | refreshed                   | 1
    wrong types   | SECRET_WRITE_FAILED, stored | fresh | SECRET_WRITE_FAILED, stored | SECRET_WRITE_FAILED, stored | 2
    wrong CRC     | not applicable: what is added is sent with its checksum, and Secret Manager refuses another: that is a 4xx
    clock +10 min | not applicable: a service has one clock: see the read
    clock -10 min | not applicable: a service has one clock: see the read
    `),
  },
  {
    title: 'Secret Manager: list',
    about:
      'It is for pruning, and for a secret that looks as if it had no version. A failed prune fails nothing.',
    scene: { befalls: { service: 'secretManager', operation: 'ListSecretVersions' } },
    asked: ['empty', 'fresh', 'due', 'expired'],
    table: table(`
    fault         | no version | fresh             | due                   | expired               | tries
    none          | refreshed  | fresh             | refreshed             | refreshed             | 1
    refused       | not applicable: its port is that of the read, which comes first
    reset         | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    hang          | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 2
    trickle       | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 2
    5xx           | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    throttle      | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    4xx           | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 1
    empty         | refreshed  | fresh             | refreshed             | refreshed             | 1
    truncated     | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    malformed     | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    oversized     | refreshed  | fresh             | refreshed             | refreshed             | 1
    wrong types   | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    wrong CRC     | not applicable: a list has no checksum
    clock +10 min | refreshed  | fresh             | refreshed             | refreshed             | 1
    clock -10 min | refreshed  | fresh             | refreshed             | refreshed             | 1
    `),
  },
  {
    title: 'Secret Manager: destroy',
    about: 'Two dead versions lie below the newest one. A failed prune fails nothing.',
    scene: { befalls: { service: 'secretManager', operation: 'DestroySecretVersion' } },
    asked: ['fresh', 'due', 'expired'],
    table: table(`
    fault         | no version | fresh             | due                   | expired               | tries
    none          | refreshed  | fresh             | refreshed             | refreshed             | 1
    refused       | not applicable: its port is that of the read, which comes first
    reset         | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    hang          | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 2
    trickle       | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 2
    5xx           | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    throttle      | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    4xx           | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 1
    empty         | refreshed  | fresh             | refreshed             | refreshed             | 1
    truncated     | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    malformed     | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    oversized     | refreshed  | fresh             | refreshed             | refreshed             | 1
    wrong types   | refreshed  | fresh, not pruned | refreshed, not pruned | refreshed, not pruned | 3
    wrong CRC     | not applicable: nothing is sent that could have a checksum
    clock +10 min | not applicable: a service has one clock: see the list
    clock -10 min | not applicable: a service has one clock: see the list
    `),
  },
  {
    title: 'AWS STS: the exchange',
    about: 'A clock is off where AWS and Google disagree: what readers would refuse is not stored.',
    scene: {
      befalls: {
        service: 'sts',
        operation: 'AssumeRoleWithWebIdentity',
        forbidden: { code: 'AccessDenied' },
      },
    },
    asked: ['empty', 'due', 'expired'],
    table: table(`
    fault         | no version           | fresh                | due                  | expired              | tries
    none          | refreshed            | fresh                | refreshed            | refreshed            | 1
    refused       | EXCHANGE_FAILED      | fresh, key unchecked | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 3
    reset         | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 3
    hang          | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 2
    trickle       | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 2
    5xx           | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 3
    throttle      | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 3
    4xx           | EXCHANGE_REFUSED     | fresh                | EXCHANGE_REFUSED     | EXCHANGE_REFUSED     | 1
    empty         | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 1
    truncated     | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 3
    malformed     | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 1
    oversized     | refreshed            | fresh                | refreshed            | refreshed            | 1
    wrong types   | EXCHANGE_FAILED      | fresh                | EXCHANGE_FAILED      | EXCHANGE_FAILED      | 1
    wrong CRC     | not applicable: an answer of STS has no checksum
    clock +10 min | EXCHANGE_IMPLAUSIBLE | fresh                | EXCHANGE_IMPLAUSIBLE | EXCHANGE_IMPLAUSIBLE | 1
    clock -10 min | EXCHANGE_REFUSED     | fresh                | EXCHANGE_REFUSED     | EXCHANGE_REFUSED     | 3
    `),
  },
  {
    title: 'AWS STS: whose key is it',
    about:
      "Asked of a version that is fresh. '4xx' is AWS not knowing the key, so that it is replaced; where AWS does not say, nothing changes.",
    scene: {
      befalls: {
        service: 'sts',
        operation: 'GetCallerIdentity',
        forbidden: { code: 'InvalidClientTokenId' },
      },
    },
    asked: ['fresh'],
    table: table(`
    fault         | no version | fresh                | due       | expired   | tries
    none          | refreshed  | fresh                | refreshed | refreshed | 1
    refused       | not applicable: its port is that of the exchange
    reset         | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    hang          | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    trickle       | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    5xx           | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    throttle      | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    4xx           | refreshed  | refreshed            | refreshed | refreshed | 1
    empty         | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    truncated     | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    malformed     | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    oversized     | refreshed  | fresh                | refreshed | refreshed | 1
    wrong types   | refreshed  | fresh, key unchecked | refreshed | refreshed | 1
    wrong CRC     | not applicable: an answer of STS has no checksum
    clock +10 min | not applicable: a service has one clock: see the exchange
    clock -10 min | not applicable: a service has one clock: see the exchange
    `),
  },
]
