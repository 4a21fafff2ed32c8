/** What a request handler loads until it holds its first credentials, seen in a real process. */
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { crc32c } from '../shared/core/crc32c.ts'
import { encodePayload } from '../shared/core/payload.ts'

const ROOT = join(import.meta.dirname, '..')
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

it('gets its first credentials with at most 25 modules of ours and no package', async () => {
  const google = await aMetadataServerAndASecret()
  const { output, loaded } = await run('first-credentials.mjs', {
    GCE_METADATA_HOST: google,
    SECRET_MANAGER_EMULATOR_HOST: google,
    SECRET: 'projects/p/secrets/s',
  })
  expect(output).toBe('123456789012')

  const ours = loaded.filter((path) => path.startsWith('dist/'))
  expect(loaded.filter((path) => path.startsWith('node_modules/'))).toEqual([])
  expect(ours).toContain('dist/shared/from-secret-manager.js')
  expect(ours.length, ours.join('\n')).toBeLessThanOrEqual(25)
})

it('has a recorder that sees packages when they are loaded', async () => {
  const { loaded } = await run('a-package.mjs', {})
  expect(loaded.some((path) => path.startsWith('node_modules/zod/'))).toBe(true)
})

async function run(
  script: string,
  env: Record<string, string>,
): Promise<{ output: string; loaded: string[] }> {
  const folder = join(ROOT, 'test/loaded-modules')
  const child = spawn(process.execPath, ['--import', join(folder, 'record.mjs'), join(folder, script)], {
    cwd: ROOT,
    env: { ...env, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const [output, errors, urls, status] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  const loaded = urls
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) =>
      fileURLToPath(url)
        .slice(ROOT.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.startsWith('test/'))
  if (status !== 0) throw new Error(errors)
  return { output, loaded }
}

async function aMetadataServerAndASecret(): Promise<string> {
  const expiration = new Date(Date.now() + 3_600_000)
  const payload = encodePayload(
    { accessKeyId: 'ASIAEXAMPLEEXAMPLE01', secretAccessKey: 's', sessionToken: 't', expiration },
    { exchange: { roleArn: 'arn:aws:iam::123456789012:role/app' }, refreshAfter: Date.now() + 1_200_000 },
  )
  const answers: Record<string, object> = {
    '/computeMetadata/v1/instance/service-accounts/default/token': {
      access_token: 'opaque',
      expires_in: 3599,
      token_type: 'Bearer',
    },
    '/v1/projects/p/secrets/s/versions/latest:access': {
      name: 'projects/1/secrets/s/versions/1',
      payload: { data: Buffer.from(payload).toString('base64'), dataCrc32c: String(crc32c(payload)) },
    },
  }
  const server = createServer((request, response) => {
    const answer = answers[new URL(request.url ?? '/', 'http://localhost').pathname]
    response.writeHead(answer ? 200 : 404, {
      'metadata-flavor': 'Google',
      'content-type': 'application/json',
    })
    response.end(JSON.stringify(answer ?? { error: { code: 404, status: 'NOT_FOUND', message: 'not here' } }))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
