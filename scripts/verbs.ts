/** The one table of verbs and flags: parsing, help and the command's reference page all come from it. */

export type VerbName =
  | 'refresh'
  | 'status'
  | 'prune'
  | 'revoke-policy'
  | 'whoami'
  | 'trust-policy'
  | 'doctor'
  | 'credential-process'
  | 'export'
  | 'exec'
  | 'serve'
  | 'emulator'
  | 'demo'
  | 'completion'
  | 'help'

export interface Verb {
  /** One line, for the list of verbs. */
  readonly summary: string
  /** What a user must know beyond it: where input comes from, what is printed, what the exit code means. */
  readonly details: string
  readonly argument?: Argument
  readonly flags: Readonly<Record<string, Flag>>
  /** The document of `--json`. A field with a question mark may be absent. */
  readonly json?: string
  readonly examples: readonly Example[]
}

export interface Argument {
  readonly name: string
  /** Whether it can be given more than once. No argument is ever required. */
  readonly many: boolean
  readonly description: string
  /** All that it can be, where that is known. */
  readonly choices?: readonly string[]
  /** Whether it and all words after it are another command's: no flag of ours is looked for among them. */
  readonly rest?: true
}

export interface Flag {
  readonly description: string
  /** What stands for its value in help. A flag without one is a switch. */
  readonly value?: string
  /** All that its value can be, where that is known. A FILE is a file. */
  readonly choices?: readonly string[]
  /** Whether it can be given more than once. */
  readonly many?: boolean
}

export interface Example {
  readonly command: string
  readonly says: string
}

