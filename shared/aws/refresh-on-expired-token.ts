/** AWS SDK middleware: a credential that AWS refuses before its time costs one retry, not an error. */
import type {
  AwsCredentialIdentity,
  DeserializeMiddleware,
  HandlerExecutionContext,
  InitializeMiddleware,
  MetadataBearer,
} from '@smithy/types'
import { MINUTE_MS } from '../core/limits.ts'
import type { Clock } from '../core/ports.ts'
import type { KeyferryProvider } from '../core/provider.ts'

/** What says that the credential is bad, by the service that says it. */
const BAD_CREDENTIAL: Readonly<Record<string, string>> = {
  ExpiredToken: 'S3, STS, and the query protocol (IAM, SNS, SQS, CloudFormation): the session is over',
  ExpiredTokenException: 'the JSON protocols (DynamoDB, Kinesis, KMS, Lambda): the session is over',
  InvalidClientTokenId: 'STS, IAM, and the query protocol: no such key, or a token that is not its',
  UnrecognizedClientException: 'the JSON protocols: no such key, or a token that is not its',
  InvalidAccessKeyId: 'S3: no such key',
}

/** What a revoked session gets, as does whoever may not do what was asked: the credential itself is not in doubt. */
const DENIED = ['AccessDenied', 'AccessDeniedException']
/** What the SDK calls a refusal without a body, as every HEAD of S3 gets: it may mean either. */
const UNNAMED = { name: 'Unknown', statuses: [400, 403] }

const LOOK_EVERY_MS = MINUTE_MS

/** Of an AWS client, what the middleware needs. Every client of the AWS SDK v3 has it. */
export interface AwsClient {
  readonly config: object
  readonly middlewareStack: {
    add(
      middleware: InitializeMiddleware<never, MetadataBearer>,
      options: { step: 'initialize'; name: string; override: boolean; priority: 'high' },
    ): void
    add(
      middleware: DeserializeMiddleware<never, MetadataBearer>,
      options: { step: 'deserialize'; name: string; override: boolean; priority: 'high' },
    ): void
  }
}

/**
 * When AWS refuses the credential that signed a request of `client`, marks its key as suspect at `provider`, clears a cache
 * in front of it, and repeats the request once, if its body can be sent again. When access is denied, has the secret looked
 * at, at most once a minute, and repeats the request once if there is a newer credential. Installing it again replaces it.
 *
 * @example
 * const s3 = new S3Client({ region: 'eu-central-1', credentials })
 * refreshOnExpiredToken(s3, credentials)
 */
export function refreshOnExpiredToken(
  client: AwsClient,
  provider: KeyferryProvider<AwsCredentialIdentity>,
  { clock = Date }: { readonly clock?: Clock } = {},
): void {
  const signedBy = new WeakMap<HandlerExecutionContext, string>()
  let lookNotBefore = -Infinity
  let looking: Promise<unknown> | undefined

  // Above the retries and the signature: an identity is resolved once for all attempts below.
  const repeatOnce: InitializeMiddleware<never, MetadataBearer> = (next, context) => async (args) => {
    try {
      return await next(args)
    } catch (error) {
      const key = signedBy.get(context)
      if (key === undefined) throw error
      if (isBadCredential(error)) await replace(key)
      else if (!isDenied(error) || !(await hasNewer(key))) throw error
      if (!isRepeatable(args.input)) throw error
      return next(args)
    }
  }

  // Below the signature: the one place that knows which key signed, whatever is held by the time of the answer.
  const noteKey: DeserializeMiddleware<never, MetadataBearer> = (next, context) => (args) => {
    const { headers = {} } = args.request as { headers?: Readonly<Record<string, string>> }
    const [, key] = /Credential=([^/]+)\//.exec(headers['authorization'] ?? '') ?? []
    if (key !== undefined) signedBy.set(context, key)
    return next(args)
  }

  const installed = { name: 'keyferryRefreshOnExpiredToken', override: true, priority: 'high' } as const
  client.middlewareStack.add(repeatOnce, { ...installed, step: 'initialize' })
  client.middlewareStack.add(noteKey, { ...installed, step: 'deserialize', name: 'keyferryNoteKey' })

  /** Resolves when something newer is held or, after a short while, when nothing could be had. */
  async function replace(key: string): Promise<void> {
    provider.invalidate(key)
    await renewed(key).catch(() => undefined)
  }

  async function hasNewer(key: string): Promise<boolean> {
    const now = clock.now()
    if (provider.state.kind === 'store' && now >= lookNotBefore) {
      lookNotBefore = now + LOOK_EVERY_MS
      looking = provider({ forceRefresh: true, accessKeyId: key }).finally(() => (looking = undefined))
    }
    try {
      await looking
      if ((await provider()).accessKeyId === key) return false
      await renewed(key)
      return true
    } catch {
      return false
    }
  }

  /** Asks through the client, since the SDK, or whoever built it, may hold a copy of the credentials in front of ours. */
  async function renewed(accessKeyId: string): Promise<void> {
    const { credentials } = client.config as { credentials?: (properties: object) => Promise<unknown> }
    await credentials?.({ forceRefresh: true, accessKeyId })
  }
}

interface ServiceError {
  readonly name?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

function isBadCredential(error: unknown): boolean {
  return Object.hasOwn(BAD_CREDENTIAL, (error as ServiceError).name ?? '')
}

function isDenied(error: unknown): boolean {
  const { name = '', $metadata } = error as ServiceError
  if (name === UNNAMED.name) return UNNAMED.statuses.includes($metadata?.httpStatusCode ?? 0)
  return DENIED.includes(name)
}

/** Whether no part of the input is used up by sending it. */
function isRepeatable(input: object): boolean {
  return !Object.values(input).some(
    (value: unknown) =>
      typeof value === 'object' &&
      value !== null &&
      ('pipe' in value || 'getReader' in value || Symbol.asyncIterator in value),
  )
}
