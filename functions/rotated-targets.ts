/** The targets of a secret as Secret Manager's events name it: by its project's number, where ours name the project's id. */
import { SECRET_NAME } from '../shared/core/limits.ts'
import type { Target } from '../shared/core/target.ts'

export interface RotatedTargets {
  readonly names: readonly string[]
  /** What an operator should know: the event matches no target, or more than one. */
  readonly doubt?: string
}

/** @param secretId `projects/NUMBER/secrets/S` or `projects/NUMBER/locations/L/secrets/S` */
export function rotatedTargets(secretId: string, targets: readonly Target[]): RotatedTargets {
  const wanted = partsOf(secretId)
  const alike = targets.filter(({ secret }) => {
    const { project, location, id } = partsOf(secret) ?? {}
    return wanted && id === wanted.id && location === wanted.location && mayBeSame(project, wanted.project)
  })
  const exact = alike.filter(({ secret }) => secret === secretId)
  const names = (exact.length > 0 ? exact : alike).map(({ name }) => name)
  if (names.length === 1) return { names }
  if (names.length === 0)
    return { names, doubt: `SECRET_ROTATE of ${secretId || 'no secret'}: no target has that secret` }
  return {
    names,
    doubt: `SECRET_ROTATE of ${secretId} names its project by number, so it may be that of any of ${names.join(', ')}: all of them are looked at`,
  }
}

function partsOf(secret: string): { project?: string; location?: string; id?: string } | undefined {
  const match = SECRET_NAME.exec(secret)
  if (!match) return undefined
  const [, project, location, id] = match as unknown as [string, string, string, string]
  return { project, location, id }
}

// Which id a number belongs to cannot be told here.
function mayBeSame(a = '', b = ''): boolean {
  return a === b || /^\d+$/.test(a) !== /^\d+$/.test(b)
}
