/** What the clouds' patterns let through, at their bounds: what they do not is refused before it costs a call. */
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT_ID,
  AUDIENCE,
  AWS_REGION,
  EXTERNAL_ID,
  LOOPBACK_HOST,
  POLICY_ARN,
  ROLE_ARN,
  SECRET_NAME,
  SERVICE_ACCOUNT,
  SESSION_NAME,
  TARGET_NAME,
} from '../../shared/core/limits.ts'

const role = 'arn:aws:iam::123456789012:role/'
const secret = 'projects/demo/secrets/'

const PATTERNS: Readonly<
  Record<string, { pattern: RegExp; good: readonly string[]; bad: readonly string[] }>
> = {
  'an account': {
    pattern: ACCOUNT_ID,
    good: ['123456789012'],
    bad: ['1234567890123', '12345678901', '12345678901a'],
  },
  'a role': {
    pattern: ROLE_ARN,
    good: [
      `${role}a`,
      `${role}team/app/x`,
      `${role}${'a'.repeat(64)}`,
      'arn:aws-us-gov:iam::123456789012:role/a+=,.@-_',
    ],
    bad: [
      `${role}`,
      ` ${role}app`,
      `${role}app `,
      `${role}app/`,
      `${role}${'a'.repeat(65)}`,
      `${role}tea m/app`,
    ],
  },
  'a managed policy': {
    pattern: POLICY_ARN,
    good: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws-cn:iam::123456789012:policy/team/p'],
    bad: [
      ' arn:aws:iam::aws:policy/p',
      'arn:aws:iam::aws:policy/p q',
      'arn:aws:iam::aws:policy/',
      'arn:aws:iam::12:policy/p',
      'arn:aws:iam::abcdefghijkl:policy/p',
      'arn:AWS:iam::aws:policy/p',
    ],
  },
  'a region': {
    pattern: AWS_REGION,
    good: ['eu-central-1', 'us-gov-east-1', 'us-isob-east-1', 'ap-southeast-12'],
    bad: [
      'eu-central-1.evil.example',
      'x.eu-central-1',
      'eu-central-123',
      'eu-1',
      'eu_central-1',
      'EU-CENTRAL-1',
    ],
  },
  'a service account': {
    pattern: SERVICE_ACCOUNT,
    good: ['app@demo.iam.gserviceaccount.com', '123-compute@developer.gserviceaccount.com', 'a@b'],
    bad: ['app@demo/../x', 'x y@demo', '@demo', 'app@', 'app'],
  },
  'an external id': {
    pattern: EXTERNAL_ID,
    good: ['ab', 'a+=,.@:/-_9', 'a'.repeat(1_224)],
    bad: ['a', 'a'.repeat(1_225), 'a b', ' ab', 'ab '],
  },
  'a session name': {
    pattern: SESSION_NAME,
    good: ['ab', 'a'.repeat(64)],
    bad: ['a', 'a'.repeat(65), 'a b', 'a:b'],
  },
  'an audience': {
    pattern: AUDIENCE,
    good: ['x', 'https://aws.example/a?b'],
    bad: ['', 'a b', 'ä', 'a'.repeat(1_001)],
  },
  'a target': { pattern: TARGET_NAME, good: ['a', '0.b_c-D'], bad: ['', '-a', 'a b', 'a'.repeat(64)] },
  'a secret': {
    pattern: SECRET_NAME,
    good: [
      `${secret}aws-app_1`,
      'projects/example.com:demo/secrets/s',
      'projects/demo/locations/europe-west3/secrets/s',
    ],
    bad: [
      `/${secret}s`,
      `${secret}s/versions/1`,
      `${secret}${'s'.repeat(256)}`,
      'projects/demo/locations//secrets/s',
      'projects/demo/locations/EU/secrets/s',
      'projects//secrets/s',
    ],
  },
  'a host of this machine': {
    pattern: LOOPBACK_HOST,
    good: ['localhost', '127.0.0.1', '127.255.255.254', '[::1]'],
    bad: [
      'localhost.example',
      'my-localhost',
      '127.0.0.1.example',
      '127.0.1',
      '127.a.b.c',
      '[::1].example',
      '::1',
    ],
  },
}

describe.each(Object.entries(PATTERNS))('the name of %s', (_, { pattern, good, bad }) => {
  it.each(good)('may be %j', (text) => expect(text).toMatch(pattern))
  it.each(bad)('may not be %j', (text) => expect(text).not.toMatch(pattern))
})
