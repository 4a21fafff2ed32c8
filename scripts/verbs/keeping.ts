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
    details: `${CONFIGURED} Reads only. Exit code 1 if any target's secret is of no use to its readers, or no refresh will keep it so.`,
    argument: TARGETS,
    flags: { json: JSON_FLAG },
    json:
      '{ "ok", "checkedAt", "targets": [{ "target", "secret", "roleArn", "state": "fresh" | "due" | "overdue" | "expired" | ' +
      '"stopped" | "contended" | "changed" | "foreign" | "malformed" | "empty" | "unreadable", "usable", "version"?, ' +
      '"readVersion"?, "key"?, ' +
      '"issuedAt"?, "refreshAfter"?, "expiration"?, "ageSeconds"?, "lifeSeconds"?, "lifeLeftSeconds"?, "activeVersions"?, ' +
      '"monthlyListPriceUsd"?, "reason"?, "problem"?: { "code", "message", "retryable" } }] }',
    examples: [
      { command: 'keyferry status', says: 'all targets' },
      { command: 'keyferry status aws-app --json', says: 'one target, for a script' },
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
