/** `keyferry emulator`, from its start to its end. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyferry, startKeyferry } from './child.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'keyferry-emulator-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('keyferry emulator', () => {
  it('serves whoever has read the file of --env-file, until SIGTERM', async () => {
    const seed = join(folder, 'seed.json')
    writeFileSync(seed, JSON.stringify({ buckets: [{ name: 'my-bucket' }] }))
    const file = join(folder, 'env')
    const key = join(folder, 'key.json')
    const emulator = startKeyferry(['emulator', '--env-file', file, '--config', seed, '--key-file', key])
    try {
      // Whoever sees the file sees it whole: it is there by a rename.
      while (!existsSync(file)) await sleep(20)
      const env = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
      expect(env).toMatchObject({
        S3_BUCKET: 'my-bucket',
        KEYFERRY_SECRET: 'projects/keyferry-demo/secrets/aws-app',
      })
      const { status } = await keyferry(['whoami'], env)
      expect(status).toBe(0)
      expect(statSync(key).mode & 0o777).toBe(0o600)
      const byKey = await keyferry(['whoami', '--json'], { ...env, GOOGLE_APPLICATION_CREDENTIALS: key })
      const { ok, google } = JSON.parse(byKey.stdout) as {
        ok: boolean
        google: { email: string; azp: string }
      }
      expect([ok, google.azp]).toEqual([true, google.email])
    } finally {
      emulator.kill('SIGTERM')
    }
    expect(await once(emulator, 'exit')).toEqual([0, null])
  })

  it('refuses a port that is taken, or that is for nothing it has', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    try {
      const taken = await keyferry(['emulator', '--port', `aws=${port}`])
      expect(taken).toMatchObject({ status: 2, stdout: '' })
      expect(taken.stderr).toContain(`Port ${port} cannot be listened on (EADDRINUSE)`)
    } finally {
      server.close()
    }
    const unknown = await keyferry(['emulator', '--port', 'azure=1'])
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('--port must be NAME=PORT')])
  })
})
