/**
 * Reads a policy's text as IAM does and `JSON.parse` does not: a key that is there twice is a fault, and a number keeps its digits.
 * A service account's id has 21 of them, and a double holds 15.
 */

export interface PolicyText {
  readonly document: unknown
  /** Keys that one element has twice, as paths. */
  readonly duplicates: readonly string[]
  /** Numbers without quotation marks that a reader of JSON rounds: as written, and as most programs read them. */
  readonly rounded: readonly { readonly path: string; readonly written: string; readonly read: string }[]
}

/** Undefined where `text` is not JSON. Numbers that would be rounded become the text of their digits. */
export function readPolicyText(text: string): PolicyText | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return build(text)
}

interface Open {
  readonly path: string
  readonly list: boolean
  readonly entries: [string, unknown][]
  key?: string
}

// The text is known to be JSON, so that tokens are all there is to see; nothing here recurses, however deep they nest.
const TOKEN = /\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|([{}[\],:])|([^\s,\]}]+))/gy

function build(text: string): PolicyText {
  const duplicates: string[] = []
  const rounded: { path: string; written: string; read: string }[] = []
  const open: Open[] = []
  let root: unknown

  for (const [, string, mark, scalar] of text.matchAll(TOKEN)) {
    const top = open.at(-1)
    if (mark === '{' || mark === '[') open.push({ path: pathOf(top), list: mark === '[', entries: [] })
    else if (mark === '}' || mark === ']') close()
    else if (string !== undefined && top && !top.list && top.key === undefined) name(top, JSON.parse(string))
    else if (string !== undefined) put(JSON.parse(string))
    else if (scalar !== undefined) put(scalarOf(scalar, top))
  }
  return { document: root, duplicates, rounded }

  function name(object: Open, key: string): void {
    object.key = key
  }

  function put(value: unknown): void {
    const top = open.at(-1)
    if (!top) root = value
    else top.entries.push([top.list ? String(top.entries.length) : (top.key ?? ''), value])
    if (top) delete top.key
  }

  function close(): void {
    const { path, list, entries } = open.pop() as Open
    const seen = new Set<string>()
    for (const [key] of entries) {
      if (seen.has(key)) duplicates.push(within(path, key))
      seen.add(key)
    }
    put(list ? entries.map(([, value]) => value) : Object.fromEntries(entries))
  }

  function scalarOf(written: string, parent: Open | undefined): unknown {
    const value: unknown = JSON.parse(written)
    const read = String(value)
    if (read === written || Number.isSafeInteger(value)) return value
    if (/^-?\d+$/.test(written)) rounded.push({ path: pathOf(parent), written, read })
    return written
  }
}

function pathOf(parent: Open | undefined): string {
  if (!parent) return ''
  const { path, list, entries, key = '' } = parent
  return list ? `${path}[${entries.length}]` : within(path, key)
}

function within(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
