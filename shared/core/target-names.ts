/** The targets that somebody names. */
import { nearestTo } from './did-you-mean.ts'
import { KeyferryError } from './errors.ts'
import type { Target } from './target.ts'

/** Each target named, once and in the order of the configuration; all of them for no name. Throws TARGET_UNKNOWN. */
export function targetsNamed(targets: readonly Target[], names: readonly string[] = []): readonly Target[] {
  const known = targets.map(({ name }) => name)
  const unknown = [...new Set(names)].filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const list = unknown.map((name) => {
      const meant = nearestTo(name, known)
      return `"${name.slice(0, 100)}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`
    })
    const some = known.length > 20 ? [...known.slice(0, 20), `and ${known.length - 20} more`] : known
    throw new KeyferryError(
      'TARGET_UNKNOWN',
      `No target is named ${list.join(', ')}. Configured: ${some.join(', ')}.`,
    )
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name))
}
