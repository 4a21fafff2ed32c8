/** The architecture of this project is a test: who may import whom, and what no file may do. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const CORE = /^shared\/core\//
const NODE = /^node:/

/** What each room may import. A room is named by its path; its own files are always allowed. */
const MAY_IMPORT: Readonly<Record<string, readonly RegExp[]>> = {
  'shared/core': [/^node:(?:crypto|diagnostics_channel)$/],
  'shared/google': [CORE, NODE, /^@google-cloud\/secret-manager$/, /^google-auth-library$/, /^google-gax$/],
  'shared/aws': [CORE, NODE, /^@aws-sdk\/client-sts$/],
  'shared/local': [CORE, NODE, /^proper-lockfile$/],
  'shared/report': [/^shared\//, NODE],
  shared: [/^shared\//, NODE],
  functions: [/^shared\//, NODE, /^@google-cloud\/functions-framework$/, /^pino$/],
  scripts: [/^shared\//, NODE, /^package\.json$/],
  emulator: [
    /^shared\/core\/(?:crc32c|trust)(?:\.ts|\/)/,
    NODE,
    /^(?:@grpc\/|jose$|@smithy\/|@google-cloud\/secret-manager\/)/,
  ],
  examples: [NODE, /^keyferry(?:\/emulator)?$/, /^@aws-sdk\/client-/, /^@opentelemetry\/api$/],
}

/** What single files may import beyond their room. */
const ALSO: Readonly<Record<string, readonly RegExp[]>> = {
  'shared/config.ts': [/^zod$/],
  'scripts/emulator.ts': [/^emulator\//],
  'scripts/demo.ts': [/^emulator\//],
  'scripts/emulator/seed.ts': [/^emulator\//, /^zod$/],
}

const files = Object.keys(MAY_IMPORT).flatMap((room) => sourcesOf(room).map((path) => read(room, path)))

describe('the import rules', () => {
  it.each(Object.keys(MAY_IMPORT))('hold in %s, which is not empty', (room) => {
    const inRoom = files.filter((file) => file.room === room)
    expect(inRoom.length, `${room} has no source to check`).toBeGreaterThan(0)
    const broken = inRoom.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !target.startsWith(`${room}/`))
        .filter(
          (target) => ![...(MAY_IMPORT[room] ?? []), ...(ALSO[path] ?? [])].some((rule) => rule.test(target)),
        )
        .map((target) => `${path} imports ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('leave no cycle', () => {
    const graph = new Map(files.map(({ path, imports }) => [path, imports]))
    const cycles: string[] = []
    const done = new Set<string>()
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      if (trail.includes(path) || done.has(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })
})

describe('every source file', () => {
  it('says its purpose before anything else', () => {
    const silent = files
      .filter(({ text }) => !/^(?:#!.*\n)?\/(?:\*\*\s+(?:\* )?|\/ )\S/.test(text))
      .map(({ path }) => path)
    expect(silent).toEqual([])
  })

  it('has a name that is kebab-case and says something', () => {
    const bad = files.filter(
      ({ path }) => !/\/(?!utils?\.|helpers?\.|misc\.|common\.)[a-z0-9-]+\.ts$/.test(path),
    )
    expect(bad.map(({ path }) => path)).toEqual([])
  })

  it('exports by name: never everything', () => {
    expect(files.filter(({ found }) => found.has('export *')).map(({ path }) => path)).toEqual([])
  })

  it('of shared can be required: it awaits nothing while it loads', () => {
    const waiting = files.filter(
      ({ path, found }) => path.startsWith('shared/') && found.has('top-level await'),
    )
    expect(waiting.map(({ path }) => path)).toEqual([])
  })

  it('of the core does no I/O, reads no environment, sets no timer and asks no clock but the one handed in', () => {
    const impure = files
      .filter(({ path }) => CORE.test(path))
      .flatMap(({ path, found }) =>
        [...found].filter((what) => IMPURE.has(what)).map((what) => `${path} uses ${what}`),
      )
    expect(impure).toEqual([])
  })
})

const IMPURE = new Set([
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'Date.now',
  'Math.random',
])

interface SourceFile {
  readonly room: string
  readonly path: string
  readonly text: string
  /** Specifiers of packages, and paths from the root for our own files; static, type-only and dynamic alike. */
  readonly imports: readonly string[]
  /** Names and constructs that a rule above speaks of. */
  readonly found: ReadonlySet<string>
}

function sourcesOf(room: string): string[] {
  // The files of `shared` itself are the compositions; its folders are rooms of their own.
  return readdirSync(join(ROOT, room), { recursive: room !== 'shared', encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${room}/${path.replaceAll('\\', '/')}`)
}

function read(room: string, path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const imports = new Set<string>()
  const found = new Set<string>()
  // The SDK's own vocabulary: its types may be anywhere in shared, and leave no trace in what runs.
  const isVocabulary = (node: Node, specifier: string): boolean =>
    specifier === '@smithy/types' && node['importKind'] === 'type'
  walk(parseSync(path, text).program as unknown as Node, false, (node, inFunction) => {
    const source = node['source'] as { value?: unknown } | null | undefined
    if (node.type === 'ExportAllDeclaration') found.add('export *')
    if (/^(?:Import|Export)/.test(node.type) && typeof source?.value === 'string')
      if (!isVocabulary(node, source.value)) imports.add(resolve(path, source.value))
    if (node.type === 'TSImportType')
      imports.add(resolve(path, (source ?? (node['argument'] as typeof source))?.value as string))
    if (node.type === 'AwaitExpression' && !inFunction) found.add('top-level await')
    if (node.type === 'CallExpression') found.add(calleeOf(node))
    if (node.type === 'MemberExpression') found.add(nameOf(node['object']))
  })
  return { room, path, text, imports: [...imports], found }
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

function walk(node: Node, inFunction: boolean, visit: (node: Node, inFunction: boolean) => void): void {
  visit(node, inFunction)
  const within = inFunction || /Function|MethodDefinition|PropertyDefinition/.test(node.type)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) walk(child as Node, within, visit)
    }
  }
}

function calleeOf({ callee }: Node): string {
  const { object, property } = callee as Record<string, unknown>
  return object ? `${nameOf(object)}.${nameOf(property)}` : nameOf(callee)
}

function nameOf(node: unknown): string {
  return String((node as { name?: unknown } | undefined)?.name)
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.')
    ? relative(ROOT, join(ROOT, dirname(from), specifier)).replaceAll('\\', '/')
    : specifier
}
