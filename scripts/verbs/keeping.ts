/** The verbs that keep the secret: minted into, looked at, cleaned, and taken back. */
import { CONFIGURED, JSON_FLAG, TARGETS } from './common-words.ts'
import type { Verb } from './verb.ts'

export const KEEPING: Readonly<Record<'refresh' | 'status' | 'prune' | 'revoke-policy', Verb>> = {
  refresh: {
    summary: 'Mint AWS credentials where they are due, and store them: what the scheduled function does',
    details:
      `${CONFIGURED} Exit code 1 if any target failed; 2 if nothing did but for a configuration that cannot work, which no ` +
      'later run will mend.',
    argument: TARGETS,
    flags: {
      force: {
        description: 'Mint even where nothing is due, where the secret is stopped, or holds something else',
      },
      'dry-run': { description: 'Say what would be done, and mint and write nothing' },
      reject: { value: 'KEY', description: 'Treat this access key id as refused by AWS: replace it now' },
      json: JSON_FLAG,
    },
    json:
      '{ "results": [{ "target", "outcome": "refreshed" | "fresh" | "stopped" | "failed", "version"?, "key"?, ' +
      '"expiration"?, "reason"?, "dryRun"?, "pruned"?, "pruneError"?, "error"?: { "code", "message", "retryable" } }] }',
    examples: [
      { command: 'keyferry refresh', says: 'every target that is due' },
      { command: 'keyferry refresh aws-app --force', says: 'a new version for one target, due or not' },
      { command: 'keyferry refresh --dry-run --json', says: 'what the next run would do' },
    ],
  },
  status: {
    summary: 'Show what each secret holds: version, key, age, life left, active versions and their cost',
    details:
      `${CONFIGURED} Reads only. Exit code 1 if any target's secret is of no use to its readers, or no refresh will keep it so. ` +
      '--watch and --serve go on until SIGINT or SIGTERM. --watch redraws the table on a terminal; elsewhere it prints what it ' +
      'sees whenever something other than the time changed, and it ends with the exit code of the last look. --serve listens on ' +
      '127.0.0.1 for who has the token: /metrics is for Prometheus, /status the document of --json.',
    argument: TARGETS,
    flags: {
      json: {
        description:
          'Print one JSON document on stdout instead of text; with --watch one a line, for each change',
      },
      watch: { description: 'Look again and again, and show what changed' },
      serve: { description: 'Answer a monitoring agent on this machine' },
      interval: {
        value: 'SECONDS',
        description:
          '2 to 3600: between two looks of --watch (10 if absent), or how old an answer of --serve may be (30 if absent)',
      },
      port: { value: 'PORT', description: 'With --serve: on 127.0.0.1; any free one if absent or 0' },
      'token-file': {
        value: 'FILE',
        description:
          'With --serve: the token, read if the file exists, else made and written; a temporary file if absent',
      },
    },
    json:
      '{ "ok", "checkedAt", "targets": [{ "target", "secret", "roleArn", "state": "fresh" | "due" | "overdue" | "expired" | ' +
      '"stopped" | "contended" | "changed" | "foreign" | "malformed" | "empty" | "unreadable", "usable", "version"?, ' +
      '"readVersion"?, "key"?, ' +
      '"issuedAt"?, "refreshAfter"?, "expiration"?, "ageSeconds"?, "lifeSeconds"?, "lifeLeftSeconds"?, "activeVersions"?, ' +
      '"monthlyListPriceUsd"?, "reason"?, "problem"?: { "code", "message", "retryable" } }] }',
    examples: [
      { command: 'keyferry status', says: 'all targets' },
      { command: 'keyferry status aws-app --json', says: 'one target, for a script' },
      { command: 'keyferry status --watch', says: 'all targets, kept up to date until Ctrl-C' },
      {
        command: 'keyferry status --serve --port 4171 --token-file /run/keyferry/status-token',
        says: 'for Prometheus; docs/status.md has what to scrape and what to alert on',
      },
    ],
  },
  prune: {
    summary: 'Destroy versions that nobody needs any more; a refresh does it too',
    details: `${CONFIGURED} The two newest versions always stay. Exit code 1 if any target failed.`,
    argument: TARGETS,
    flags: {
      'dry-run': { description: 'List what would be destroyed, and destroy nothing' },
      json: JSON_FLAG,
    },
    json: '{ "results": [{ "target", "destroyed": [VERSION, …], "dryRun"?, "error"?: { "code", "message", "retryable" } }] }',
    examples: [
      { command: 'keyferry prune --dry-run', says: 'what would go' },
      { command: 'keyferry prune aws-app', says: 'one target' },
    ],
  },
  'revoke-policy': {
    summary: 'Print the policy that denies sessions issued before a version, for when a credential leaked',
    details:
      `${CONFIGURED} Reads only: stdout has the policy, stderr the command that attaches it to the role. Force a new version first ` +
      '(keyferry refresh --force), and give consumers time to find it, unless the leak cannot wait.',
    argument: { name: 'TARGET', many: false, description: 'Which target, where more than one is configured' },
    flags: {
      version: { value: 'NUMBER', description: 'The oldest version to spare; the newest if not given' },
    },
    examples: [
      {
        command: 'keyferry revoke-policy',
        says: 'all sessions but those of the newest version',
      },
      { command: 'keyferry revoke-policy --version 41', says: 'version 41 and what came later stay valid' },
    ],
  },
}
