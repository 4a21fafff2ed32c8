/** Ways to get it wrong, on each side: what is broken, how it is looked at, and what the doctor must name first. */
import { tightTrustPolicy } from '../../../shared/core/trust.ts'
import type { CheckId } from '../../../shared/report/doctor/catalogue.ts'
import type { CheckLevel } from '../../../shared/report/doctor/check.ts'
import type { ExamineOptions } from '../../../shared/report/doctor/examine.ts'
import { ADMIN, APP, BROKER, PROJECT, type Bed, type Place } from './doctor-bed.ts'

export interface Misconfiguration {
  readonly wrong: string
  /** Breaks it. What it gives is set in the environment (undefined takes a variable out), or told to the doctor. */
  readonly arrange: (bed: Bed, place: Place) => Arranged | void | Promise<Arranged | void>
  readonly empty?: true
  readonly first: CheckId
  readonly level?: Extract<CheckLevel, 'fail' | 'warn'>
  /** What the cause must say. */
  readonly says: RegExp
  /** What the fix must have in it: the real names. */
  readonly fix?: RegExp | ((place: Place) => string)
}

export interface Arranged {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly as?: 'writer' | 'consumer' | 'publisher'
  readonly options?: Partial<ExamineOptions>
}

const MINUTE = 60_000
const broker = `serviceAccount:${BROKER.email}`
const app = `serviceAccount:${APP.email}`
const accessor = 'roles/secretmanager.secretAccessor'
const manager = 'roles/secretmanager.secretVersionManager'
const viewer = 'roles/secretmanager.viewer'

const trusting = (condition: object): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: condition,
    },
  ],
})
const tight = (id: { uniqueId: string; email?: string } = BROKER, audience = 'sts.amazonaws.com'): object =>
  tightTrustPolicy(id, { audience })
/** What everyone writes first. */
const NOTES_POLICY = trusting({ StringEquals: { 'accounts.google.com:aud': 'sts.amazonaws.com' } })
const given = (policy: object): Arranged => ({ options: { policy: JSON.stringify(policy) } })
const with_ = (env: Arranged['env'] & object): Arranged => ({ env })
const ahead = (ms: number): Arranged => ({ options: { clock: { now: () => Date.now() + ms } } })
const denies = (bed: Bed, message: string): void =>
  void bed.emulator.secretManager.fault({ kind: 'status', code: 'PERMISSION_DENIED', message })

