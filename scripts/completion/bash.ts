/** Completion for bash, from version 4 on; `source <(keyferry completion bash)`. */
import type { Verb } from '../verbs/verb.ts'
import { completedArgument, completedFlags } from './completed-flags.ts'

export function bashCompletion(verbs: Readonly<Record<string, Verb>>): string {
  const names = Object.keys(verbs)
  return `# keyferry completion bash
_keyferry() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb= i
  # bash takes "--flag=value" for three words.
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=\${COMP_WORDS[COMP_CWORD-2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] || { verb=\${COMP_WORDS[i]}; break; }
  done
  COMPREPLY=()
  case $verb in
  '') _keyferry_words '${[...names, '--help', '--version'].join(' ')}' ;;
${Object.entries(verbs)
  .map(([name, verb]) => caseOf(name, verb, names))
  .join('\n')}
  esac
}
_keyferry_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_keyferry_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
}
_keyferry_command() {
  local at=$i
  [[ \${COMP_WORDS[at+1]} == -- ]] && ((at++))
  while [[ \${COMP_WORDS[at+1]} == --* ]] && ((at + 1 < COMP_CWORD)); do ((at++)); done
  if declare -F _command_offset >/dev/null; then _command_offset $((at + 1)); else
    local IFS=$'\\n'
    if ((COMP_CWORD == at + 1)); then COMPREPLY=($(compgen -c -- "$cur")); else _keyferry_files; fi
  fi
}
complete -F _keyferry keyferry`
}

function caseOf(name: string, verb: Verb, names: readonly string[]): string {
  const flags = completedFlags(verb)
  const argument = completedArgument(verb, names)
  const values = flags.flatMap(({ name: flag, values: of }) =>
    of === undefined
      ? []
      : [
          `    --${flag}) ${of === 'files' ? '_keyferry_files' : `_keyferry_words '${of.join(' ')}'`}; return ;;`,
        ],
  )
  const words = flags.map(({ name: flag }) => `--${flag}`)
  const flagWords = `_keyferry_words '${words.join(' ')}'`
  // What is neither a flag nor known here is answered with the flags: there is nothing else to say.
  const other = argument === 'command' ? '_keyferry_command' : `_keyferry_words '${argument.join(' ')}'`
  const rest =
    argument.length === 0
      ? `    ${flagWords}`
      : `    if [[ $cur == -* ]]; then ${flagWords}; else ${other}; fi`
  return [
    `  ${name})`,
    ...(values.length > 0 ? ['    case $prev in', ...values, '    esac'] : []),
    `${rest} ;;`,
  ].join('\n')
}
