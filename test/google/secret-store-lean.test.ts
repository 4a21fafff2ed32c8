/** What Google's REST API can answer and the emulator does not: on a transport that answers what it is told. */
import { describe, expect, it } from 'vitest'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { HttpRequest, HttpResponse } from '../../shared/core/ports.ts'
import { leanSecretStore } from '../../shared/google/secret-store-lean.ts'

const SECRET = 'projects/my-project/secrets/aws'
const HELLO = { data: 'aGVsbG8=', dataCrc32c: '2591144780' }

function subject(...answers: Partial<HttpResponse>[]) {
  const requests: HttpRequest[] = []
  const discarded: string[] = []
  const store = leanSecretStore({
    secret: SECRET,
    env: {},
    tokens: { accessToken: async () => 'ya29.planted', discard: (token) => discarded.push(token) },
    sleep: async () => {},
    random: () => 0.5,
    async http(request) {
      requests.push(request)
      const answer = answers[Math.min(requests.length, answers.length) - 1]
      return { status: 200, headers: {}, body: '', ...answer }
    },
  })
  return { store, requests, discarded }
}

const json = (body: unknown, status = 200): Partial<HttpResponse> => ({ status, body: JSON.stringify(body) })
const googleError = (code: number, status: string, message: string, reason?: string): Partial<HttpResponse> =>
  json({ error: { code, status, message, ...(reason && { details: [{ '@type': 'x' }, { reason }] }) } }, code)

describe('reading', () => {
  it('takes the number from the end of the name: Google says the number of the project where we say its id', async () => {
    const { store, requests } = subject(
      json({ name: 'projects/402718365519/secrets/aws/versions/12', payload: HELLO }),
    )
    expect(await store.read('latest')).toEqual({ version: 12, payload: Buffer.from('hello') })
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: `https://secretmanager.googleapis.com/v1/${SECRET}/versions/latest:access`,
      headers: { authorization: 'Bearer ya29.planted' },
      timeoutMs: 2_000,
    })
  })

  it.each([
    ['without a name', { payload: HELLO }],
    ['whose name is not of a version', { name: 'projects/1/secrets/aws/versions/latest', payload: HELLO }],
    ['of another version', { name: 'projects/1/secrets/aws/versions/4', payload: HELLO }],
    ['without a payload', { name: 'projects/1/secrets/aws/versions/3' }],
    ['that is not an object', 'ok'],
  ])('does not take an answer %s', async (_, answer) => {
    await expect(subject(json(answer)).store.read(3)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
  })

  it.each([undefined, '', '0', '2591144781', 2_591_144_780.5])(
    'does not take the checksum %j',
    async (dataCrc32c) => {
      const answer = json({ name: 'projects/1/secrets/aws/versions/3', payload: { ...HELLO, dataCrc32c } })
      await expect(subject(answer).store.read(3)).rejects.toMatchObject({ code: 'SECRET_CORRUPT' })
    },
  )

  it.each([404, 403, 401, 302])(
    'does not take a bare %i, a proxy’s perhaps, for Google’s word',
    async (status) => {
      const { store, requests } = subject({ status, body: '<title>planted</title>' })
      await expect(store.read(3)).rejects.toMatchObject({
        code: 'SECRET_UNREADABLE',
        retryable: false,
        message: expect.stringMatching(`HTTP status ${status}`) as string,
      })
      expect(requests).toHaveLength(1)
    },
  )

  it('tries again after a bare 502 or 429', async () => {
    for (const status of [502, 429]) {
      const { store, requests } = subject({ status, body: 'planted' })
      await expect(store.read(3)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true })
      expect(requests).toHaveLength(3)
    }
  })

  it('leaves the retries for the access token to where it comes from', async () => {
    let asked = 0
    const failed = new KeyferryError('ACCESS_TOKEN_FAILED', 'No token.', { retryable: true })
    const store = leanSecretStore({
      secret: SECRET,
      env: {},
      http: () => Promise.reject(new Error('never asked')),
      tokens: {
        accessToken: () => {
          asked++
          return Promise.reject(failed)
        },
      },
    })
    await expect(store.read(1)).rejects.toBe(failed)
    expect(asked).toBe(1)
  })
})

describe('listing', () => {
  it('does not go round in circles', async () => {
    const { store, requests } = subject(json({ versions: [], nextPageToken: 'again' }))
    await expect(store.list()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    expect(requests).toHaveLength(2)
  })

  it.each([
    ['a state that is new', { name: 'a/versions/1', state: 'SCHEDULED', createTime: '2026-11-23T18:00:00Z' }],
    ['no time', { name: 'a/versions/1', state: 'ENABLED' }],
    ['no version', null],
  ])('does not take a list with %s', async (_, version) => {
    await expect(subject(json({ versions: [version] })).store.list()).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
    })
  })
})

describe('a refusal', () => {
  it.each([
    [
      'the API is off',
      'SERVICE_DISABLED',
      'gcloud services enable secretmanager.googleapis.com --project=my-project',
    ],
    ['the machine has no scope for it', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', '--scopes=cloud-platform'],
    ['a perimeter forbids it', 'SECURITY_POLICY_VIOLATED', 'VPC Service Controls'],
    ['the role is missing', 'IAM_PERMISSION_DENIED', '--role=roles/secretmanager.secretAccessor'],
    ['the secret may be missing', 'IAM_PERMISSION_DENIED', 'create it: gcloud secrets create '],
  ])('says what to do where %s', async (_, reason, fix) => {
    const { store } = subject(googleError(403, 'PERMISSION_DENIED', 'Denied.', reason))
    await expect(store.read('latest')).rejects.toMatchObject({
      code: 'SECRET_DENIED',
      message: expect.stringContaining(fix) as string,
    })
  })

  it('of the access token is not a matter of the secret, and the token is not used again', async () => {
    const { store, discarded } = subject(
      googleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
    )
    await expect(store.read('latest')).rejects.toMatchObject({
      code: 'ACCESS_TOKEN_FAILED',
      retryable: false,
    })
    expect(discarded).toEqual(['ya29.planted'])
  })

  it('names what was tried, what Google said, and the status as its cause', async () => {
    const { store } = subject(googleError(400, 'INVALID_ARGUMENT', 'Field x is wrong.'))
    await expect(store.add(new Uint8Array(1))).rejects.toMatchObject({
      code: 'SECRET_WRITE_FAILED',
      message: `Cannot add a version to ${SECRET}: INVALID_ARGUMENT (Field x is wrong).`,
      resource: SECRET,
      cause: { name: 'INVALID_ARGUMENT' },
    })
  })

  it('may quote what was sent: what was sent is not shown', async () => {
    const payload = Buffer.from('planted payload')
    const { store } = subject(
      googleError(400, 'INVALID_ARGUMENT', `Bad: Bearer ya29.planted ${payload.toString('base64')}`),
    )
    const error = await store.add(payload).catch((error: unknown) => error)
    expect((error as Error).message).toContain('Bad: ')
    expect((error as Error).message).not.toMatch(/planted|cGxhbnRlZC/)
  })
})
