/** Who this workload is, as text for people. */
import { textTable } from './text-table.ts'
import type { WhoamiReport } from './whoami.ts'

export function whoamiText({ google, aws }: WhoamiReport): string {
  const rows: [string, string][] =
    'problem' in google
      ? [['Google', problemText(google.problem)]]
      : [
          ['Google', google.email],
          ['  unique id', `${google.uniqueId} (accounts.google.com:sub)`],
          ['  azp', `${google.azp} (accounts.google.com:aud)`],
          ['  audience', `${google.audience} (accounts.google.com:oaud)`],
        ]
  for (const who of aws) {
    rows.push(
      'problem' in who
        ? [`AWS, ${who.target}`, problemText(who.problem)]
        : [
            `AWS, ${who.target}`,
            `${who.arn} (key ${who.key}, ${who.from === 'secret' ? 'from the secret' : 'minted to ask'})`,
          ],
    )
  }
  if (aws.length === 0) rows.push(['AWS', 'no target is configured: set AWS_ROLE_ARN, or KEYFERRY_CONFIG'])
  return textTable(['', ''], rows).slice(1).join('\n')
}

function problemText({ code, message }: { readonly code: string; readonly message: string }): string {
  return `${code}: ${message}`
}
