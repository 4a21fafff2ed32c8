/** What is Google's client's own: the package that may be missing, the deadline around all it does, and the proxy. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startEmulator } from '../../emulator/index.ts'

const OFFICIAL = join(import.meta.dirname, '../../shared/google/secret-manager-official.ts')
const METADATA = join(import.meta.dirname, '../../shared/google/identity.ts')
const TRANSPORT = join(import.meta.dirname, '../../shared/transport.ts')

/** What a process of its own makes of `body`, as JSON: the client reads proxies and credentials from its process. */
async function run(body: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const script = `
    import { registerHooks } from 'node:module'
    const { officialSecretManager } = await import(${JSON.stringify(OFFICIAL)})
    const tokens = { accessToken: async () => 'ya29.planted' }
    const told = await (async () => { ${body} })().catch(({ name, code, message }) => ({ name, code, message }))
    process.stdout.write(JSON.stringify(told))
    process.exit()`
  const { PATH, HOME } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH, HOME, ...env },
    timeout: 15_000,
  })
  return JSON.parse(stdout)
}

describe('the package', () => {
  it('is named, with the command that installs it, where it is missing', async () => {
    const told = await run(`
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier !== '@google-cloud/secret-manager') return next(specifier, context)
          throw Object.assign(new Error("Cannot find package '" + specifier + "'"), { code: 'ERR_MODULE_NOT_FOUND' })
        },
      })
      return officialSecretManager({ tokens })`)
    expect(told).toMatchObject({
      name: 'KeyferryError',
      code: 'DEPENDENCY_MISSING',
      message: expect.stringContaining('npm install @google-cloud/secret-manager@7') as string,
    })
  })
})

describe('against an emulator', () => {
  it('uses no proxy, whatever the process has set', async () => {
    await using emulator = await startEmulator()
    const told = await run(
      `const { metadataServer } = await import(${JSON.stringify(METADATA)})
       const { leanTransport } = await import(${JSON.stringify(TRANSPORT)})
       const manager = await officialSecretManager({ tokens: metadataServer({ http: leanTransport() }) })
       return manager.versionsOf(process.env.KEYFERRY_SECRET).add(new Uint8Array(1))`,
      { ...emulator.env, https_proxy: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' },
    )
    expect(told).toBe(1)
  })
})

describe('against Google itself', () => {
  it('looks for no credentials by itself: without a token nothing is sent', async () => {
    const told = await run(
      `const tokens = { accessToken: () => Promise.reject(Object.assign(new Error('none'), { code: 'ACCESS_TOKEN_FAILED' })) }
       const manager = await officialSecretManager({ tokens, sleep: async () => {} })
       return manager.versionsOf('projects/p/secrets/s').read(1)`,
      { HTTPS_PROXY: 'http://127.0.0.1:1' },
    )
    expect(told).toEqual({ name: 'Error', code: 'ACCESS_TOKEN_FAILED', message: 'none' })
  })

  it.each(['https_proxy', 'HTTPS_PROXY'])('goes through the proxy of %s', async (variable) => {
    const asked: string[] = []
    const proxy = createServer()
    proxy.on('connect', ({ url = '' }, socket) => {
      asked.push(url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const told = await run(
      `const manager = await officialSecretManager({ tokens, sleep: async () => {} })
       return manager.versionsOf('projects/p/secrets/s').add(new Uint8Array(1))`,
      { [variable]: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    )
    proxy.closeAllConnections()
    proxy.close()
    expect(told).toMatchObject({ code: 'SECRET_WRITE_FAILED' })
    expect(asked).toContain('secretmanager.googleapis.com:443')
  })
})
