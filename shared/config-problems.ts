/** What is wrong with a configuration: the rules of targets, applied wherever the shape of a field allows it. */
import { targetProblems, type TargetOptions } from './core/target.ts'

export interface Problem {
  /** The field, such as `targets[0].roleArn`. */
  readonly path: string
  /** What is wrong with it, to be read after its name. */
  readonly text: string
}

export interface ReadTarget {
  readonly path: string
  /** Without the fields whose shape is wrong; whole where there are no problems at all. */
  readonly options: TargetOptions
}

/** The targets in a document of any shape, without what `shapeProblems` names. */
export function readTargets(document: unknown, shapeProblems: readonly Problem[]): ReadTarget[] {
  const { targets } = isObject(document) ? document : {}
  if (!Array.isArray(targets)) return []
  return targets.flatMap((target: unknown, i) => {
    if (!isObject(target)) return []
    const path = `targets[${i}]`
    const options = Object.fromEntries(
      Object.entries(target).filter(
        ([field]) => !shapeProblems.some((problem) => isWithin(problem.path, `${path}.${field}`)),
      ),
    )
    if (isObject(options['policy'])) options['policy'] = JSON.stringify(options['policy'])
    return [{ path, options: options as unknown as TargetOptions }]
  })
}

/** What breaks a rule, of one target or of all together, in fields that `shapeProblems` does not name already. */
export function ruleProblems(targets: readonly ReadTarget[], shapeProblems: readonly Problem[]): Problem[] {
  const ofOne = targets.flatMap(({ path, options }) =>
    targetProblems(options).map((problem) => {
      const [field = ''] = problem.split(' ', 1)
      return { path: `${path}.${field}`, text: problem.slice(field.length + 1) }
    }),
  )
  return [
    ...ofOne.filter(({ path }) => !shapeProblems.some((problem) => problem.path === path)),
    ...repeated(targets, 'name', 'is also the name of'),
    // Two writers of one secret would each undo the other's work.
    ...repeated(targets, 'secret', 'is also the secret of'),
  ]
}

function repeated(targets: readonly ReadTarget[], field: 'name' | 'secret', says: string): Problem[] {
  return targets.flatMap(({ path, options }, i) => {
    const value = options[field] as string | undefined
    const first = targets.slice(0, i).find((other) => other.options[field] === value)
    return first && value !== undefined
      ? [{ path: `${path}.${field}`, text: `${says} ${first.path}: ${value}` }]
      : []
  })
}

function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
