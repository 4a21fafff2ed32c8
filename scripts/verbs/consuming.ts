/** The verbs that hand out credentials, each in another form. */
import type { Flag, Verb } from './verb.ts'

const SECRET_FLAG: Flag = {
  value: 'NAME',
  description: 'projects/P/secrets/S, or projects/P/locations/L/secrets/S (KEYFERRY_SECRET)',
}
const READ =
  'Reads the secret; near its end, or where it cannot be read, AWS_ROLE_ARN (with AWS_REGION) says what to mint instead. ' +
  'Without a secret AWS_ROLE_ARN alone.'
const CONSUMED = `${READ} What is minted is shared by all processes of this user.`

export const CONSUMING: Readonly<Record<'credential-process' | 'export' | 'exec' | 'serve', Verb>> = {
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
      'its file alone, nothing is told but /healthz and /readyz; with it, /metrics is for Prometheus. With npx, ' +
      'write "npx -- keyferry": without the dashes Node takes --env-file for its own.',
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
}
