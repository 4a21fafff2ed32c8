/** Resource names: projects go by id or number in requests, by number in everything that Google says. */
import type { Accounts } from '../accounts.ts'
import { googleRefusal } from '../canonical-codes.ts'

const SECRET = /^projects\/([^/]+)(\/locations\/[^/]+)?\/secrets\/([^/]+)$/
const PARENT = /^projects\/([^/]+)(\/locations\/[^/]+)?$/
const VERSION = /^(.+\/secrets\/[^/]+)\/versions\/([^/]+)$/

export interface Named {
  /** With the project's number. */
  readonly name: string
  readonly project: string
  readonly regional: boolean
}

export function parentNamed(name: string, accounts: Accounts): Named {
  const [, project, location = ''] = PARENT.exec(name) ?? invalid(name)
  const { number } = accounts.project(project as string)
  return { name: `projects/${number}${location}`, project: number, regional: location !== '' }
}

export function secretNamed(name: string, accounts: Accounts): Named {
  const [, project, location = '', id] = SECRET.exec(name) ?? invalid(name)
  const parent = parentNamed(`projects/${project}${location}`, accounts)
  return { ...parent, name: `${parent.name}/secrets/${id}` }
}

export function versionNamed(name: string): { readonly secret: string; readonly version: string } {
  const [, secret, version] = VERSION.exec(name) ?? invalid(name)
  return { secret: secret as string, version: version as string }
}

/** The secret, or the project or location, that a name lies in: where permissions and quotas are kept. */
export function secretOrParent(name: string, accounts: Accounts): Named {
  const secret = VERSION.exec(name)?.[1] ?? name
  return PARENT.test(secret) ? parentNamed(secret, accounts) : secretNamed(secret, accounts)
}

function invalid(name: string): never {
  throw googleRefusal('INVALID_ARGUMENT', `The resource name "${name}" is not of a form that is known.`)
}
