import { expect, it } from 'vitest'
import { cacheDirectory } from '../../shared/local/cache-directory.ts'

it.each([
  ['~/.cache by default', { HOME: '/home/ada' }, 'linux', '/home/ada/.cache/keyferry'],
  ["macOS's own place there", { HOME: '/Users/ada' }, 'darwin', '/Users/ada/Library/Caches/keyferry'],
  ['XDG_CACHE_HOME', { HOME: '/home/ada', XDG_CACHE_HOME: '/fast' }, 'linux', '/fast/keyferry'],
  ['XDG_CACHE_HOME, also without a home', { XDG_CACHE_HOME: '/fast' }, 'darwin', '/fast/keyferry'],
  ['no relative one', { HOME: '/home/ada', XDG_CACHE_HOME: 'fast' }, 'linux', '/home/ada/.cache/keyferry'],
  ['none without a home', {}, 'linux', undefined],
  ['none where the home is empty', { HOME: '', XDG_CACHE_HOME: '' }, 'linux', undefined],
  ['none where the home is not a path', { HOME: 'ada' }, 'linux', undefined],
] as const)('is %s', (_, env, platform, directory) => {
  expect(cacheDirectory(env, platform)).toBe(directory)
})
