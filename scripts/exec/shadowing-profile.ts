/** A default profile with credentials: AWS's SDKs take it before the endpoint, and the command would run as somebody else. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Settings of which each one alone makes a profile give credentials. */
const CREDENTIALS = [
  'aws_access_key_id',
  'role_arn',
  'credential_process',
  'sso_session',
  'sso_start_url',
  'login_session',
  'web_identity_token_file',
]

/** What to tell the user of it; `undefined` where no file gives any. What cannot be read gives the SDKs nothing either. */
export async function shadowingProfile(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = join(env['HOME'] ?? homedir(), '.aws')
  const files = [
    { path: env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, 'credentials'), header: /^default$/ },
    { path: env['AWS_CONFIG_FILE'] ?? join(home, 'config'), header: /^(?:profile\s+)?default$/ },
  ]
  for (const { path, header } of files) {
    const text = await readFile(path, 'utf8').catch(() => '')
    const setting = settingsOf(text, header).find((name) => CREDENTIALS.includes(name))
    if (setting)
      return (
        `${path} has ${setting} in its default profile, which the AWS SDKs take before these credentials. ` +
        'Use --static, or point AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE elsewhere.'
      )
  }
  return undefined
}

function settingsOf(text: string, header: RegExp): string[] {
  const names: string[] = []
  let isIn = false
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[([^\]]*)\]/.exec(line)?.[1]
    if (section !== undefined) isIn = header.test(section.trim())
    // An indented line belongs to the setting above it.
    const name = /^([\w-]+)\s*=/.exec(line)?.[1]
    if (isIn && name) names.push(name.toLowerCase())
  }
  return names
}
