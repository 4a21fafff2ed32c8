/** IAM's wildcards: `*` for any characters, `?` for exactly one. */

const ANY: unique symbol = Symbol('*')
const ONE: unique symbol = Symbol('?')

/** A pattern, character by character. Stars that came from a variable are characters like others. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[]

export function patternOf(text: string): Pattern {
  return [...text].map((character) => (character === '*' ? ANY : character === '?' ? ONE : character))
}

/** A pattern that is its own text. */
export function literally(text: string): Pattern {
  return [...text]
}

/** The text that a pattern was written as. */
export function textOf(pattern: Pattern): string {
  return pattern.map((part) => (part === ANY ? '*' : part === ONE ? '?' : part)).join('')
}

/** In time proportional to the product of the lengths: policies are foreign, and a regular expression may backtrack for ever. */
export function matchesPattern(pattern: Pattern, value: string): boolean {
  const text = [...value]
  let at = 0
  let next = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    if (pattern[next] === ANY) {
      star = next++
      starAt = at
    } else if (pattern[next] === ONE || pattern[next] === text[at]) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (pattern[next] === ANY) next++
  return next === pattern.length
}

/**
 * ARNs match part by part: six, of which the last may hold colons.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchesArn(pattern: Pattern, value: string): boolean {
  const wanted = partsOf(pattern, ':')
  const had = partsOf(literally(value), ':')
  return (
    wanted.length === 6 &&
    had.length === 6 &&
    wanted.every((part, index) => matchesPattern(part, textOf(had[index] as Pattern)))
  )
}

function partsOf(pattern: Pattern, mark: string): readonly Pattern[] {
  const parts: Pattern[] = []
  let start = 0
  for (let at = pattern.indexOf(mark); at >= 0 && parts.length < 5; at = pattern.indexOf(mark, start)) {
    parts.push(pattern.slice(start, at))
    start = at + 1
  }
  return [...parts, pattern.slice(start)]
}
