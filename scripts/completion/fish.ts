/** Completion for fish; `keyferry completion fish | source`. */
import type { Verb } from '../verbs/verb.ts'
import { completedArgument, completedFlags } from './completed-flags.ts'

export function fishCompletion(verbs: Readonly<Record<string, Verb>>): string {
  const names = Object.keys(verbs)
  return `# keyferry completion fish
function __keyferry_verb
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; or begin; echo $word; return; end
    end
end
complete -c keyferry -f
complete -c keyferry -n 'test -z "$(__keyferry_verb)"' -l version -d 'Show the version'
${Object.entries(verbs)
  .flatMap(([name, verb]) => linesOf(name, verb, names))
  .join('\n')}`
}

function linesOf(name: string, verb: Verb, names: readonly string[]): string[] {
  const within = `complete -c keyferry -n 'contains -- ${name} (__keyferry_verb)'`
  const argument = completedArgument(verb, names)
  return [
    `complete -c keyferry -n 'test -z "$(__keyferry_verb)"' -a ${name} -d ${quoted(verb.summary)}`,
    ...completedFlags(verb).map(({ name: flag, description, values }) => {
      const takes = values === undefined ? '' : values === 'files' ? ' -r -F' : ` -x -a '${values.join(' ')}'`
      return `${within} -l ${flag}${takes} -d ${quoted(description)}`
    }),
    ...(argument === 'command'
      ? [`${within} -a '(__fish_complete_subcommand --fcs-skip=2)'`]
      : argument.length > 0
        ? [`${within} -a '${argument.join(' ')}'`]
        : []),
  ]
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}
