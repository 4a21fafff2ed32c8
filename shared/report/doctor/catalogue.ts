/**
 * The one table of the doctor's checks, in the order of causes: what stands further up can be the reason for what is below it.
 * The report, its order, docs/doctor.md and the tests come from it.
 */

/** What a check about this machine and its environment is called. */
export type MachineCheckId =
  | 'node-version'
  | 'configuration'
  | 'clock'
  | 'network-variables'
  | 'packages'
  | 'aws-variables'
  | 'debug-variables'

/** What a check is called that is made for each target. */
export type TargetCheckId =
  | 'identity'
  | 'access-token'
  | 'region'
  | 'endpoint'
  | 'id-token'
  | 'trust-policy'
  | 'trust-lint'
  | 'duration'
  | 'exchange'
  | 'perimeter'
  | 'secret-manager'
  | 'secret-exists'
  | 'secret-access'
  | 'secret-add'
  | 'secret-list'
  | 'secret-destroy'
  | 'secret-adders'
  | 'secret-stopped'
  | 'secret-payload'
  | 'secret-contended'
  | 'secret-fresh'
  | 'secret-genuine'
  | 'secret-latest'
  | 'secret-cost'
  | 'secret-destroy-delay'
  | 'secret-encryption'
  | 'secret-expiration'
  | 'secret-rotation'
  | 'schedule'

export type CheckId = MachineCheckId | TargetCheckId

export interface CatalogueEntry<About extends 'machine' | 'target' = 'machine' | 'target'> {
  readonly about: About
  readonly title: string
  /** What it looks at, and what a warning or a failure means. */
  readonly means: string
  /** What to do, in general; a report has the command with the real names. */
  readonly todo: string
}

type Catalogue = Readonly<Record<MachineCheckId, CatalogueEntry<'machine'>>> &
  Readonly<Record<TargetCheckId, CatalogueEntry<'target'>>>

