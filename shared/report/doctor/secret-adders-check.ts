/** Who may add versions, as far as it can be seen: whoever may can replace the credentials of every reader. */
import { valueOf } from './answer.ts'
import { fail, ok, skipped, warn, type Finding } from './check.ts'
import { secretFlags, ungrantCommand } from './commands.ts'
import type { TargetFacts } from './facts.ts'

/** A role of an organisation's own may do it as well: its name does not tell. */
export const ADDING: ReadonlySet<string> = new Set([
  'roles/secretmanager.secretVersionAdder',
  'roles/secretmanager.secretVersionManager',
  'roles/secretmanager.admin',
  'roles/editor',
  'roles/owner',
])
const EVERYBODY: ReadonlySet<string> = new Set(['allUsers', 'allAuthenticatedUsers'])

export function secretAdders({ as, subject, bindings, email }: TargetFacts): Finding {
  const { secret } = subject
  if (secret === undefined) return skipped('no secret is configured: KEYFERRY_SECRET is not set')
  if ('skipped' in bindings)
    return skipped(bindings.skipped, `gcloud secrets get-iam-policy ${secretFlags(secret)}`)
  if ('error' in bindings) return skipped(`it cannot be seen: ${bindings.error.message}`)
  const bound = bindings.value.flatMap(({ role, members }) => members.map((member) => ({ role, member })))
  const open = bound.find(({ member }) => EVERYBODY.has(member))
  if (open)
    return fail(`${open.member} has ${open.role}`, {
      cause: `Everybody on the internet can use the secret: ${open.member} has ${open.role} on it.`,
      fix: ungrantCommand(secret, open.member, open.role),
    })
  const adders = [...new Set(bound.filter(({ role }) => ADDING.has(role)).map(({ member }) => member))]
  const own = `serviceAccount:${valueOf(email)}`
  // Only the writer knows that it is the writer: to others one more than themselves is no surprise.
  const others = adders.filter((member) => member !== own).slice(as === 'writer' ? 0 : 1)
  const says = adders.length === 0 ? 'nobody, by a role on the secret itself' : adders.join(', ')
  if (others.length === 0) return ok(says)
  const [other = ''] = others
  return warn(says, {
    cause: `${others.join(', ')} may add versions, too: whoever may can replace the credentials of every reader.`,
    fix: `${ungrantCommand(secret, other, bound.find(({ role, member }) => member === other && ADDING.has(role))?.role ?? 'ROLE')} (unless it is meant: consumers that publish form one trust domain)`,
  })
}
