/** Programs of others, and whether this machine has them: a test without its program is skipped, but fails under CI=true. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Debian's own: a user may have another Python first on the path, without its packages. */
export const PYTHON = '/usr/bin/python3'
/** Debian's own; CI may have another one only, of Amazon's. */
export const AWS: string = isInstalled('/usr/bin/aws') ? '/usr/bin/aws' : 'aws'

/** Whether `program` is not installed, which is no reason to skip its tests where the verdict is made. */
export function missing(program: string): boolean {
  return !isInstalled(program) && process.env['CI'] !== 'true'
}

/** The same for a package of {@link PYTHON}. */
export function missingInPython(name: string): boolean {
  if (process.env['CI'] === 'true') return false
  return spawnSync(PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status !== 0
}

function isInstalled(program: string): boolean {
  const paths = isAbsolute(program)
    ? [program]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