export const MISCONFIGURATIONS: readonly Misconfiguration[] = [
  // The machine
  {
    wrong: 'an old Node',
    arrange: () => ({ options: { nodeVersion: 'v20.19.4' } }),
    first: 'node-version',
    says: /v20\.19\.4 is too old/,
    fix: /npm install node/,
  },
  {
    wrong: 'a role ARN with a slip in it',
    arrange: () => with_({ AWS_ROLE_ARN: 'arn:aws:iam::1234:role/app' }),
    first: 'configuration',
    says: /AWS_ROLE_ARN must be a role ARN/,
  },
  {
    wrong: 'a chain that asks for two hours',
    arrange: (_, { name, secret, roleArn }) =>
      with_({
        KEYFERRY_SECRET: undefined,
        KEYFERRY_CONFIG: JSON.stringify({
          targets: [{ name, secret, roleArn, durationSeconds: 7200, chain: [{ roleArn }] }],
        }),
      }),
    first: 'configuration',
    says: /targets\[0\]\.durationSeconds must be at most 3600 with a chain/,
  },
  {
    wrong: 'nothing configured at all',
    arrange: () => with_({ KEYFERRY_SECRET: undefined, AWS_ROLE_ARN: undefined }),
    first: 'configuration',
    says: /set KEYFERRY_SECRET/,
  },
  {
    wrong: 'a clock ten minutes ahead',
    arrange: () => ahead(10 * MINUTE),
    first: 'clock',
    says: /(?:10|9) min(?: ahead)?/,
    fix: /set-ntp true/,
  },
  {
    wrong: 'a clock twenty minutes behind',
    arrange: () => ahead(-20 * MINUTE),
    first: 'clock',
    says: /(?:20|19) min behind/,
  },
  {
    wrong: 'a clock two minutes ahead',
    arrange: () => ahead(2 * MINUTE),
    first: 'clock',
    level: 'warn',
    says: /ahead/,
  },
  {
    wrong: 'an STS whose time is not ours',
    arrange: (bed) => void (bed.emulator.sts.clockSkewMs = -8 * MINUTE),
    first: 'clock',
    says: /Secret Manager and STS disagree on the time/,
  },
  {
    wrong: 'certificates that nobody checks',
    arrange: () => with_({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    first: 'network-variables',
    says: /NODE_TLS_REJECT_UNAUTHORIZED=0/,
    fix: /unset NODE_TLS_REJECT_UNAUTHORIZED/,
  },
  {
    wrong: 'a proxy that speaks SOCKS',
    arrange: () => with_({ HTTPS_PROXY: 'socks5://user:hunter2@proxy.example:1080' }),
    first: 'network-variables',
    says: /HTTPS_PROXY names a proxy that Keyferry cannot use/,
  },
  {
    wrong: 'a writer without Google’s client',
    arrange: () => ({ options: { hasPackage: () => false } }),
    first: 'packages',
    level: 'warn',
    says: /`keyferry refresh`/,
    fix: /npm install @google-cloud\/secret-manager/,
  },
  {
    wrong: 'a debug variable that was left on',
    arrange: () => with_({ GOOGLE_SDK_NODE_LOGGING: 'all' }),
    first: 'debug-variables',
    level: 'warn',
    says: /GOOGLE_SDK_NODE_LOGGING libraries may print ID tokens/,
    fix: /unset GOOGLE_SDK_NODE_LOGGING/,
  },
  {
    wrong: 'a long-lived key in the environment',
    arrange: () => with_({ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00', AWS_SECRET_ACCESS_KEY: 'x' }),
    first: 'aws-variables',
    level: 'warn',
    says: /take AWS_ACCESS_KEY_ID before .*long-lived/,
    fix: /unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY/,
  },
  {
    wrong: 'two regions',
    arrange: () => with_({ AWS_DEFAULT_REGION: 'us-east-1' }),
    first: 'aws-variables',
    level: 'warn',
    says: /older AWS tools AWS_DEFAULT_REGION/,
  },

  // Google's identity
  {
    wrong: 'no metadata server, as on a laptop',
    arrange: () => with_({ GCE_METADATA_HOST: '127.0.0.1:1' }),
    first: 'identity',
    says: /No metadata server answered at 127\.0\.0\.1:1/,
  },
  {
    wrong: 'a workload without a service account',
    arrange: (bed) => void bed.emulator.metadata.fault({ kind: 'status', status: 404 }),
    first: 'identity',
    says: /knows no service account for this workload/,
  },
  {
    wrong: 'a key file that is not there',
    arrange: () => with_({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' }),
    first: 'identity',
    says: /\/nowhere\/key\.json/,
  },
  {
    wrong: 'a service account that is disabled: no access token',
    arrange: (bed) => void bed.emulator.metadata.fault({ kind: 'status', status: 403, operation: 'token' }),
    first: 'access-token',
    says: /refused to say who this workload is/,
    fix: () => `describe ${BROKER.email}`,
  },
  {
    wrong: 'a key file, where the workload has an identity of its own',
    arrange: async (bed) => with_({ GOOGLE_APPLICATION_CREDENTIALS: await bed.keyFile(BROKER.email) }),
    first: 'identity',
    level: 'warn',
    says: /A key file is a long-lived key/,
  },
  {
    wrong: 'a key file, and a policy that knows tokens of the metadata server alone',
    arrange: async (bed, { roleArn }) => {
      const policy = tight({ uniqueId: BROKER.uniqueId })
      bed.emulator.sts.setTrustPolicy(roleArn, policy)
      return {
        ...given(policy),
        ...with_({ GOOGLE_APPLICATION_CREDENTIALS: await bed.keyFile(BROKER.email) }),
      }
    },
    first: 'trust-policy',
    says: new RegExp(`accounts\\.google\\.com:aud.*azp.*${BROKER.email}`),
  },
  {
    wrong: 'an impersonation that nobody granted',
    arrange: () => with_({ KEYFERRY_SERVICE_ACCOUNT: APP.email }),
    first: 'id-token',
    says: /app@keyferry-demo/,
    fix: () =>
      `gcloud iam service-accounts add-iam-policy-binding ${APP.email} --member=${broker} --role=roles/iam.serviceAccountOpenIdTokenCreator`,
  },

  // Where requests go
  {
    wrong: 'no region',
    arrange: () => with_({ AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }),
    first: 'region',
    says: /AWS_REGION is not set, and us-east-1 is not assumed/,
    fix: /export AWS_REGION=/,
  },
  {
    wrong: 'a region under its older name alone',
    arrange: () => with_({ AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-west-1' }),
    first: 'region',
    says: /AWS_DEFAULT_REGION \(eu-west-1\) is not read/,
    fix: /export AWS_REGION=eu-west-1/,
  },
  {
    wrong: 'a region of another partition',
    arrange: () => with_({ AWS_REGION: 'cn-north-1', AWS_DEFAULT_REGION: 'cn-north-1' }),
    first: 'region',
    says: /in the partition aws, the region cn-north-1 in aws-cn/,
  },
  {
    wrong: 'an opt-in region that the account has not enabled',
    arrange: (bed) => {
      bed.emulator.sts.fault({
        kind: 'status',
        code: 'RegionDisabledException',
        operation: 'AssumeRoleWithWebIdentity',
      })
      return with_({ AWS_REGION: 'ap-southeast-5', AWS_DEFAULT_REGION: 'ap-southeast-5' })
    },
    first: 'region',
    says: /has not enabled the region ap-southeast-5/,
    fix: /enable-region --region-name ap-southeast-5/,
  },
  {
    wrong: 'an emulator’s AWS_ENDPOINT_URL left over',
    arrange: () => with_({ SECRET_MANAGER_EMULATOR_HOST: undefined }),
    first: 'endpoint',
    says: /AWS_ENDPOINT_URL is left over from an emulator/,
    fix: /unset AWS_ENDPOINT_URL/,
  },
  {
    wrong: 'an emulator’s SECRET_MANAGER_EMULATOR_HOST left over',
    arrange: () => with_({ AWS_ENDPOINT_URL: undefined }),
    first: 'endpoint',
    says: /SECRET_MANAGER_EMULATOR_HOST is left over/,
    fix: /unset SECRET_MANAGER_EMULATOR_HOST/,
  },
  {
    wrong: 'an AWS endpoint that is somebody else’s',
    arrange: () => with_({ AWS_ENDPOINT_URL: 'https://sts.example.com' }),
    first: 'endpoint',
    says: /sends ID tokens to sts\.example\.com/,
  },
  {
    wrong: 'an AWS endpoint without TLS',
    arrange: () => with_({ AWS_ENDPOINT_URL_STS: 'http://sts.eu-central-1.amazonaws.com' }),
    first: 'endpoint',
    says: /in the clear/,
    fix: /unset AWS_ENDPOINT_URL_STS/,
  },
  {
    wrong: 'a Secret Manager emulator on another machine',
    arrange: () => with_({ SECRET_MANAGER_EMULATOR_HOST: '10.0.0.7:8085' }),
    first: 'endpoint',
    says: /10\.0\.0\.7.*in the clear/,
  },

  // AWS's side
  {
    wrong: 'the note’s policy, shown to the doctor',
    arrange: (bed, { roleArn }) => {
      bed.emulator.sts.setTrustPolicy(roleArn, NOTES_POLICY)
      return given(NOTES_POLICY)
    },
    first: 'trust-policy',
    says: new RegExp(`accounts\\.google\\.com:aud.*azp.*${BROKER.uniqueId}`),
    fix: ({ name }) => `aws iam update-assume-role-policy --role-name ${name} --policy-document '{`,
  },
  {
    wrong: 'the note’s policy, with nothing shown',
    arrange: (bed, { roleArn }) => bed.emulator.sts.setTrustPolicy(roleArn, NOTES_POLICY),
    first: 'exchange',
    says: new RegExp(
      `accounts\\.google\\.com:aud wants the audience \\(sts\\.amazonaws\\.com\\).*azp there, ${BROKER.uniqueId}`,
    ),
    fix: ({ name }) => `--role-name ${name}`,
  },
  {
    wrong: 'a policy for another service account',
    arrange: (bed, { roleArn }) => {
      bed.emulator.sts.setTrustPolicy(roleArn, tight(APP))
      return given(tight(APP))
    },
    first: 'trust-policy',
    says: new RegExp(`${APP.uniqueId}|accounts\\.google\\.com:sub`),
  },
  {
    wrong: 'a policy for another audience',
    arrange: (bed, { roleArn }) => {
      const policy = tight({ uniqueId: BROKER.uniqueId }, 'production')
      bed.emulator.sts.setTrustPolicy(roleArn, policy)
      return given(policy)
    },
    first: 'trust-policy',
    says: /accounts\.google\.com:oaud/,
  },
  {
    wrong: 'a policy that lets in every service account of the world',
    arrange: (bed, { roleArn }) => {
      const policy = trusting({ StringEquals: { 'accounts.google.com:oaud': 'sts.amazonaws.com' } })
      bed.emulator.sts.setTrustPolicy(roleArn, policy)
      return given(policy)
    },
    first: 'trust-lint',
    says: /service account|anyone|sub/,
  },
  {
    wrong: 'a file that is right, and a role that has another policy',
    arrange: (bed, { roleArn }) => {
      bed.emulator.sts.setTrustPolicy(roleArn, NOTES_POLICY)
      return given(tight())
    },
    first: 'exchange',
    says: /lets this identity in, so the role has another one/,
  },
  {
    wrong: 'a role that is not there',
    arrange: (bed, { roleArn }) => {
      bed.emulator.sts.deleteRole(roleArn)
      return given(tight())
    },
    first: 'exchange',
    says: /there is no role/,
  },
  {
    wrong: 'a consumer that the role does not know',
    arrange: (bed, { roleArn }) => {
      bed.emulator.sts.setTrustPolicy(roleArn, tight(BROKER))
      return { as: 'consumer', ...given(tight(BROKER)) }
    },
    first: 'trust-policy',
    says: new RegExp(APP.uniqueId),
  },
  {
    wrong: 'a life that the role does not allow',
    arrange: () => with_({ KEYFERRY_DURATION_SECONDS: '7200' }),
    first: 'duration',
    says: /durationSeconds is 7200, and the role’s MaxSessionDuration is less/,
    fix: ({ name }) => `aws iam update-role --role-name ${name} --max-session-duration 7200`,
  },
  {
    wrong: 'a chain whose second role does not let the first one in',
    arrange: (bed, { name, secret, roleArn }) => {
      const second = `${roleArn}-second`
      bed.emulator.sts.putRole({ arn: second, trustPolicy: tight(APP) })
      return with_({
        KEYFERRY_SECRET: undefined,
        KEYFERRY_CONFIG: JSON.stringify({
          targets: [{ name, secret, roleArn, chain: [{ roleArn: second }] }],
        }),
      })
    },
    empty: true,
    first: 'exchange',
    says: /the next role of the chain, .*-second, does not let it in/,
  },
  {
    wrong: 'an identity provider of its own for Google',
    arrange: (bed) =>
      void bed.emulator.sts.fault({
        kind: 'status',
        code: 'InvalidIdentityToken',
        message: 'Incorrect token audience',
        operation: 'AssumeRoleWithWebIdentity',
      }),
    first: 'exchange',
    says: /identity provider of its own for accounts\.google\.com/,
    fix: /delete-open-id-connect-provider/,
  },
  {
    wrong: 'a token that is dated ahead of AWS’s time',
    arrange: (bed) => void (bed.emulator.metadata.clockSkewMs = 10 * MINUTE),
    first: 'exchange',
    says: /clock that dated the ID token runs ahead/,
  },
  {
    wrong: 'an STS that is down',
    arrange: (bed) =>
      void bed.emulator.sts.fault({
        kind: 'status',
        code: 'ServiceUnavailable',
        operation: 'AssumeRoleWithWebIdentity',
      }),
    first: 'exchange',
    says: /STS failed by itself/,
  },

  // The secret, from outside
  {
    wrong: 'a perimeter',
    arrange: (bed) =>
      denies(bed, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: aBc"),
    first: 'perimeter',
    says: /VPC Service Controls perimeter/,
  },
  {
    wrong: 'an API that nobody enabled',
    arrange: (bed) =>
      denies(bed, 'Secret Manager API has not been used in project 402718365519 before or it is disabled.'),
    first: 'secret-manager',
    says: /API is not enabled/,
    fix: /gcloud services enable secretmanager\.googleapis\.com --project=keyferry-demo/,
  },
  {
    wrong: 'a machine whose access scopes leave Secret Manager out',
    arrange: (bed) => denies(bed, 'Request had insufficient authentication scopes.'),
    first: 'secret-manager',
    says: /access scopes/,
  },
  {
    wrong: 'a quota that is used up',
    arrange: (bed) => void bed.emulator.secretManager.fault({ kind: 'throttle' }),
    first: 'secret-manager',
    says: /quota/,
  },
  {
    wrong: 'a Secret Manager that is down',
    arrange: (bed) => void bed.emulator.secretManager.fault({ kind: 'status', code: 'UNAVAILABLE' }),
    first: 'secret-manager',
    says: /UNAVAILABLE/,
  },
  {
    wrong: 'a secret that does not exist, for somebody who may know it',
    arrange: async (bed, { writer, roleArn }) => {
      bed.emulator.sts.setTrustPolicy(roleArn, tight({ uniqueId: '100000000000000000001' }))
      const { GCE_METADATA_HOST } = await bed.emulator.envFor(ADMIN)
      return with_({ ...writer, GCE_METADATA_HOST, KEYFERRY_SECRET: `projects/${PROJECT}/secrets/typo` })
    },
    first: 'secret-exists',
    says: /secrets\/typo does not exist/,
    fix: /gcloud secrets create typo --project=keyferry-demo/,
  },
  {
    wrong: 'a secret that does not exist, for everybody else',
    arrange: () => with_({ KEYFERRY_SECRET: `projects/${PROJECT}/secrets/typo` }),
    first: 'secret-exists',
    says: /has no role on .*typo, or there is no such secret/,
    fix: new RegExp(`--member=${broker}`),
  },
  {
    wrong: 'a writer that may not read',
    arrange: (bed, { secret }) => bed.emulator.secretManager.revoke(secret, accessor, broker),
    first: 'secret-access',
    says: /lacks secretmanager\.versions\.access/,
    fix: ({ name }) =>
      `gcloud secrets add-iam-policy-binding ${name} --project=${PROJECT} --member=${broker} --role=${accessor}`,
  },
  {
    wrong: 'a writer that may only read',
    arrange: (bed, { secret }) => bed.emulator.secretManager.revoke(secret, manager, broker),
    first: 'secret-add',
    says: /lacks secretmanager\.versions\.add/,
    fix: /--role=roles\/secretmanager\.secretVersionManager/,
  },
  {
    wrong: 'a writer that may add, and not list',
    arrange: (bed, { secret }) => {
      bed.emulator.secretManager.revoke(secret, manager, broker)
      bed.emulator.secretManager.revoke(secret, viewer, broker)
      bed.emulator.secretManager.grant(secret, 'roles/secretmanager.secretVersionAdder', broker)
    },
    first: 'secret-list',
    says: /lacks secretmanager\.versions\.list/,
  },
  {
    wrong: 'a writer that may not destroy',
    arrange: (bed, { secret }) => {
      bed.emulator.secretManager.revoke(secret, manager, broker)
      bed.emulator.secretManager.grant(secret, 'roles/secretmanager.secretVersionAdder', broker)
    },
    first: 'secret-destroy',
    says: /lacks secretmanager\.versions\.destroy/,
    fix: /--role=roles\/secretmanager\.secretVersionManager/,
  },
  {
    wrong: 'a consumer that may see, and not read',
    arrange: (bed, { secret }) => {
      bed.emulator.secretManager.revoke(secret, accessor, app)
      return { as: 'consumer' }
    },
    first: 'secret-access',
    says: /app@.* lacks secretmanager\.versions\.access on .*, which a consumer needs/,
  },
  {
    wrong: 'a publisher that may not add',
    arrange: () => ({ as: 'publisher' }),
    first: 'secret-add',
    says: /app@.* lacks secretmanager\.versions\.add on .*, which a publisher needs/,
    fix: /--role=roles\/secretmanager\.secretVersionAdder/,
  },
  {
    wrong: 'a consumer that may add',
    arrange: (bed, { secret }) => {
      bed.emulator.secretManager.grant(secret, 'roles/secretmanager.secretVersionAdder', app)
      return { as: 'consumer' }
    },
    first: 'secret-add',
    level: 'warn',
    says: /only reads, but may add versions/,
    fix: ({ name }) => `remove-iam-policy-binding ${name} --project=${PROJECT} --member=${app}`,
  },
  {
    wrong: 'a second account that may add',
    arrange: (bed, { secret }) =>
      bed.emulator.secretManager.grant(secret, manager, 'serviceAccount:old@example.com'),
    first: 'secret-adders',
    level: 'warn',
    says: /serviceAccount:old@example\.com may add versions, too/,
    fix: /--member=serviceAccount:old@example\.com --role=roles\/secretmanager\.secretVersionManager/,
  },
  {
    wrong: 'a secret that everybody may read',
    arrange: (bed, { secret }) => bed.emulator.secretManager.grant(secret, accessor, 'allUsers'),
    first: 'secret-adders',
    says: /Everybody on the internet/,
    fix: /--member=allUsers/,
  },

  // The secret, from inside
  {
    wrong: 'an operator’s stop',
    arrange: (bed, { secret }) => bed.emulator.secretManager.setState(secret, 1, 'DISABLED'),
    first: 'secret-stopped',
    says: /An operator stopped the secret/,
    fix: ({ name }) => `keyferry refresh ${name} --force`,
  },
  {
    wrong: 'another program’s secret',
    arrange: (bed, { secret }) => void bed.emulator.secretManager.add(secret, 'password=hunter2'),
    first: 'secret-payload',
    says: /not a credential document/,
    fix: ({ name }) => `keyferry refresh ${name} --force`,
  },
  {
    wrong: 'a long-term key in the secret',
    arrange: async (bed, place) => {
      const credentials = { ...(await bed.mint(place)), accessKeyId: 'AKIAEXAMPLEEXAMPLE00' }
      bed.store(place, credentials)
    },
    first: 'secret-payload',
    says: /long-term key/,
  },
  {
    wrong: 'a payload that was damaged',
    arrange: (bed, { secret }) => bed.emulator.secretManager.corrupt(secret, 1),
    first: 'secret-payload',
    says: /checksum/,
  },
  {
    wrong: 'two writers of one secret',
    arrange: async (bed, place) =>
      bed.store({ ...place, roleArn: 'arn:aws:iam::123456789012:role/other' }, await bed.mint(place)),
    first: 'secret-contended',
    says: /Another writer uses this secret/,
  },
  {
    wrong: 'a reader that expects another role than is stored',
    arrange: async (bed, place) => {
      bed.store({ ...place, roleArn: 'arn:aws:iam::123456789012:role/other' }, await bed.mint(place))
      return { as: 'consumer' }
    },
    first: 'secret-contended',
    says: /do not agree on the role/,
    fix: () => 'export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/other',
  },
  {
    wrong: 'a reader whose grant is not the writer’s',
    arrange: async (bed, place) => {
      bed.store(place, await bed.mint(place), 0, { sessionName: 'pinned' })
      return { as: 'consumer' }
    },
    first: 'secret-contended',
    says: /do not agree on the chain, the session policies or the session name/,
  },
  {
    wrong: 'a schedule that stopped long ago',
    arrange: async (bed, place) => bed.store(place, await bed.mint(place), 90),
    empty: true,
    first: 'secret-fresh',
    says: /have expired, and no run has replaced them/,
    fix: ({ name }) => `keyferry refresh ${name}`,
  },
  {
    wrong: 'a schedule that stopped a while ago',
    arrange: async (bed, place) => bed.store(place, await bed.mint(place), 40),
    empty: true,
    first: 'secret-fresh',
    level: 'warn',
    says: /should have been replaced by now/,
  },
  {
    wrong: 'a secret that nobody has ever written',
    arrange: () => ({ as: 'consumer', env: { AWS_ROLE_ARN: undefined } }),
    empty: true,
    first: 'secret-fresh',
    says: /no version yet/,
  },
  {
    wrong: 'a stored key that AWS has revoked',
    arrange: async (bed, place) => {
      const credentials = await bed.mint(place)
      bed.store(place, credentials)
      bed.emulator.sts.revokeSession(credentials.accessKeyId)
    },
    first: 'secret-genuine',
    says: /revoked, its role was deleted, or somebody else wrote it/,
  },
  {
    wrong: 'a version that claims a role that it is not of',
    arrange: async (bed, place) => {
      const other = await bed.place({ empty: true })
      bed.store(place, await bed.mint(other))
    },
    first: 'secret-genuine',
    says: /somebody else wrote it/,
  },
  {
    wrong: 'a latest that lags',
    arrange: async (bed, place) => {
      const { secretManager } = bed.emulator
      const credentials = await bed.mint(place)
      secretManager.clockSkewMs = -60 * MINUTE
      bed.store(place, credentials)
      secretManager.clockSkewMs = 0
      secretManager.latestLagMs = 30 * MINUTE
      bed.store(place, credentials)
    },
    empty: true,
    first: 'secret-latest',
    level: 'warn',
    says: /latest lags behind/,
  },
  {
    wrong: 'versions that nobody destroys',
    arrange: async (bed, place) => {
      const credentials = await bed.mint(place)
      for (let i = 0; i < 20; i++) bed.store(place, credentials)
    },
    first: 'secret-cost',
    level: 'warn',
    says: /leaves about/,
    fix: ({ name }) => `keyferry prune ${name}`,
  },
  {
    wrong: 'a delay of destruction',
    arrange: async (bed, place) => remake(bed, place, { versionDestroyTtl: '2592000s' }),
    empty: true,
    first: 'secret-destroy-delay',
    level: 'warn',
    says: /about 2160 versions, \$129\.60 a month/,
    fix: ({ name }) => `gcloud secrets update ${name} --project=${PROJECT} --remove-version-destroy-ttl`,
  },
  {
    wrong: 'a secret with an end',
    arrange: async (bed, place) => remake(bed, place, { ttl: '604800s' }),
    empty: true,
    first: 'secret-expiration',
    says: /The whole secret, with all its versions, is set to be deleted/,
    fix: /--remove-expiration/,
  },
  {
    wrong: 'an encryption key that is disabled',
    arrange: async (bed, place) => {
      const kmsKeyName = `projects/${PROJECT}/locations/global/keyRings/ring/cryptoKeys/mine`
      await remake(bed, place, { replication: { automatic: { customerManagedEncryption: { kmsKeyName } } } })
      bed.emulator.secretManager.fault({
        kind: 'status',
        code: 'FAILED_PRECONDITION',
        message: `${kmsKeyName}/cryptoKeyVersions/1 is not enabled, current state is: DISABLED.`,
        operation: 'AccessSecretVersion',
      })
    },
    empty: true,
    first: 'secret-encryption',
    says: /the key .*cryptoKeys\/mine is disabled/,
    fix: /gcloud kms keys versions list --key=mine --keyring=ring --location=global/,
  },
  {
    wrong: 'a schedule that leaves consumers too little',
    arrange: () => with_({ KEYFERRY_EVERY_SECONDS: '900' }),
    first: 'schedule',
    says: /when two runs are missed/,
    fix: /everySeconds .* to \d+ or less/,
  },
]

/** The place's secret once more, made with what only its owner can set, and with the same roles on it. */
async function remake(bed: Bed, { secret, roleArn, name }: Place, settings: object): Promise<void> {
  const { emulator } = bed
  emulator.secretManager.deleteSecret(secret)
  const admin = await emulator.envFor(ADMIN)
  const tokenUrl = `http://${admin['GCE_METADATA_HOST']}/computeMetadata/v1/instance/service-accounts/default/token`
  const answer = await fetch(tokenUrl, { headers: { 'metadata-flavor': 'Google' } })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const made = await fetch(
    `http://${admin['SECRET_MANAGER_EMULATOR_HOST']}/v1/projects/${PROJECT}/secrets?secretId=${name}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ replication: { automatic: {} }, ...settings }),
    },
  )
  if (!made.ok) throw new Error(await made.text())
  for (const role of [accessor, manager, viewer]) emulator.secretManager.grant(secret, role, broker)
  const credentials = await bed.mint({ writer: await emulator.envFor(BROKER.email), roleArn } as Place)
  bed.store({ secret, roleArn }, credentials)
}
