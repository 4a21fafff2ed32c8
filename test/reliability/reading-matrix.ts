/** What a client does when something fails, state by state: the specification that the tests run, and that the docs show. */
import type { Collaborator, Scene } from './reading-bed.ts'
import { table, type Table } from './table.ts'

export interface Section {
  readonly title: string
  /** For the page: the situation that all rows share. */
  readonly about: string
  readonly scene: Scene
  readonly table: Table
}

const ACCESS_TOKEN: Collaborator = { service: 'metadata', operation: 'token', path: /\/default\/token$/ }
const ID_TOKEN: Collaborator = { service: 'metadata', operation: 'identity', path: /\/identity\?/ }
/** All requests of the token endpoint have one path: what they ask for tells them apart. */
const KEY_ID_TOKEN: Collaborator = {
  service: 'google',
  operation: 'token',
  resource: 'sts.amazonaws.com',
  path: /\/token$/,
}
const KEY_ACCESS_TOKEN: Collaborator = { service: 'google', operation: 'token', path: /\/token$/ }
const IMPERSONATION: Collaborator = {
  service: 'google',
  operation: 'generateIdToken',
  path: /:generateIdToken$/,
}
const IMPERSONATED_ACCESS: Collaborator = {
  service: 'google',
  operation: 'generateAccessToken',
  path: /:generateAccessToken$/,
}
const FEDERATION: Collaborator = { service: 'google', operation: 'exchange', path: /\/v1\/token$/ }
const READ: Collaborator = { service: 'secretManager', operation: 'AccessSecretVersion', path: /:access$/ }
const ADD: Collaborator = { service: 'secretManager', operation: 'AddSecretVersion', path: /:addVersion$/ }
const STS: Collaborator = {
  service: 'sts',
  operation: 'AssumeRoleWithWebIdentity',
  path: /^POST \/$/,
  forbidden: { code: 'AccessDenied' },
}

