import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

interface Manifest {
  readonly version: string
  readonly main?: string
  readonly engines: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

describe('what Cloud Functions builds', () => {
  const root = manifest('package.json')
  const built = manifest('deploy/function/package.json')

  it('has as dependencies of its own what the functions need: the buildpack looks nowhere else', () => {
    const { keyferry, ...peers } = built.dependencies
    expect(Object.keys(peers)).toEqual([
      '@google-cloud/functions-framework',
      '@google-cloud/secret-manager',
      'pino',
    ])
    for (const [name, range] of Object.entries(peers))
      expect([name, range]).toEqual([name, root.peerDependencies[name]])
    expect(keyferry).toBe(`^${root.version}`)
    expect(built.engines).toEqual(root.engines)
  })

  it('starts with a file that is there, and that imports the functions alone', () => {
    const text = readFileSync(join(ROOT, 'deploy/function', built.main ?? ''), 'utf8')
    expect(text.match(/^import .*/gm)).toEqual(["import 'keyferry/functions'"])
    expect(root.main).toBeUndefined()
  })
})

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest
}
