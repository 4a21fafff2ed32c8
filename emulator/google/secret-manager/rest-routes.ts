/** The REST paths of Secret Manager, taken from Google's own description of it: one source for both transports. */
import type { Message } from './message.ts'

export interface Route {
  readonly operation: string
  readonly method: string
  /** The fields that the path gives, or undefined if it is not this route's. */
  match(path: string): Message | undefined
  /** Where the body goes: a field, `*` for all of them, or nowhere. */
  readonly body: string | undefined
}

interface Binding {
  readonly body?: string
  readonly additional_bindings?: Binding | readonly Binding[]
  readonly [method: string]: unknown
}

/** Reads `google.api.http` of every method. */
export function restRoutes(protos: object): Route[] {
  return Object.entries(methodsOf(protos)).flatMap(([operation, { parsedOptions = [] }]) =>
    parsedOptions
      .flatMap((option) => bindingsOf(option['(google.api.http)'] as Binding | undefined))
      .map((binding) => route(operation, binding)),
  )
}

const METHODS = ['get', 'post', 'patch', 'delete', 'put'] as const

function route(operation: string, binding: Binding): Route {
  const method = METHODS.find((name) => typeof binding[name] === 'string') ?? 'get'
  const template = String(binding[method])
  const fields: string[] = []
  const source = template.replaceAll(
    /\{([\w.]+)=([^}]+)\}|([.\\+?^$()|[\]])/g,
    (_, field, pattern, special) => {
      if (typeof field !== 'string') return `\\${String(special)}`
      fields.push(field)
      return `(${String(pattern).replaceAll('*', '[^/:]+')})`
    },
  )
  const expression = new RegExp(`^${source}$`)
  return {
    operation,
    method: method.toUpperCase(),
    body: binding.body,
    match: (path) => {
      const [, ...values] = expression.exec(path) ?? []
      return values.length === 0
        ? undefined
        : Object.assign({}, ...fields.map((field, i) => at(field, values[i])))
    },
  }
}

// `secret.name` is a field of a message.
function at(field: string, value: string | undefined): Message {
  const [first = '', second] = field.split('.')
  return { [first]: second === undefined ? value : { [second]: value } }
}

function bindingsOf(binding: Binding | undefined): Binding[] {
  if (!binding) return []
  return [
    binding,
    ...[binding.additional_bindings ?? []].flat().flatMap((more) => bindingsOf(more as Binding)),
  ]
}

interface Described {
  readonly nested?: Readonly<Record<string, Described>>
  readonly methods?: Readonly<Record<string, { readonly parsedOptions?: readonly Message[] }>>
}

function methodsOf(protos: object): NonNullable<Described['methods']> {
  const path = ['google', 'cloud', 'secretmanager', 'v1', 'SecretManagerService']
  const service = path.reduce<Described | undefined>((at, name) => at?.nested?.[name], protos as Described)
  return service?.methods ?? {}
}
