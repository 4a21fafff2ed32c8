/** The profile of `~/.aws/config` that runs `keyferry credential-process` as this call of it would run. */
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KeyferryError } from '../../shared/core/errors.ts'
import type { Call } from '../command/call.ts'
import { credentialsFrom } from './credentials-from.ts'

/** What decides which credentials come. Proxies are not among them: they may have passwords, and differ by machine. */
const VARIABLES = [
  'AWS_ROLE_ARN',
  'AWS_REGION',
  'KEYFERRY_AUDIENCE',
  'KEYFERRY_DURATION_SECONDS',
  'KEYFERRY_SERVICE_ACCOUNT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GCE_METADATA_IP',
  'GCE_METADATA_HOST',
  'SECRET_MANAGER_EMULATOR_HOST',
  'KEYFERRY_GOOGLE_TOKEN_ENDPOINT',
  'KEYFERRY_IAM_CREDENTIALS_ENDPOINT',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL',
] as const
/** Without an exchange nothing but the secret is asked. */
const OF_EXCHANGE = /^AWS_|^KEYFERRY_(?:AUDIENCE|DURATION|SERVICE)/

/** Rejects with CONFIG_INVALID for what could not work, or cannot be written into such a file. */
export async function processProfile(
  call: Call,
  env: NodeJS.ProcessEnv,
  profile: string = 'default',
): Promise<string> {
  // Nothing is asked of anybody: it only checks what is given.
  await credentialsFrom(call, env)
  // What every reader of these files takes as a name without quotes.
  if (!/^[\w@+.%:/-]+$/.test(profile))
    throw new KeyferryError(
      'CONFIG_INVALID',
      `A profile cannot be named "${profile}": take letters, digits and . _ - @ + % : /`,
    )
  const { AWS_REGION: region } = env
  return [
    profile === 'default' ? '[default]' : `[profile ${profile}]`,
    `credential_process = ${processCommand(call.value('secret') ?? env['KEYFERRY_SECRET'], env)}`,
    ...(region ? [`region = ${region}`] : []),
  ].join('\n')
}

function processCommand(secret: string | undefined, env: NodeJS.ProcessEnv): string {
  const settings = VARIABLES.flatMap((name) => {
    const value = env[name]
    if (!value || (!env['AWS_ROLE_ARN'] && OF_EXCHANGE.test(name))) return []
    return [`${name}=${name === 'GOOGLE_APPLICATION_CREDENTIALS' ? resolve(value) : value}`]
  })
  // Whoever runs it may have another PATH, or none: nothing is left to be found.
  const script = fileURLToPath(new URL(`../keyferry${extname(import.meta.filename)}`, import.meta.url))
  const words = [
    ...(settings.length > 0 ? ['/usr/bin/env', ...settings] : []),
    process.execPath,
    '--',
    script,
    'credential-process',
    ...(secret ? ['--secret', secret] : []),
  ]
  return words.map(quoted).join(' ')
}

/** For a shell, which the JavaScript SDK uses, and for Python's `shlex`, which botocore does, at once. */
function quoted(word: string): string {
  // A line of the file ends where the line does, and for the JavaScript SDK where a comment begins, quoted or not.
  if (/[\r\n]|\s[#;]/.test(word))
    throw new KeyferryError(
      'CONFIG_INVALID',
      `${JSON.stringify(word)} cannot stand in an AWS configuration file: it has a line break, or what begins a comment.`,
    )
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  // Double quotes are what AWS documents; what they do not keep in a shell needs the others.
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", `'"'"'`)}'` : `"${word}"`
}