export const READING: readonly Section[] = [
  {
    title: 'Metadata server: access token',
    about: 'A reader without `exchange`. The schedule works: wherever a newer version is due, it is there.',
    scene: { befalls: ACCESS_TOKEN, exchanges: false, isScheduled: true },
    table: table(`
    fault         | nothing held        | fresh            | advisory         | mandatory         | expired             | tries
    none          | newer               | held, then newer | held, then newer | newer             | newer               | 1
    refused       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | newer               | held, then newer | held, then newer | newer             | newer               | 1
    clock -10 min | newer               | held, then newer | held, then newer | newer             | newer               | 1
    `),
  },
  {
    title: 'Metadata server: access token, with a fallback',
    about: 'The same with `exchange` and `publish`. A refused port is the ID token’s port too.',
    scene: { befalls: ACCESS_TOKEN, exchanges: true, isScheduled: true },
    table: table(`
    fault         | nothing held          | fresh            | advisory         | mandatory                                   | expired               | tries
    none          | newer                 | held, then newer | held, then newer | newer                                       | newer                 | 1
    refused       | IDENTITY_TOKEN_FAILED | held             | held             | held after a wait                           | IDENTITY_TOKEN_FAILED | 3
    reset         | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 3
    hang          | minted, unpublished   | held             | held             | held after a wait, then minted, unpublished | minted, unpublished   | 2
    trickle       | minted, unpublished   | held             | held             | held after a wait, then minted, unpublished | minted, unpublished   | 2
    5xx           | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 3
    throttle      | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 3
    4xx           | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 1
    empty         | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 1
    truncated     | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 3
    malformed     | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 1
    oversized     | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 1
    wrong types   | minted, unpublished   | held             | held             | minted, unpublished                         | minted, unpublished   | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | newer                 | held, then newer | held, then newer | newer                                       | newer                 | 1
    clock -10 min | newer                 | held, then newer | held, then newer | newer                                       | newer                 | 1
    `),
  },
  {
    title: 'Secret Manager: read',
    about: 'A reader without `exchange`, while the schedule works.',
    scene: { befalls: READ, exchanges: false, isScheduled: true },
    table: table(`
    fault         | nothing held      | fresh            | advisory         | mandatory         | expired           | tries
    none          | newer             | held, then newer | held, then newer | newer             | newer             | 1
    refused       | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 3
    reset         | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 3
    hang          | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 2
    trickle       | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 2
    5xx           | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 3
    throttle      | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 3
    4xx           | SECRET_DENIED     | held             | held             | held after a wait | SECRET_DENIED     | 1
    empty         | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 1
    truncated     | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 3
    malformed     | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 1
    oversized     | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 1
    wrong types   | SECRET_UNREADABLE | held             | held             | held after a wait | SECRET_UNREADABLE | 1
    wrong CRC     | SECRET_CORRUPT    | held             | held             | held after a wait | SECRET_CORRUPT    | 1
    clock +10 min | newer             | held, then newer | held, then newer | newer             | newer             | 1
    clock -10 min | newer             | held, then newer | held, then newer | newer             | newer             | 1
    `),
  },
  {
    title: 'Secret Manager: read, with a fallback',
    about: 'The same with `exchange` and `publish`. Nothing is published over what cannot be read.',
    scene: { befalls: READ, exchanges: true, isScheduled: true },
    table: table(`
    fault         | nothing held        | fresh            | advisory         | mandatory                                   | expired             | tries
    none          | newer               | held, then newer | held, then newer | newer                                       | newer               | 1
    refused       | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 3
    reset         | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 3
    hang          | minted, unpublished | held             | held             | held after a wait, then minted, unpublished | minted, unpublished | 2
    trickle       | minted, unpublished | held             | held             | held after a wait, then minted, unpublished | minted, unpublished | 2
    5xx           | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 3
    throttle      | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 3
    4xx           | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    empty         | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    truncated     | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 3
    malformed     | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    oversized     | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    wrong types   | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    wrong CRC     | minted, unpublished | held             | held             | minted, unpublished                         | minted, unpublished | 1
    clock +10 min | newer               | held, then newer | held, then newer | newer                                       | newer               | 1
    clock -10 min | newer               | held, then newer | held, then newer | newer                                       | newer               | 1
    `),
  },
  {
    title: 'Metadata server: ID token',
    about:
      '`exchange` and `publish`, and the schedule has stopped: from its own point on the client mints. While fresh it does not ask.',
    scene: { befalls: ID_TOKEN, exchanges: true, isScheduled: false },
    table: table(`
    fault         | nothing held          | fresh | advisory          | mandatory         | expired               | tries
    none          | minted                | held  | held, then minted | minted            | minted                | 1
    refused       | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    reset         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | EXCHANGE_REFUSED      | held  | held              | held after a wait | EXCHANGE_REFUSED      | 3
    clock -10 min | minted                | held  | held, then minted | minted            | minted                | 1
    `),
  },
  {
    title: 'Token endpoint: access token for a key file',
    about:
      'A reader without `exchange` that has a key file. The schedule works. An assertion from the future is refused: by the dates of the refusals the client sets its clock right, and signs another one.',
    scene: { befalls: KEY_ACCESS_TOKEN, identity: 'key file', exchanges: false, isScheduled: true },
    table: table(`
    fault         | nothing held        | fresh            | advisory         | mandatory         | expired             | tries
    none          | newer               | held, then newer | held, then newer | newer             | newer               | 1
    refused       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | newer               | held, then newer | held, then newer | newer             | newer               | 1
    clock -10 min | newer               | held, then newer | held, then newer | newer             | newer               | 2/3/3/3/3
    `),
  },
  {
    title: 'Token endpoint: ID token for a key file',
    about:
      '`exchange` and `publish` with a key file, and the schedule has stopped. While fresh it does not ask.',
    scene: { befalls: KEY_ID_TOKEN, identity: 'key file', exchanges: true, isScheduled: false },
    table: table(`
    fault         | nothing held          | fresh | advisory          | mandatory         | expired               | tries
    none          | minted                | held  | held, then minted | minted            | minted                | 1
    refused       | not applicable: its port is that of the access token
    reset         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | EXCHANGE_REFUSED      | held  | held              | held after a wait | EXCHANGE_REFUSED      | 3
    clock -10 min | minted                | held  | held, then minted | minted            | minted                | 3
    `),
  },
  {
    title: 'IAM Credentials: access token by impersonation',
    about:
      "A reader without `exchange`: a person's login with gcloud that acts as a service account in everything. The schedule works.",
    scene: {
      befalls: IMPERSONATED_ACCESS,
      identity: 'impersonating login',
      exchanges: false,
      isScheduled: true,
    },
    table: table(`
    fault         | nothing held        | fresh            | advisory         | mandatory         | expired             | tries
    none          | newer               | held, then newer | held, then newer | newer             | newer               | 1
    refused       | not applicable: its port is that of the token endpoint, which is asked first
    reset         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | newer               | held, then newer | held, then newer | newer             | newer               | 1
    clock -10 min | newer               | held, then newer | held, then newer | newer             | newer               | 1
    `),
  },
  {
    title: 'IAM Credentials: ID token by impersonation',
    about:
      '`exchange` with `serviceAccount`, and `publish`; the schedule has stopped. While fresh it does not ask.',
    scene: { befalls: IMPERSONATION, identity: 'impersonated', exchanges: true, isScheduled: false },
    table: table(`
    fault         | nothing held          | fresh | advisory          | mandatory         | expired               | tries
    none          | minted                | held  | held, then minted | minted            | minted                | 1
    refused       | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    reset         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    hang          | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    trickle       | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 2
    5xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    throttle      | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    4xx           | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    empty         | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    truncated     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 3
    malformed     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    oversized     | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong types   | IDENTITY_TOKEN_FAILED | held  | held              | held after a wait | IDENTITY_TOKEN_FAILED | 1
    wrong CRC     | not applicable: the signature of an ID token is checked by AWS
    clock +10 min | EXCHANGE_REFUSED      | held  | held              | held after a wait | EXCHANGE_REFUSED      | 3
    clock -10 min | minted                | held  | held, then minted | minted            | minted                | 1
    `),
  },
  {
    title: "Google's token exchange: access token for a federated identity",
    about:
      'A reader without `exchange`: a token of another identity provider, with which it acts as a service account. The schedule works.',
    scene: { befalls: FEDERATION, identity: 'federated', exchanges: false, isScheduled: true },
    table: table(`
    fault         | nothing held        | fresh            | advisory         | mandatory         | expired             | tries
    none          | newer               | held, then newer | held, then newer | newer             | newer               | 1
    refused       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    reset         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    hang          | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    trickle       | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 2
    5xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    throttle      | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    4xx           | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    empty         | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    truncated     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 3
    malformed     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    oversized     | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong types   | ACCESS_TOKEN_FAILED | held             | held             | held after a wait | ACCESS_TOKEN_FAILED | 1
    wrong CRC     | not applicable: an access token has no checksum
    clock +10 min | not applicable: how long an access token lives is a duration
    clock -10 min | not applicable: how long an access token lives is a duration
    `),
  },
  {
    title: 'AWS STS',
    about:
      'The same. A clock is off where AWS and Google disagree: an ID token from the future is refused, and credentials issued in the future are not published.',
    scene: { befalls: STS, exchanges: true, isScheduled: false },
    table: table(`
    fault         | nothing held        | fresh | advisory                       | mandatory           | expired             | tries
    none          | minted              | held  | held, then minted              | minted              | minted              | 1
    refused       | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 3
    reset         | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 3
    hang          | LOAD_TIMED_OUT      | held  | held                           | held after a wait   | LOAD_TIMED_OUT      | 2
    trickle       | LOAD_TIMED_OUT      | held  | held                           | held after a wait   | LOAD_TIMED_OUT      | 2
    5xx           | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 3
    throttle      | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 3
    4xx           | EXCHANGE_REFUSED    | held  | held                           | held after a wait   | EXCHANGE_REFUSED    | 1
    empty         | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 1
    truncated     | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 3
    malformed     | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 1
    oversized     | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 1
    wrong types   | EXCHANGE_FAILED     | held  | held                           | held after a wait   | EXCHANGE_FAILED     | 1
    wrong CRC     | not applicable: an answer of STS has no checksum
    clock +10 min | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished | minted, unpublished | 1
    clock -10 min | EXCHANGE_REFUSED    | held  | held                           | held after a wait   | EXCHANGE_REFUSED    | 3
    `),
  },
  {
    title: 'Secret Manager: add',
    about: 'The same. A refused port cannot be read from either, so that nothing is sent there.',
    scene: { befalls: ADD, exchanges: true, isScheduled: false },
    table: table(`
    fault         | nothing held        | fresh | advisory                       | mandatory                                   | expired             | tries
    none          | minted              | held  | held, then minted              | minted                                      | minted              | 1
    refused       | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 0
    reset         | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 2
    hang          | minted, unpublished | held  | held, then minted, unpublished | held after a wait, then minted, unpublished | minted, unpublished | 2
    trickle       | minted, unpublished | held  | held, then minted, unpublished | held after a wait, then minted, unpublished | minted, unpublished | 2
    5xx           | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 2
    throttle      | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 2
    4xx           | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 1
    empty         | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 1
    truncated     | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 2
    malformed     | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 1
    oversized     | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 1
    wrong types   | minted, unpublished | held  | held, then minted, unpublished | minted, unpublished                         | minted, unpublished | 1
    wrong CRC     | not applicable: what is added is sent with its checksum, and Secret Manager refuses another: that is a 4xx
    clock +10 min | minted              | held  | held, then minted              | minted                                      | minted              | 1
    clock -10 min | minted              | held  | held, then minted              | minted                                      | minted              | 1
    `),
  },
  {
    title: 'What is in the secret',
    about:
      'A reader without `exchange`. The newest version is not what the schedule writes; below it is an older one, which is used as long as it is valid.',
    scene: { befalls: 'payload', exchanges: false, isScheduled: true },
    table: table(`
    fault         | nothing held | fresh            | advisory         | mandatory         | expired            | tries
    none          | newer        | held, then newer | held, then newer | newer             | newer              | 1
    refused       | not applicable: a payload does not answer
    reset         | not applicable: a payload does not answer
    hang          | not applicable: a payload does not answer
    trickle       | not applicable: a payload does not answer
    5xx           | not applicable: a payload does not answer
    throttle      | not applicable: a payload does not answer
    4xx           | not applicable: a payload does not answer
    empty         | not applicable: Secret Manager stores no empty payload
    truncated     | newer        | held             | held             | held after a wait | SECRET_MALFORMED   | 1
    malformed     | newer        | held             | held             | held after a wait | SECRET_MALFORMED   | 1
    oversized     | not applicable: Secret Manager stores 64 KiB at most
    wrong types   | newer        | held             | held             | held after a wait | SECRET_MALFORMED   | 1
    wrong CRC     | newer        | held             | held             | held after a wait | SECRET_CORRUPT     | 1
    clock +10 min | newer        | held             | held             | held after a wait | SECRET_IMPLAUSIBLE | 1
    clock -10 min | newer        | held, then newer | held, then newer | newer             | newer              | 1
    `),
  },
]
