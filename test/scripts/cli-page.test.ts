/** `docs/cli.md` is the table of verbs as a page. After a change of the table: `npx vitest run test/scripts/cli-page.test.ts -u`. */
import { expect, it } from 'vitest'
import { usageOf } from '../../scripts/help.ts'
import { COMMON_FLAGS, VERBS, type VerbName } from '../../scripts/verbs.ts'
import type { Flag, Verb } from '../../scripts/verbs/verb.ts'

it('is the table of verbs as a page', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/cli.md')
})

function page(): string {
  const sections = Object.entries(VERBS).map(([name, verb]) => section(name, verb))
  return `# The command

\`npx keyferry VERB\` in a clone of this project, \`keyferry VERB\` where the package is installed. The same as \`keyferry help\`
tells, on a page.

Exit codes: 0 done, 1 failed, 2 usage or configuration error. \`--json\` prints one document on standard output. Colours and
bars are only for a terminal, on standard error, and never with \`NO_COLOR\`. No verb but \`credential-process\` and
\`export\` prints a credential, and none prints a token of Google's.

Every verb takes:

${flags(COMMON_FLAGS)}

${sections.join('\n\n')}
`
}

function section(name: string, { summary, details, argument, flags: own, json, examples }: Verb): string {
  return [
    `## keyferry ${usageOf(name, VERBS[name as VerbName]).replace(' [FLAGS]', '')}`,
    `${summary}. ${details}`,
    ...(argument ? [`\`${argument.name}\`: ${argument.description}.`] : []),
    ...(Object.keys(own).length > 0 ? [flags(own)] : []),
    ...(json ? [`\`--json\` prints:\n\n\`\`\`text\n${json}\n\`\`\``] : []),
    examples.map(({ command, says }) => `- \`${command}\`: ${says}`).join('\n'),
  ].join('\n\n')
}

function flags(table: Readonly<Record<string, Flag>>): string {
  const rows = Object.entries(table).map(
    ([name, { value, many, description }]) =>
      `| \`--${name}${value ? ` ${value}` : ''}\`${many ? ', more than once' : ''} | ${description} |`,
  )
  return ['| flag | does |', '| --- | --- |', ...rows].join('\n')
}
