/** The container recipe, as plain commands: what the files say is run, but for building the image and for Cloud Run itself. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { consumerBed, type ConsumerBed } from '../consumers/bed.ts'
import { LISTED, listed, PROGRAMS, type Program } from '../consumers/programs.ts'
import { ROOT, run, startKeyferry } from '../scripts/child.ts'

const folder = join(ROOT, 'deploy/container')
const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8')
const service = readFileSync(join(folder, 'service.yaml'), 'utf8')

const [aws, sdk] = ['the AWS command', 'the JavaScript SDK'].map((wanted) =>
  PROGRAMS.find(({ name }) => name === wanted),
) as [Program, Program]

let bed: ConsumerBed
beforeAll(async () => {
  bed = await consumerBed()
})
afterAll(() => bed.stop())

describe('the Dockerfile', () => {
  const instructions = [...dockerfile.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, name, rest]) => [name, rest])
  const words = (name: string): string[] =>
    JSON.parse(instructions.find(([found]) => found === name)?.[1] ?? '[]') as string[]

  it('has instructions that are understood here, and steps that are a shell’s', async () => {
    expect(instructions.map(([name]) => name)).toEqual(['FROM', 'RUN', 'COPY', 'RUN', 'ENTRYPOINT', 'CMD'])
    for (const [, step] of instructions.filter(([name]) => name === 'RUN'))
      expect(await run('sh', ['-n', '-c', step as string])).toMatchObject({ status: 0, stderr: '' })
  })

  it('installs this version from the file that `npm pack` makes, on a Node that it supports', () => {
    const { version, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string
      engines: { node: string }
    }
    const packed = `keyferry-${version}.tgz`
    expect(instructions.find(([name]) => name === 'COPY')?.[1]?.split(' ')).toEqual([packed, '/tmp/'])
    expect(dockerfile.match(/npm install .*?(?= &&)/)?.[0]).toBe(
      `npm install --global --omit=dev /tmp/${packed}`,
    )
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(
      /npm pack --pack-destination deploy\/container[^]*docker build/,
    )
    expect(Number(/^FROM node:(\d+)/m.exec(dockerfile)?.[1])).toBeGreaterThan(
      parseInt(engines.node.slice(2), 10),
    )
  })

  it('starts a command that lists the bucket', async ({ skip }) => {
    skip(aws.isMissing, `not installed: ${aws.package}`)
    const [keyferry, ...entry] = words('ENTRYPOINT')
    expect([keyferry, words('CMD')[0]]).toEqual(['keyferry', 'aws'])
    // Debian's `aws` is told of the emulator by a flag.
    const ended = await bed.keyferry([...entry, ...aws.command(bed)])
    expect(listed(ended)).toEqual(LISTED)
  })
})

describe('the service with a sidecar', () => {
  const valueOf = (name: string): string =>
    new RegExp(`- name: ${name}\\n +value: (\\S+)`).exec(service)?.[1] ?? ''

  it('has an app whose SDK finds the sidecar, once its probe says that it is ready', async () => {
    const [args = '[]'] = /(?<=^ +args: )\[.*\]$/m.exec(service) ?? []
    const words = JSON.parse(args.replaceAll("'", '"')) as string[]
    const probe = /httpGet:\s+path: (\S+)\s+port: (\d+)/.exec(service)
    // Ports and paths of this machine's own, for those that a container has to itself.
    const here = new Map([
      ['4170', String(await freePort())],
      ['4171', String(await freePort())],
      ['/run/keyferry', bed.home],
    ])
    const translated = (text: string): string =>
      [...here].reduce((all, [there, replacement]) => all.replaceAll(there, replacement), text)

    const sidecar = startKeyferry(words.map(translated), { ...bed.env, ...bed.emulator.env })
    onTestFinished(() => void sidecar.kill('SIGKILL'))
    const isReady = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${translated(probe?.[2] ?? '')}${probe?.[1]}`).then(
        ({ ok }) => ok,
        () => false,
      )
    await vi.waitUntil(isReady, { timeout: 20_000, interval: 20 })

    const names = [
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      'AWS_REGION',
    ]
    const env = Object.fromEntries(names.map((name) => [name, translated(valueOf(name))]))
    const [command, ...rest] = sdk.command(bed)
    expect(listed(await bed.run(command, rest, env))).toEqual(LISTED)

    const ended = once(sidecar, 'close')
    sidecar.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it('mounts the token where both look for it, and starts the sidecar first', () => {
    expect(service.match(/mountPath: (\S+)/g)).toEqual(Array(2).fill('mountPath: /run/keyferry'))
    expect(service).toContain(`container-dependencies: '{"app":["keyferry"]}'`)
    expect(service.match(/^ {8}- name: (?:app|keyferry)$/gm)?.length).toBe(3)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
