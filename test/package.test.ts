/** The package as users get it: packed, unpacked, and used from outside. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

interface Manifest {
  readonly version: string
  readonly main?: string
  readonly bin: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
  readonly peerDependenciesMeta: Record<string, { optional: boolean }>
  readonly exports: Record<string, string | { types: string; default: string }>
}

const deployed = JSON.parse(readFileSync(join(ROOT, 'deploy/function/package.json'), 'utf8')) as {
  readonly main: string
  readonly dependencies: Record<string, string>
}

let archive: string
let user: string

beforeAll(() => {
  user = mkdtempSync(join(tmpdir(), 'keyferry-package-'))
  const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', user)) as [
    { filename: string },
  ]
  archive = join(user, packed.filename)
  const modules = join(user, 'node_modules')
  mkdirSync(modules)
  execFileSync('tar', ['-xzf', archive, '-C', modules])
  renameSync(join(modules, 'package'), join(modules, 'keyferry'))
  writeFileSync(join(user, 'package.json'), '{"private":true}')
}, 60_000)

afterAll(() => rmSync(user, { recursive: true, force: true }))

describe('the packed package', () => {
  it('holds what its exports name, and neither sources nor tests', () => {
    const files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n').filter(Boolean)
    const named = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    for (const path of [...named, ...Object.values(manifest.bin)])
      expect(files).toContain(`package/${path.replace('./', '')}`)
    // What messages and checks send their readers to.
    for (const page of ['trust', 'doctor', 'cli']) expect(files).toContain(`package/docs/${page}.md`)
    expect(
      files.filter((path) => /(?:^package\/(?:test|bench|examples)\/|(?<!\.d)\.ts$)/.test(path)),
    ).toEqual([])
  })

  it('passes publint', () => {
    expect(() => run('publint/src/cli.js', '--strict', archive)).not.toThrow()
  })

  it('has types that resolve as its code does', () => {
    expect(() =>
      run(
        '@arethetypeswrong/cli/dist/index.js',
        '--profile',
        'esm-only',
        '--exclude-entrypoints',
        'config.schema.json',
        '--',
        archive,
      ),
    ).not.toThrow()
  })

  it('is read without any of its optional peers', () => {
    linkDependencies(Object.keys(manifest.dependencies))
    const output = node(
      '--input-type=module',
      '-e',
      "const k = await import('keyferry'); console.log(typeof k.fromSecretManager, typeof k.refreshAhead)",
    )
    expect(output).toBe('function function\n')
  })

  it('can be required from CommonJS', () => {
    expect(node('-e', "console.log(typeof require('keyferry').fromSecretManager)")).toBe('function\n')
  })

  it('has a command that runs bare', () => {
    const [bin] = Object.values(manifest.bin) as [string]
    expect(node(join(user, 'node_modules/keyferry', bin), '--version')).toBe(`${manifest.version}\n`)
    expect(readFileSync(join(user, 'node_modules/keyferry', bin), 'utf8')).toMatch(
      /^#!\/usr\/bin\/env -S node --\n/,
    )
  })
})

describe('deploy/function with the packed package', () => {
  it('registers both functions with the one copy of the framework, and reads no configuration', () => {
    for (const file of ['package.json', 'index.js'])
      copyFileSync(join(ROOT, 'deploy/function', file), join(user, file))
    linkDependencies([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(deployed.dependencies).filter((name) => name !== 'keyferry'),
    ])
    const output = node(
      '--input-type=module',
      '-e',
      `import './${deployed.main}'
       import { getFunction } from '@google-cloud/functions-framework/testing'
       console.log(typeof getFunction('refresh'), typeof getFunction('refreshOnEvent'))`,
    )
    expect(output).toBe('function function\n')
  })

  it('asks for the versions that are tested here', () => {
    expect(deployed.dependencies).toEqual({
      '@google-cloud/functions-framework': manifest.peerDependencies['@google-cloud/functions-framework'],
      '@google-cloud/secret-manager': manifest.peerDependencies['@google-cloud/secret-manager'],
      keyferry: `^${manifest.version}`,
      pino: manifest.peerDependencies['pino'],
    })
  })
})

describe('the manifest', () => {
  it('keeps the writing side out of every reader: its packages are optional peers, and there for development', () => {
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]?.optional, name).toBe(true)
      expect(manifest.devDependencies[name], name).toBe(manifest.peerDependencies[name])
      expect(manifest.dependencies[name], name).toBeUndefined()
    }
  })

  it('has no main: the root is a library, never a function to deploy', () => {
    expect(manifest.main).toBeUndefined()
  })
})

describe('the public types', () => {
  it.each(['.', './functions', './emulator'])('of %s mention no optional peer', (entry) => {
    const target = manifest.exports[entry] as { types: string }
    const peers = Object.keys(manifest.peerDependencies)
    const mentioned = [...specifiersFrom(join(ROOT, target.types))].filter((name) =>
      peers.some((peer) => name === peer || name.startsWith(`${peer}/`)),
    )
    expect(mentioned).toEqual([])
  })
})

/** Every package that the declarations reached from `path` import. */
function specifiersFrom(path: string, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  if (seen.has(path) || !existsSync(path)) return found
  seen.add(path)
  for (const [, specifier] of readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
    if (specifier?.startsWith('.'))
      specifiersFrom(join(dirname(path), specifier.replace(/\.(?:js|ts)$/, '.d.ts')), seen, found)
    else if (specifier) found.add(specifier)
  }
  return found
}

function linkDependencies(names: readonly string[]): void {
  for (const name of names) {
    const link = join(user, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link)
  }
}

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: user, encoding: 'utf8' })
}

function npm(...args: string[]): string {
  return execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, stdio: 'pipe' })
}
