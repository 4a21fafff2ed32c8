/** IAM's wildcards: `*` for any characters, `?` for exactly one. */

/** In time proportional to the product of the lengths: policies are foreign, and a regular expression may backtrack for ever. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0
  let next = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++
      starAt = at
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