/** Flags that every verb takes. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  help: { description: 'Show what this verb does, with examples' },
  debug: { description: 'On a failure, print the whole error, with its causes' },
}

const JSON_FLAG: Flag = { description: 'Print one JSON document on stdout instead of text' }
const TARGETS: Argument = {
  name: 'TARGET',
  many: true,
  description: 'Names of targets in the configuration; all of them if none is given',
}
const CONFIGURED =
  'Targets come from KEYFERRY_CONFIG (JSON, or the path of a JSON file), or one target from KEYFERRY_SECRET, ' +
  'AWS_ROLE_ARN and AWS_REGION.'
const SECRET_FLAG: Flag = {
  value: 'NAME',
  description: 'projects/P/secrets/S, or projects/P/locations/L/secrets/S (KEYFERRY_SECRET)',
}
const READ =
  'Reads the secret; near its end, or where it cannot be read, AWS_ROLE_ARN (with AWS_REGION) says what to mint instead. ' +
  'Without a secret AWS_ROLE_ARN alone.'
const CONSUMED = `${READ} What is minted is shared by all processes of this user.`

export const VERBS: Readonly<Record<VerbName, Verb>> = {
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
  'credential-process': {
    summary: 'Print AWS credentials as the aws command and every SDK read them from credential_process',
    details:
      `${CONSUMED} Nothing but the document goes to stdout; stderr says where the secret could not be read though there ` +
      'are credentials. Exit code 1 with the reason on stderr.',
    argument: { name: 'PROFILE', many: false, description: 'With --print-config: the name of the profile' },
    flags: {
      secret: SECRET_FLAG,
      'print-config': {
        description:
          'Print a profile for ~/.aws/config that runs this command as it would run now, and ask nobody',
      },
    },
    examples: [
      {
        command: 'keyferry credential-process --secret projects/my-project/secrets/aws-app',
        says: 'what a profile of ~/.aws/config runs',
      },
      { command: 'keyferry credential-process --print-config app', says: 'such a profile, to append to it' },
    ],
  },
  export: {
    summary: 'Print AWS credentials as variables, for a shell to evaluate',
    details:
      `${CONSUMED} They do not renew: AWS_CREDENTIAL_EXPIRATION says until when they live, 15 minutes or more where any ` +
      'can be had. Formats are named as by "aws configure export-credentials": env, env-no-export, fish, powershell, ' +
      'windows-cmd, process; dotenv is for "set -a; . FILE" and "node --env-file FILE". On a terminal, stderr warns that ' +
      'they are on the screen. Exit code 1 with the reason on stderr, and nothing on stdout.',
    flags: {
      secret: SECRET_FLAG,
      format: {
        value: 'FORMAT',
        choices: ['env', 'env-no-export', 'fish', 'powershell', 'windows-cmd', 'dotenv', 'process'],
        description: 'One of those above; env if absent',
      },
    },
    examples: [
      { command: 'eval "$(keyferry export)"', says: 'in sh, bash or zsh' },
      { command: 'keyferry export --format fish | source', says: 'in fish' },
      {
        command: 'keyferry export --format powershell | Out-String | Invoke-Expression',
        says: 'in PowerShell',
      },
    ],
  },
  exec: {
    summary: 'Run a command with AWS credentials that renew while it runs',
    details:
      'Starts the endpoint of "keyferry serve" for CMD alone, once credentials are held, and runs CMD without a shell; signals ' +
      'are passed on. Variables of AWS that would be taken before it are hidden from CMD, and named on stderr. ' +
      `${READ} Exit codes: CMD's own; 125 no credentials, 126 CMD cannot be run, 127 it is not there, 128 + the signal ` +
      'that ended it, 2 usage or configuration.',
    argument: {
      name: 'CMD',
      many: true,
      rest: true,
      description: 'The command and its words, untouched; the dashes may be left out',
    },
    flags: {
      secret: SECRET_FLAG,
      static: {
        description: 'Give CMD keys in variables, for programs that know nothing else; they do not renew',
      },
    },
    examples: [
      { command: 'keyferry exec -- aws s3 ls', says: 'with the secret of KEYFERRY_SECRET' },
      { command: 'keyferry exec --static -- ./old-program', says: 'with AWS_ACCESS_KEY_ID and its like' },
    ],
  },
  serve: {
    summary: 'Hand out AWS credentials on loopback, as the container credentials endpoint of every AWS SDK',
    details:
      'Prints what a shell needs to use it, once credentials are held, and renews them until SIGTERM or SIGINT. ' +
      `${READ} With KEYFERRY_CONFIG it serves each target of it, under /credentials/TARGET. Without the token, which is in ` +
      'its file alone, nothing is told but /healthz and /readyz; with it, /metrics is for Prometheus.',
    argument: {
      name: 'TARGET',
      many: true,
      description: 'Names of targets in KEYFERRY_CONFIG; all of them if none is given',
    },
    flags: {
      secret: SECRET_FLAG,
      port: { value: 'PORT', description: 'On 127.0.0.1; any free one if absent or 0' },
      'token-file': {
        value: 'FILE',
        description: 'The token: read if the file exists, else made and written; a temporary file if absent',
      },
      'env-file': {
        value: 'FILE',
        description: 'Write KEY=value lines for its clients, when credentials are held',
      },
      'probe-port': {
        value: 'PORT',
        description: '/healthz and /readyz, and nothing else, on every address: for probes from outside',
      },
    },
    examples: [
      {
        command: 'keyferry serve --port 4170 --token-file /run/keyferry/token',
        says: 'in a sidecar; the others get the same file',
      },
      { command: 'keyferry serve --env-file .env.aws', says: 'then, in a shell, "set -a; . ./.env.aws"' },
    ],
  },
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
  completion: {
    summary: 'Print what bash, zsh or fish need to complete verbs, flags and their values',
    details: 'To be loaded where the shell starts. It knows the names of verbs and flags, not of targets.',
    argument: {
      name: 'SHELL',
      many: false,
      choices: ['bash', 'zsh', 'fish'],
      description: 'bash, from version 4 on, zsh or fish',
    },
    flags: {},
    examples: [
      { command: 'keyferry completion bash', says: 'in ~/.bashrc: source <(keyferry completion bash)' },
      {
        command: 'keyferry completion zsh',
        says: 'in ~/.zshrc, after compinit: source <(keyferry completion zsh)',
      },
      { command: 'keyferry completion fish', says: 'to ~/.config/fish/completions/keyferry.fish' },
    ],
  },
  help: {
    summary: 'Show the verbs, or what one of them does',
    details: 'The same as "keyferry VERB --help".',
    argument: { name: 'VERB', many: false, description: 'The verb to explain' },
    flags: {},
    examples: [{ command: 'keyferry help refresh', says: 'flags and examples of one verb' }],
  },
}

export function isVerb(name: string): name is VerbName {
  return Object.hasOwn(VERBS, name)
}
