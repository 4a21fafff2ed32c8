import { describe, expect, it } from 'vitest'
import { childEnv } from '../../../scripts/exec/child-env.ts'

const GIVEN = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/credentials',
  AWS_CONTAINER_AUTHORIZATION_TOKEN: 'token',
}

describe('the environment of a child', () => {
  it('is its parent’s, with what it is given, and without what an SDK would take before that', () => {
    const { env, hidden } = childEnv(
      {
        PATH: '/bin',
        AWS_REGION: 'eu-central-1',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:2',
        AWS_PROFILE: 'mine',
        AWS_SESSION_TOKEN: '',
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/token',
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'old',
      },
      GIVEN,
    )
    expect(env).toEqual({
      PATH: '/bin',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:2',
      ...GIVEN,
    })
    expect(hidden).toEqual([
      'AWS_SESSION_TOKEN',
      'AWS_PROFILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    ])
  })

  it('keeps AWS_ROLE_ARN, which is how the exchange is configured, unless a token file makes it somebody else’s', () => {
    const alone = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/app', AWS_ROLE_SESSION_NAME: 'me' }
    expect(childEnv(alone, {})).toEqual({ env: alone, hidden: [] })
    const { env, hidden } = childEnv({ ...alone, AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }, {})
    expect([env, hidden]).toEqual([
      {},
      ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME'],
    ])
  })
})
