/** Completion for zsh: a file `_keyferry` in a folder of `$fpath`, or `source <(keyferry completion zsh)` after compinit. */
import type { Verb } from '../verbs/verb.ts'
import { completedArgument, completedFlags, type CompletedFlag } from './completed-flags.ts'

export function zshCompletion(verbs: Readonly<Record<string, Verb>>): string {
  const names = Object.keys(verbs)
  return `#compdef keyferry
_keyferry() {
  local -a verbs=(
${Object.entries(verbs)
  .map(([name, { summary }]) => `    ${quoted(`${name}:${summary.replaceAll(':', String.raw`\:`)}`)}`)
  .join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands verb verbs
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${Object.entries(verbs)
  .map(([name, verb]) => `  ${name}) ${actOf(verb, names)} ;;`)
  .join('\n')}
  esac
}
if [[ $funcstack[1] == _keyferry ]]; then _keyferry "$@"; else compdef _keyferry keyferry; fi`
}

function actOf(verb: Verb, names: readonly string[]): string {
  const act = `_arguments ${argumentsOf(verb, names).join(' ')}`
  if (!verb.argument?.rest) return act
  // What stands behind "--" is another command's line.
  return `local at=\${words[(i)--]}; if (( at < CURRENT )); then shift $at words; (( CURRENT -= at )); _normal; else ${act}; fi`
}

function argumentsOf(verb: Verb, names: readonly string[]): string[] {
  const argument = completedArgument(verb, names)
  const positional =
    argument === 'command'
      ? ["'(-)1:command: _command_names -e'", "'*::words: _normal'"]
      : argument.length > 0
        ? [`'1:${(verb.argument?.name ?? '').toLowerCase()}:(${argument.join(' ')})'`]
        : []
  return [...completedFlags(verb).map(specOf), ...positional]
}

function specOf({ name, description, value, many, values }: CompletedFlag): string {
  const about = description.replaceAll(/[[\]\\:]/g, String.raw`\$&`)
  const action = values === 'files' ? '_files' : values && values.length > 0 ? `(${values.join(' ')})` : ' '
  return quoted(
    `${many ? '*' : ''}--${name}${value ? '=' : ''}[${about}]${value ? `:${value}:${action}` : ''}`,
  )
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
