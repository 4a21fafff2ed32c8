/** Starts every service of the emulator, each on its port, all on one state. */
import { startAws } from './aws/aws.ts'
import type { Emulator, GoogleApis, MetadataServer } from './emulator.ts'
import { Accounts } from './google/accounts.ts'
import { googleApis } from './google/google-apis.ts'
import { KeyFiles } from './google/key-files.ts'
import { heldTokens } from './google/held-tokens.ts'
import { metadataApi } from './google/metadata.ts'
import { startSecretManager } from './google/secret-manager/secret-manager.ts'
import { Vault } from './google/secret-manager/vault.ts'
import { googleTokens } from './google/tokens.ts'
import { loadLibraries } from './libraries.ts'
import type { EmulatorOptions, ServiceAccountSeed } from './options.ts'
import { defaultSeed } from './seed.ts'
import { watch } from './watch.ts'
import { httpFront } from './wire/http-front.ts'
import { listenForHttp, type Listener } from './wire/listener.ts'

/**
 * Google's and AWS's side on loopback, speaking the real protocols. Rejects with an `Error` that has the
 * `npm install` line where a library is missing, and with the system's error where a port is taken.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { clock = Date, ports = {} } = options
  const seed = { region: 'eu-central-1', ...(options.seed ?? defaultSeed()) }
  const libraries = await loadLibraries()
  const stopping = new AbortController()
  const around = { clock, stopping: stopping.signal }
  const closing: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    stopping.abort()
    await Promise.all(closing.map((close) => close()))
  }
  try {
    const accounts = new Accounts(seed)
    const tokens = await googleTokens(libraries, clock)
    const vault = new Vault(accounts, clock)
    for (const secret of seed.secrets ?? []) vault.create(secret)

    const metadataWatch = watch(clock)
    const metadata: MetadataServer = {
      idTokenReuseUntilMs: 0,
      accessTokenReuseUntilMs: 300_000,
      clockSkewMs: 0,
      ...metadataWatch.control,
    }
    const metadataClock = { now: () => clock.now() + metadata.clockSkewMs }
    const held = heldTokens(tokens, clock, metadata)
    const metadataListeners = new Map<string, Promise<Listener>>()
    const metadataOf = async (account: ServiceAccountSeed, port = 0): Promise<Listener> => {
      const front = httpFront(
        () => metadataApi(account, { accounts, held, watch: metadataWatch, clock: metadataClock }),
        around,
      )
      const listener = await listenForHttp(port, front)
      closing.push(() => listener.close())
      metadataWatch.reachedAt(listener)
      return listener
    }
    if (!accounts.default) throw new Error('The seed has no service account to run as: give it one.')
    const own = await metadataOf(accounts.default, ports.metadata)
    metadataListeners.set(accounts.default.email, Promise.resolve(own))

    const secretManager = await startSecretManager(libraries, vault, tokens, around, ports.secretManager ?? 0)
    closing.push(() => secretManager.close())
    const keyFiles = new KeyFiles()
    const googleWatch = watch(clock)
    const google: GoogleApis = { clockSkewMs: 0, ...googleWatch.control }
    const googleClock = {
      now: () => clock.now() + google.clockSkewMs,
      isSkewed: () => google.clockSkewMs !== 0,
    }
    const apis = googleApis({ libraries, accounts, keyFiles, tokens, clock: googleClock }, googleWatch)
    const googleListener = await listenForHttp(
      ports.google ?? 0,
      httpFront(() => apis, around),
    )
    closing.push(() => googleListener.close())
    googleWatch.reachedAt(googleListener)
    const aws = await startAws(libraries, tokens, seed, around, ports.aws ?? 0)
    closing.push(() => aws.listener.close())

    const known = (email: string): ServiceAccountSeed => {
      const account = accounts.find(email)
      if (!account) throw new Error(`There is no service account ${email} in the emulator's seed.`)
      return account
    }
    const envOf = (metadataHost: string): Record<string, string> => ({
      GCE_METADATA_HOST: metadataHost,
      METADATA_SERVER_DETECTION: 'assume-present',
      SECRET_MANAGER_EMULATOR_HOST: secretManager.listener.host,
      KEYFERRY_GOOGLE_TOKEN_ENDPOINT: `http://${googleListener.host}/token`,
      KEYFERRY_IAM_CREDENTIALS_ENDPOINT: `http://${googleListener.host}`,
      AWS_ENDPOINT_URL: `http://${aws.listener.host}`,
      AWS_REGION: seed.region,
      // The older AWS tools know it by this name only.
      AWS_DEFAULT_REGION: seed.region,
      ...story(seed),
    })
    return {
      env: envOf(own.host),
      async envFor(email) {
        const account = known(email)
        const listener = metadataListeners.get(account.email) ?? metadataOf(account)
        metadataListeners.set(account.email, listener)
        return envOf((await listener).host)
      },
      keyFileFor: async (email) => keyFiles.of(known(email)),
      metadata,
      google,
      secretManager: secretManager.control,
      sts: aws.sts,
      s3: aws.s3,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

// What the programs of the story are configured with: the first secret, role and bucket of the seed.
function story({ secrets, roles, buckets }: NonNullable<EmulatorOptions['seed']>): Record<string, string> {
  const [secret, role, bucket] = [secrets?.[0]?.name, roles?.[0]?.arn, buckets?.[0]?.name]
  return {
    ...(secret !== undefined && { KEYFERRY_SECRET: secret }),
    ...(role !== undefined && { AWS_ROLE_ARN: role, ASSUME_ROLE_ARN: role }),
    ...(bucket !== undefined && { S3_BUCKET: bucket }),
  }
}
