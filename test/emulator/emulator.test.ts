import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultSeed, startEmulator, type Emulator } from '../../emulator/index.ts'
import { ask, ROLE, SECRET, startWorld } from './world.ts'

const started: Emulator[] = []
const start = async (...options: Parameters<typeof startEmulator>): Promise<Emulator> => {
  const emulator = await startEmulator(...options)
  started.push(emulator)
  return emulator
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.stop()))
})

describe('the emulator', () => {
  it('tells its clients everything in their environment', async () => {
    const { env } = await start()
    const port = expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string
    const url = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string
    expect(env).toEqual({
      GCE_METADATA_HOST: port,
      METADATA_SERVER_DETECTION: 'assume-present',
      SECRET_MANAGER_EMULATOR_HOST: port,
      KEYFERRY_GOOGLE_TOKEN_ENDPOINT: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/token$/) as string,
      KEYFERRY_IAM_CREDENTIALS_ENDPOINT: url,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      KEYFERRY_SECRET: SECRET,
      AWS_ROLE_ARN: ROLE,
      ASSUME_ROLE_ARN: ROLE,
      S3_BUCKET: 'keyferry-demo-bucket',
    })
  })

  it('listens on the ports it is given, and says when one is taken', async () => {
    const { env } = await start()
    const port = Number(env['AWS_ENDPOINT_URL']?.split(':').at(-1))
    await expect(startEmulator({ ports: { aws: port } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await started.splice(0)[0]?.stop()
    const again = await start({ ports: { aws: port } })
    expect(again.env['AWS_ENDPOINT_URL']).toBe(`http://127.0.0.1:${port}`)
  })

  it('runs several at once, each with its own world', async () => {
    const [one, two] = [await start(), await start()]
    one.secretManager.add(SECRET, 'x')
    expect([one, two].map(({ secretManager }) => secretManager.versions(SECRET).length)).toEqual([1, 0])
  })

  it('stops at once, whatever hangs on it, and stops twice', async () => {
    const { emulator } = await startWorld()
    emulator.sts.fault({ kind: 'hang' })
    emulator.metadata.fault({ kind: 'latency', latencyMs: 60_000 })
    const url = emulator.env['AWS_ENDPOINT_URL'] as string
    const silent = connect(Number(emulator.env['SECRET_MANAGER_EMULATOR_HOST']?.split(':')[1]), '127.0.0.1')
    const closed = new Promise((resolve) => silent.on('close', resolve).on('error', () => {}))
    const waiting = [
      ask(`${url}/?Action=GetCallerIdentity`),
      ask(`http://${emulator.env['GCE_METADATA_HOST']}/`),
    ].map((call) => call.then(() => 'answered').catch(() => 'closed'))
    while (emulator.sts.calls.count() === 0) await new Promise((resolve) => setImmediate(resolve))
    await emulator.stop()
    expect(await Promise.all(waiting)).toEqual(['closed', 'closed'])
    await closed
    await expect(ask(url)).rejects.toThrow('fetch failed')
    await emulator.stop()
  })

  it('is disposed of by its scope', async () => {
    let url = ''
    {
      await using emulator = await startEmulator()
      url = emulator.env['AWS_ENDPOINT_URL'] as string
      expect((await ask(url)).status).toBe(403)
    }
    await expect(ask(url)).rejects.toThrow('fetch failed')
  })

  it('takes a seed of one’s own', async () => {
    const emulator = await start({
      seed: {
        serviceAccounts: [
          { email: 'me@p.iam.gserviceaccount.com', uniqueId: '1'.repeat(21), projectId: 'p' },
        ],
        region: 'us-west-2',
      },
    })
    expect(emulator.env).toMatchObject({ AWS_REGION: 'us-west-2' })
    expect(emulator.env).not.toHaveProperty('KEYFERRY_SECRET')
    const { GCE_METADATA_HOST: host } = emulator.env
    const headers = { 'metadata-flavor': 'Google' }
    const { text } = await ask(`http://${host}/computeMetadata/v1/instance/service-accounts/default/email`, {
      headers,
    })
    expect(text).toBe('me@p.iam.gserviceaccount.com')
    await expect(startEmulator({ seed: {} })).rejects.toThrow('The seed has no service account')
    expect(defaultSeed()).toEqual(defaultSeed())
  })

  it('says what to install where a library is missing', () => {
    const hooks = `import { registerHooks } from 'node:module'
      registerHooks({ resolve: (name, context, next) => {
        if (name === 'jose') throw Object.assign(new Error('Cannot find package jose'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      } })`
    const script = `const { startEmulator } = await import(${JSON.stringify(join(import.meta.dirname, '../../emulator/index.ts'))})
      await startEmulator().catch((error) => console.log(error.message))`
    const args = [
      '--import',
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      '--input-type=module',
      '--eval',
      script,
    ]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe(
      'The emulator needs libraries that are not installed. Install them: npm install --save-dev @grpc/grpc-js@1 @grpc/proto-loader@0.8 jose@6 @smithy/signature-v4@5 @google-cloud/secret-manager@7\n',
    )
  })
})
