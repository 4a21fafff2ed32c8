/** `docs/doctor.md` is the table of checks as a page. After a change of it: `npx vitest run test/report/doctor/doctor-page.test.ts -u`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CATALOGUE, CHECK_IDS, docOf, type CheckId } from '../../../shared/report/doctor/catalogue.ts'

const DOCS = join(import.meta.dirname, '../../../docs')

it('is the table of checks as a page', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/doctor.md')
})

it('has a section for every check, by its id', () => {
  const sections = [...page().matchAll(/^## ([a-z-]+)$/gm)].map(([, id]) => id)
  expect(sections).toEqual(CHECK_IDS)
  expect(new Set(CHECK_IDS.map((id) => docOf(id))).size).toBe(CHECK_IDS.length)
})

it('links to pages that exist', () => {
  const linked = [...page().matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path)
  expect(linked.length).toBeGreaterThan(0)
  expect(linked.filter((path) => !existsSync(join(DOCS, path)))).toEqual([])
})

function page(): string {
  return `# What the doctor checks

\`keyferry doctor\` makes every check that can be made from where it runs, as the identity that it finds there, and says what is
wrong, why, and what mends it. It writes nothing anywhere: it makes the real exchange at AWS and throws away what comes of it, and it
reads the secret. It shows no secret.

\`\`\`sh
keyferry doctor                                     # as the function: it writes the secret
keyferry doctor --as consumer                       # as a service that reads it
keyferry doctor --as publisher                      # as one that may also write what it minted
keyferry doctor --trust-policy trust-policy.json    # with the role's trust policy, deployed or not
aws iam get-role --role-name app | keyferry doctor --trust-policy -
\`\`\`

The report begins with the likeliest root cause of everything that failed. Then come the checks in the order of causes: what stands
further up can be the reason for what is below it. Each is \`ok\`, \`warn\` (it works, and should not stay so), \`fail\`, or \`skipped\` with
the reason: what it depends on failed, or this identity may not look. What the function's own account may not see (the secret's
settings, who else may add) someone with \`roles/secretmanager.viewer\` can.

The exit code is 0 where nothing fails, 1 where a check does, 2 where it is the configuration. \`--json\` prints the same as one
document; the ids below are stable.

| check | looks at |
| --- | --- |
${CHECK_IDS.map((id) => `| [\`${id}\`](#${id}) | ${CATALOGUE[id].title} |`).join('\n')}

${CHECK_IDS.map(section).join('\n\n')}
`
}

function section(id: CheckId): string {
  const { title, means, todo } = CATALOGUE[id]
  return `## ${id}\n\n**${title}.** ${means}\n\nWhat to do: ${todo}`
}
