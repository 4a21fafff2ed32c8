/** Where a user's caches belong, as the platform has it. */
import { isAbsolute, join } from 'node:path'

/**
 * The directory for Keyferry's files: in XDG_CACHE_HOME, else ~/Library/Caches on macOS and ~/.cache elsewhere.
 * `undefined` where neither it nor HOME says an absolute path, as in some containers.
 */
export function cacheDirectory(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const { XDG_CACHE_HOME: caches, HOME: home } = env
  // The XDG specification has relative paths ignored.
  if (caches && isAbsolute(caches)) return join(caches, 'keyferry')
  if (!home || !isAbsolute(home)) return undefined
  return platform === 'darwin' ? join(home, 'Library/Caches/keyferry') : join(home, '.cache/keyferry')
}
