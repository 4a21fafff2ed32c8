/** The verbs that need no cloud. */
import { JSON_FLAG } from './common-words.ts'
import type { Verb } from './verb.ts'

export const TRYING: Readonly<Record<'emulator' | 'demo', Verb>> = {
  emulator: {
    summary: "Run Google's and AWS's side on this machine, for trying things out and for tests",
    details:
      'Listens on 127.0.0.1 until SIGINT or SIGTERM. The file of --env-file is written once everything listens, ' +
      'and points this command, the library, the AWS SDKs and the aws command here. With npx, write "npx -- keyferry": ' +
      'without the dashes Node takes --env-file for its own, and looks for a file that is not there yet.',
    flags: {
      'env-file': {
        value: 'FILE',
        description: 'Write KEY=value lines, for "set -a; . FILE" and "node --env-file FILE"',
      },
      'key-file': {
        value: 'FILE',
        description: "Write a key of the metadata server's account, for GOOGLE_APPLICATION_CREDENTIALS",
      },
      config: {
        value: 'FILE',
        description: 'JSON: what exists in the beginning (secrets, accounts, roles, buckets)',
      },
      port: {
        value: 'NAME=PORT',
        many: true,
        description: 'Fixed port for metadata, secretManager, aws or google; any free one otherwise',
      },
    },
    examples: [
      {
        command: 'keyferry emulator --env-file .env.emulator',
        says: 'then, in another shell, "set -a; . ./.env.emulator"',
      },
      { command: 'keyferry emulator --port aws=4566', says: 'AWS at a port you know' },
    ],
  },
  demo: {
    summary: 'Watch the whole thing work on the emulator, step by step, with what really happened',
    details:
      'Starts the scheduled function and a service, and takes everything down again. Exit code 1 if a step fails.',
    flags: { json: JSON_FLAG },
    json:
      '{ "ok", "steps": [{ "name", "ok", "minute", "says", … }], "requests", "secretReads", "consumerStsCalls", "mints", ' +
      '"listing": ["…"] }; "requests" to "consumerStsCalls" are those of the step with 1,000 requests',
    examples: [{ command: 'keyferry demo', says: 'well under a minute; needs no cloud' }],
  },
}
