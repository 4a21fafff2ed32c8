/** The verbs that explain: who this is, whom AWS trusts, and what is wrong. */
import { CONFIGURED, JSON_FLAG, TARGETS } from './common-words.ts'
import type { Verb } from './verb.ts'

export const TRUSTING: Readonly<Record<'whoami' | 'trust-policy' | 'doctor', Verb>> = {
  whoami: {
    summary: 'Show which Google identity this is, and who it is at AWS',
    details:
      'AWS is asked with the credentials in the secret, or with newly minted ones where there are none. ' +
      `${CONFIGURED} Without any of them, only Google is asked. Exit code 1 if either does not answer.`,
    flags: { json: JSON_FLAG },
    json:
      '{ "ok", "google": { "email", "uniqueId", "azp", "audience" }, "aws": [{ "target", "accountId", "arn", "key", ' +
      '"from": "secret" | "exchange" }] }; in place of an answer that failed: "problem": { "code", "message", "retryable" }',
    examples: [
      {
        command: 'keyferry whoami',
        says: 'the e-mail, the unique id that a trust policy names, the AWS role',
      },
    ],
  },
  'trust-policy': {
    summary:
      'Print the trust policy that lets in this Google identity and no other, or say what is wrong with one',
    details:
      'For the identity of this process, or for those that --unique-id names. Changes nothing: stdout has the policy, stderr says whom ' +
      'it lets in. With --lint exit code 1 if there is an error in it, or, with --explain, if AWS would refuse the identity.',
    flags: {
      'unique-id': {
        value: 'ID',
        many: true,
        description: 'The 21 digits of a service account, in place of this identity',
      },
      email: {
        value: 'EMAIL',
        many: true,
        description: 'Its e-mail, in the same order: lets in its tokens of key files and impersonation too',
      },
      'with-email': { description: 'The same for this identity' },
      audience: {
        value: 'TEXT',
        description: 'What tokens are minted for (KEYFERRY_AUDIENCE); sts.amazonaws.com if not given',
      },
      format: {
        value: 'NAME',
        description:
          'json, terraform, cloudformation, cloudformation-json, or aws: a command; json if not given',
      },
      role: { value: 'NAME', description: 'The role that it is for, by name or ARN (AWS_ROLE_ARN)' },
      update: { description: 'With --format aws: the command for a role that exists' },
      lint: {
        value: 'FILE',
        description:
          'Find what is wrong with the policy in FILE, or in what "aws iam get-role" prints; - reads standard input',
      },
      explain: { description: 'With --lint: say whether AWS lets in the identity, why not, and what does' },
      json: JSON_FLAG,
    },
    json:
      'with --lint: { "ok", "findings": [{ "id", "level": "error" | "warning" | "note", "statement"?, "message", "fix" }], "tokens"?: ' +
      '[{ "minted", "allowed", "summary", "read": [{ "key", "claim", "value" }], "reasons", "causes": [{ "id", "statement"?, "message", ' +
      '"fix" }], "corrected"? }] }; without it, the policy',
    examples: [
      { command: 'keyferry trust-policy', says: 'for whoever runs this' },
      {
        command: 'keyferry trust-policy --unique-id 117530498172635541201 --format terraform --role app',
        says: 'for another account, with the role',
      },
      {
        command: 'keyferry trust-policy --update --role app',
        says: 'the aws command that gives it to a role',
      },
      {
        command: 'keyferry trust-policy --lint trust-policy.json --explain',
        says: 'why AWS refuses this one',
      },
    ],
  },
  doctor: {
    summary: 'Check everything that can be checked from here, and say what is wrong, why, and what mends it',
    details:
      'Run it where the workload runs: it looks with that identity. It makes the real exchange at AWS, and reads the secret; ' +
      `it writes nothing anywhere. ${CONFIGURED} A consumer needs KEYFERRY_SECRET or AWS_ROLE_ARN alone. ` +
      'Exit code 1 if a check fails, 2 if the configuration is what fails. Every check is explained in docs/doctor.md.',
    argument: TARGETS,
    flags: {
      'trust-policy': {
        value: 'FILE',
        description:
          "The role's trust policy, to be evaluated against the real token; - reads standard input",
      },
      as: {
        value: 'ROLE',
        choices: ['writer', 'consumer', 'publisher'],
        description:
          'writer (the function; the default), consumer (who reads), or publisher (who may also write what it minted)',
      },
      json: JSON_FLAG,
    },
    json:
      '{ "ok", "checkedAt", "as", "mostLikely"?: { "id", "target"?, "cause", "fix"?, "policy"?, "doc" }, "counts": { "ok", ' +
      '"warn", "fail", "skipped" }, "checks": [{ "id", "target"?, "title", "level": "ok" | "warn" | "fail" | "skipped", ' +
      '"says", "cause"?, "also"?: ["…"], "fix"?, "policy"?, "doc" }] }',
    examples: [
      { command: 'keyferry doctor', says: 'every target, as the function that writes it' },
      {
        command: 'keyferry doctor --trust-policy trust-policy.json',
        says: 'with the policy that AWS refuses, or that is yet to be deployed',
      },
      { command: 'keyferry doctor --as consumer --json', says: 'what a reader needs, for a script' },
    ],
  },
}
