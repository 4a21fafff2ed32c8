/**
 * Policy variables, `${key}` and `${key, 'default'}`, and the three characters that are written as variables.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import { literally, patternOf, type Pattern } from './pattern.ts'
import { lookUp, type RequestContext } from './request-context.ts'

const VARIABLE = /\$\{([^{}]*)\}/
const WITH_DEFAULT = /^([^,]*), '(.*)'$/s

/**
 * What `text` means in this request: undefined where it names a key that the request has not, which equals nothing. That a
 * wildcard within a key's value is none is our reading: the page does not say, and the other one would let more in.
 */
export function withVariables(text: string, context: RequestContext): Pattern | undefined {
  const pieces = text.split(VARIABLE)
  const pattern: Pattern[number][] = []
  for (const [index, piece] of pieces.entries()) {
    const inside = index % 2 === 1
    const value = inside ? valueOf(piece, context) : piece
    if (value === undefined) return undefined
    for (const part of inside ? literally(value) : patternOf(value)) pattern.push(part)
  }
  return pattern
}

function valueOf(variable: string, context: RequestContext): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable
  const [, name = variable, fallback] = WITH_DEFAULT.exec(variable) ?? []
  const values = lookUp(context, name)?.values ?? []
  // A key with several values is none for a variable.
  return values.length === 1 ? values[0] : fallback
}
