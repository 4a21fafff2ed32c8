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
const SECRET = 'projects/p/secrets/s'
/** What an import of these loads is little beside them; that of `node:http` is undici, HTTP/2 and web streams. */
const OF_NODE = ['node:crypto', 'node:diagnostics_channel', 'node:path', 'node:timers/promises']
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

it('gets its first credentials with at most 25 modules of ours and no package', async () => {
  const google = await aMetadataServerAndASecret()
  const { output, ours, ofPackages, ofNode } = await run(['test/loaded-modules/first-credentials.mjs'], {
    GCE_METADATA_HOST: google,
    SECRET_MANAGER_EMULATOR_HOST: google,
    SECRET,
  })
  expect(output).toBe('123456789012')
  expect(ofPackages).toEqual([])
  expect(ofNode.filter((name) => !OF_NODE.includes(name))).toEqual([])
  expect(ours).toContain('dist/shared/from-secret-manager.js')
  expect(ours.length, ours.join('\n')).toBeLessThanOrEqual(25)
})

it('prints them by the command with at most 40 modules of ours and no package', async () => {
  const google = await aMetadataServerAndASecret()
  const { output, ours, ofPackages, ofNode } = await run(
    ['dist/scripts/keyferry.js', 'credential-process', '--secret', SECRET],
    { GCE_METADATA_HOST: google, SECRET_MANAGER_EMULATOR_HOST: google },
  )
  expect(JSON.parse(output)).toMatchObject({ AccountId: '123456789012' })
  expect(ofPackages).toEqual([])
  expect(ofNode.filter((name) => !OF_NODE.includes(name))).toEqual([])
  expect(ours).toContain('dist/scripts/keyferry.js')
  expect(ours.length, ours.join('\n')).toBeLessThanOrEqual(40)
})

it('starts a command, and the endpoint beside it, without an import of node:http', async () => {
  const google = await aMetadataServerAndASecret()
  const url = 'process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI'
  const { output, ofPackages, ofNode } = await run(
    ['dist/scripts/keyferry.js', 'exec', '--secret', SECRET, '--', process.execPath, '-p', url],
    { GCE_METADATA_HOST: google, SECRET_MANAGER_EMULATOR_HOST: google },
  )
  expect(output).toMatch(/^http:\/\/127\.0\.0\.1:/)
  expect(ofPackages).toEqual([])
  expect(ofNode).not.toContain('node:http')
})

it('has a recorder that sees packages, and modules of Node, when they are loaded', async () => {
  const { ofPackages, ofNode } = await run(['test/loaded-modules/a-package.mjs'], {})
  expect(ofPackages.some((path) => path.startsWith('node_modules/zod/'))).toBe(true)
  expect(ofNode).toEqual(['node:http'])
})

interface Loaded {
  readonly output: string
  readonly ours: readonly string[]
  readonly ofPackages: readonly string[]
  /** Imported by name: what is had by `process.getBuiltinModule` brings only what it needs, and is not seen. */
  readonly ofNode: readonly string[]
}

async function run(command: readonly string[], env: Record<string, string>): Promise<Loaded> {
  const recorder = join(ROOT, 'test/loaded-modules/record.mjs')
  const child = spawn(process.execPath, ['--import', recorder, ...command], {
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
  if (status !== 0) throw new Error(errors)
  const seen = urls.split('\n')
  const files = seen
    .filter((url) => url.startsWith('file:'))
    .map((url) =>
      fileURLToPath(url)
        .slice(ROOT.length + 1)
        .replaceAll('\\', '/'),
    )
  return {
    output,
    ours: files.filter((path) => path.startsWith('dist/')),
    ofPackages: files.filter((path) => path.startsWith('node_modules/')),
    ofNode: seen.filter((url) => url.startsWith('node:')),
  }
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
