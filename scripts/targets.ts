/** The targets that a verb is about: those named, or all that are configured. */
import { loadConfig } from '../shared/config.ts'
import { KeyferryError } from '../shared/core/errors.ts'
import type { Target } from '../shared/core/target.ts'

/** Throws CONFIG_INVALID or TARGET_UNKNOWN. */
export async function targetsFor(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly Target[]> {
  const { targets } = await loadConfig(env)
  for (const name of names) {
    if (targets.some((target) => target.name === name)) continue
    const known = targets.map((target) => `"${target.name}"`).join(', ')
    throw new KeyferryError('TARGET_UNKNOWN', `No target is named "${name}". Configured: ${known}.`)
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name))
}
