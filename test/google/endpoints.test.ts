import { describe, expect, it } from 'vitest'
import {
  iamCredentialsEndpoint,
  secretManagerEndpoint,
  secretParts,
  tokenEndpoints,
} from '../../shared/google/endpoints.ts'

const SECRET = 'projects/p/secrets/s'
const REGIONAL = 'projects/p/locations/europe-west3/secrets/s'

describe('the endpoint of Secret Manager', () => {
  it('is the global one, and for a regional secret that of its region', () => {
    expect(secretManagerEndpoint(SECRET, {}).origin).toBe('https://secretmanager.googleapis.com')
    expect(secretManagerEndpoint(REGIONAL, {}).origin).toBe(
      'https://secretmanager.europe-west3.rep.googleapis.com',
    )
  })

  it.each(['127.0.0.1:8085', 'localhost:8085', '[::1]:8085', 'http://127.0.0.1:8085'])(
    'is an emulator at %s, for regional secrets too',
    (host) => {
      const env = { SECRET_MANAGER_EMULATOR_HOST: host }
      const origin = host.startsWith('http') ? host : `http://${host}`
      for (const secret of [SECRET, REGIONAL])
        expect(secretManagerEndpoint(secret, env)).toMatchObject({ origin, port: 8_085, plaintext: true })
    },
  )

  it.each([
    'secretmanager.example:80',
    '10.0.0.1:8085',
    '127.0.0.1.example:80',
    'https://127.0.0.1:8085',
    'localhost@evil.example:80',
    'nonsense nonsense',
    // It is a mistake, and would go to whatever listens at port 80.
    '127.0.0.1',
    'localhost:',
  ])('is never %s: a token would go there in the clear', (host) => {
    expect(() => secretManagerEndpoint(SECRET, { SECRET_MANAGER_EMULATOR_HOST: host })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})

describe('where tokens come from', () => {
  it('is Google, or an emulator on this machine', () => {
    expect(tokenEndpoints({})).toEqual({
      oauth: 'https://oauth2.googleapis.com/token',
      sts: 'https://sts.googleapis.com/v1/token',
    })
    expect(iamCredentialsEndpoint({})).toBe('https://iamcredentials.googleapis.com')
    const here = 'http://127.0.0.1:8085'
    for (const endpoint of ['127.0.0.1:8085', `${here}/token`])
      expect(tokenEndpoints({ KEYFERRY_GOOGLE_TOKEN_ENDPOINT: endpoint })).toEqual({
        oauth: `${here}/token`,
        sts: `${here}/v1/token`,
      })
    expect(iamCredentialsEndpoint({ KEYFERRY_IAM_CREDENTIALS_ENDPOINT: '127.0.0.1:8085' })).toBe(here)
  })

  it.each([
    'https://oauth2.example/token',
    '10.0.0.1:80',
    'http://127.0.0.1.example/',
    'https://127.0.0.1:1',
    'localhost@evil.example:80',
  ])('is never %s: a signed assertion would go there in the clear', (endpoint) => {
    expect(() => tokenEndpoints({ KEYFERRY_GOOGLE_TOKEN_ENDPOINT: endpoint })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
    expect(() => iamCredentialsEndpoint({ KEYFERRY_IAM_CREDENTIALS_ENDPOINT: endpoint })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})

describe('the name of a secret', () => {
  it('has its parts', () => {
    expect(secretParts(SECRET)).toEqual({ project: 'p', id: 's' })
    expect(secretParts(REGIONAL)).toEqual({ project: 'p', location: 'europe-west3', id: 's' })
  })

  it.each(['s', 'projects/p/secrets/s/versions/latest', 'projects/p/locations/evil.example/secrets/s', ''])(
    'is not %j',
    (name) => expect(() => secretParts(name)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' })),
  )
})