export const CATALOGUE: Catalogue = {
  'node-version': {
    about: 'machine',
    title: 'Node.js',
    means: 'Keyferry runs on Node 22.21 or later.',
    todo: 'Install a newer Node, or run through the one that a project brings: `npx keyferry …`.',
  },
  configuration: {
    about: 'machine',
    title: 'Configuration',
    means:
      'The targets, from `KEYFERRY_CONFIG` or the variables of a single target. Every problem is named with its field; targets with a problem are not looked at further.',
    todo: 'Mend the fields that are named. The exit code is 2 as long as one is wrong.',
  },
  clock: {
    about: 'machine',
    title: 'Clock',
    means:
      "This machine's clock beside the `Date` headers of Secret Manager and STS. Half a minute is ignored, five minutes fail: AWS and Google refuse tokens and signatures that are dated too far off. Where the two services disagree, one of them (or what answers in its place) is wrong.",
    todo: "Enable the machine's time synchronisation: `timedatectl set-ntp true`. What Keyferry itself does about a wrong clock is in [clock-skew.md](clock-skew.md).",
  },
  'network-variables': {
    about: 'machine',
    title: 'Proxies and TLS',
    means:
      'The variables that change where requests go and whom they believe: `HTTPS_PROXY`, `NO_PROXY`, `NODE_TLS_REJECT_UNAUTHORIZED`, certificate bundles. Keyferry uses `http://` proxies only, and none for the metadata server and loopback.',
    todo: 'Unset what is not meant; give certificate authorities by `NODE_EXTRA_CA_CERTS`.',
  },
  packages: {
    about: 'machine',
    title: 'Optional packages',
    means: 'A writer needs `@google-cloud/secret-manager`. Readers need no optional package.',
    todo: '`npm install @google-cloud/secret-manager`',
  },
  identity: {
    about: 'target',
    title: 'Google identity',
    means:
      'Which Google identity this process has, and from where: the metadata server, a key file, impersonation, workload identity federation, or a person’s own login.',
    todo: 'Attach a service account to the workload, or name a credential file in `GOOGLE_APPLICATION_CREDENTIALS`.',
  },
  'access-token': {
    about: 'target',
    title: 'Access token',
    means: 'A token for Google’s own services, such as Secret Manager.',
    todo: 'Check that the service account exists and is enabled.',
  },
  region: {
    about: 'target',
    title: 'AWS region',
    means:
      'A region is named, belongs to the partition of the role, and is activated for the account. `us-east-1` is never assumed; `AWS_DEFAULT_REGION` alone is not read.',
    todo: 'Set `AWS_REGION` (or the target’s `region`) to a region near the workload. A region that is not enabled by default has to be enabled for the account.',
  },
  endpoint: {
    about: 'target',
    title: 'Endpoints',
    means:
      'Where requests go: to the services themselves, all of them to an emulator, or to what `AWS_ENDPOINT_URL` and its like say. An emulator’s variable that is left over sends tokens to the wrong place.',
    todo: 'Unset the variable that is named, or use `AWS_ENDPOINT_URL_STS` for a VPC endpoint of STS.',
  },
  'id-token': {
    about: 'target',
    title: 'ID token',
    means:
      'The token that AWS gets, and what AWS reads of it: its `sub` as `accounts.google.com:sub`, its `azp` as `:aud`, its `aud` as `:oaud`.',
    todo: 'See the message: the identity must be a service account, its own or an impersonated one.',
  },
  'trust-policy': {
    about: 'target',
    title: 'Trust policy',
    means:
      'The policy given with `--trust-policy`, evaluated against the claims of the real token as AWS does it. The statement and the condition that refuse are named, with what they want and what the token has.',
    todo: 'Replace the policy by the corrected one that is printed; see [trust.md](trust.md).',
  },
  'trust-lint': {
    about: 'target',
    title: 'Trust policy, read by itself',
    means:
      'Whether the policy lets in more than is meant (no `sub`: every Google service account of the world), works here but not elsewhere, or is useless.',
    todo: 'See the message, and [trust.md](trust.md).',
  },
  duration: {
    about: 'target',
    title: 'Life of the credentials',
    means:
      'Whether STS gives credentials for as long as `durationSeconds` asks: the role’s MaxSessionDuration and, in a chain of roles, one hour are the bounds.',
    todo: 'Ask for less, or `aws iam update-role --role-name ROLE --max-session-duration SECONDS`.',
  },
  exchange: {
    about: 'target',
    title: 'Exchange at AWS',
    means:
      'The real exchange, tried once; nothing is written. A refusal is matched to its causes by what the token says and the policy wants. It is not tried while the secret is stopped.',
    todo: 'See the message: the likeliest cause comes first.',
  },
  perimeter: {
    about: 'target',
    title: 'Service perimeter',
    means: 'Whether VPC Service Controls refuse a call, whatever roles are granted.',
    todo: 'Let the perimeter admit the workload (an ingress rule, or its project).',
  },
  'secret-manager': {
    about: 'target',
    title: 'Secret Manager',
    means:
      'Whether Secret Manager answers at all: the API is enabled, the machine’s access scopes include it, no quota is used up.',
    todo: '`gcloud services enable secretmanager.googleapis.com`, or what the message says.',
  },
  'secret-exists': {
    about: 'target',
    title: 'The secret',
    means: 'Whether the secret exists. To those who may do nothing with it Google does not say.',
    todo: 'Check its name; `gcloud secrets create NAME`, or grant the roles.',
  },
  'secret-access': {
    about: 'target',
    title: 'May read',
    means:
      '`secretmanager.versions.access`: everyone needs it, the writer too. `secretVersionManager` does not include it.',
    todo: 'Grant `roles/secretmanager.secretAccessor` on the secret.',
  },
  'secret-add': {
    about: 'target',
    title: 'May add versions',
    means:
      '`secretmanager.versions.add`: for the writer and for publishers. A reader that has it can replace the credentials of all others.',
    todo: 'Grant the writer `roles/secretmanager.secretVersionManager`, a publisher `secretVersionAdder`; take it from readers.',
  },
  'secret-list': {
    about: 'target',
    title: 'May list versions',
    means: '`secretmanager.versions.list`: the writer needs it to find what is to be destroyed.',
    todo: 'Grant the writer `roles/secretmanager.secretVersionManager` on the secret.',
  },
  'secret-destroy': {
    about: 'target',
    title: 'May destroy versions',
    means: '`secretmanager.versions.destroy`: without it versions pile up, and each is billed every month.',
    todo: 'Grant the writer `roles/secretmanager.secretVersionManager` on the secret.',
  },
  'secret-adders': {
    about: 'target',
    title: 'Who may add versions',
    means:
      'Whoever may add a version can replace the credentials of every reader. Only roles bound on the secret itself are seen; those of its project and folders come on top.',
    todo: 'Leave it to the writer alone or, with `publish`, give each trust domain its own secret.',
  },
  'secret-stopped': {
    about: 'target',
    title: 'Stop',
    means:
      'The newest version is disabled: an operator’s stop. Nobody mints or publishes until it is lifted.',
    todo: '`keyferry refresh TARGET --force` when it may go on.',
  },
  'secret-payload': {
    about: 'target',
    title: 'What it holds',
    means: 'Whether the newest version is a credential document of Keyferry’s, whole and plausible.',
    todo: 'Give the target a secret of its own; `keyferry refresh TARGET --force` takes this one over.',
  },
  'secret-contended': {
    about: 'target',
    title: 'Whose credentials it holds',
    means:
      'Whether the newest version is of the role that is configured here, and may do the same. Another role’s credentials in it mean two writers of one secret, or a reader and a writer that do not agree.',
    todo: 'One secret for each role; make the reader’s `exchange` and the writer’s target agree.',
  },
  'secret-fresh': {
    about: 'target',
    title: 'Age',
    means:
      'Whether the newest version is as young as the schedule promises. One that is overdue means that the schedule does not fire, or that its runs fail.',
    todo: '`keyferry refresh TARGET`, then look at the schedule’s runs and at the function’s log.',
  },
  'secret-genuine': {
    about: 'target',
    title: 'Known to AWS',
    means:
      'Whether AWS knows the stored key, as this role. If not, it was revoked, or somebody else wrote it.',
    todo: '`keyferry refresh TARGET` replaces it; look at who may add versions.',
  },
  'secret-latest': {
    about: 'target',
    title: '`latest`',
    means:
      '`latest` is only eventually consistent. Keyferry reads by number and steps over it; whoever reads `latest` with other tools gets the older version meanwhile.',
    todo: 'Wait: minutes as a rule. Read with `keyferry credential-process` instead of `gcloud secrets versions access latest`.',
  },
  'secret-cost': {
    about: 'target',
    title: 'Active versions',
    means:
      'Enabled and disabled versions are billed at $0.06 a month and location. More than the schedule leaves means that nothing destroys them.',
    todo: '`keyferry prune TARGET`, and what the check of the permission to destroy says.',
  },
  'secret-destroy-delay': {
    about: 'target',
    title: 'Delayed destruction',
    means: '`version_destroy_ttl`: a destroyed version stays, disabled and billed, for that long.',
    todo: '`gcloud secrets update NAME --remove-version-destroy-ttl`',
  },
  'secret-encryption': {
    about: 'target',
    title: 'Encryption keys',
    means:
      'Customer-managed keys (CMEK): while such a key is disabled or out of reach, nobody reads or writes the secret.',
    todo: 'Enable the key, and let Secret Manager’s service agent use it.',
  },
  'secret-expiration': {
    about: 'target',
    title: 'End of the secret',
    means: 'A secret with an expiration is deleted then, with all its versions.',
    todo: '`gcloud secrets update NAME --remove-expiration`',
  },
  'secret-rotation': {
    about: 'target',
    title: 'Rotation',
    means:
      'A rotation period only sends a message. It can drive the function `refreshOnEvent`; by itself it rotates nothing.',
    todo: 'Point the topic at `refreshOnEvent`, or remove the rotation: `gcloud secrets update NAME --remove-rotation-schedule`',
  },
  schedule: {
    about: 'target',
    title: 'Schedule',
    means:
      'Whether two missed runs still leave consumers enough life: boto3 and the AWS CLI need 15 minutes.',
    todo: 'Fire more often, replace earlier, or ask for a longer life: the message has the numbers.',
  },
  'aws-variables': {
    about: 'machine',
    title: 'AWS variables',
    means:
      'Variables that AWS tools prefer to what Keyferry hands out (`AWS_ACCESS_KEY_ID`, `AWS_WEB_IDENTITY_TOKEN_FILE`), or that contradict one another.',
    todo: 'Unset the variables that are named where the credentials are to come from Keyferry.',
  },
  'debug-variables': {
    about: 'machine',
    title: 'Debug variables',
    means:
      '`GOOGLE_SDK_NODE_LOGGING`, `NODE_DEBUG`, `DEBUG_AUTH` and their like make libraries print tokens and payloads into logs.',
    todo: 'Unset them; replace what was printed: `keyferry refresh --force`.',
  },
}

/** In the order of causes. */
export const CHECK_IDS: readonly CheckId[] = Object.keys(CATALOGUE) as CheckId[]

export function docOf(id: CheckId): string {
  return `docs/doctor.md#${id}`
}
