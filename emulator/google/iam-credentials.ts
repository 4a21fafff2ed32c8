/** IAM Credentials: the tokens of one service account for another that may impersonate it. */
import type { ServiceAccountSeed } from '../options.ts'
import { jsonAnswer } from '../wire/answers.ts'
import type { HttpAnswer, HttpCall, HttpOperation } from '../wire/http-api.ts'
import { memberOf } from './accounts.ts'
import { googleRefusal } from './canonical-codes.ts'
import type { GoogleWorld } from './token-endpoint.ts'

const PATH = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(generateIdToken|generateAccessToken)$/

interface Request {
  readonly audience?: string
  readonly includeEmail?: boolean
  readonly useEmailAzp?: boolean
  readonly delegates?: readonly string[]
  readonly scope?: readonly string[]
  /** Such as `3600s`. */
  readonly lifetime?: string
}

/** The operation that a path names, if it is one of this service. */
export function impersonation(world: GoogleWorld, call: HttpCall): HttpOperation | undefined {
  const [, name, operation] = PATH.exec(decodeURIComponent(call.path)) ?? []
  if (name === undefined || operation === undefined || call.method !== 'POST') return undefined
  const caller = world.tokens.bearer(call.headers['authorization'])
  return {
    operation,
    resource: name,
    caller,
    act: () => {
      const request = parsed(call.body)
      const account = impersonated(world, caller, name, request.delegates ?? [], operation)
      return operation === 'generateIdToken'
        ? idToken(world, account, request)
        : accessToken(world, account, request)
    },
  }
}

// Each account of the chain must let in the one before it.
function impersonated(
  { accounts }: GoogleWorld,
  caller: string | undefined,
  name: string,
  delegates: readonly string[],
  operation: string,
): ServiceAccountSeed {
  if (caller === undefined) {
    throw googleRefusal(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      'CREDENTIALS_MISSING',
    )
  }
  const chain = [...delegates.map((delegate) => delegate.slice(delegate.lastIndexOf('/') + 1)), name]
  let from = caller
  let account: ServiceAccountSeed | undefined
  for (const next of chain) {
    account = accounts.find(next)
    if (!account?.tokenCreators?.includes(memberOf(from))) {
      const permission = operation === 'generateIdToken' ? 'getOpenIdToken' : 'getAccessToken'
      throw googleRefusal(
        'PERMISSION_DENIED',
        `Permission 'iam.serviceAccounts.${permission}' denied on resource (or it may not exist).`,
        'IAM_PERMISSION_DENIED',
      )
    }
    from = account.email
  }
  return account as ServiceAccountSeed
}

async function idToken(
  { tokens, clock }: GoogleWorld,
  account: ServiceAccountSeed,
  { audience, includeEmail = false, useEmailAzp = false }: Request,
): Promise<HttpAnswer> {
  if (!audience) throw googleRefusal('INVALID_ARGUMENT', 'The audience must be set.')
  // Undocumented: Google's own libraries all send `useEmailAzp`, so that azp is the e-mail and not the unique id.
  const azp = useEmailAzp ? account.email : account.uniqueId
  return jsonAnswer({
    token: await tokens.idToken(account, { audience, azp, includeEmail, now: clock.now() }),
  })
}

function accessToken(
  { tokens, clock }: GoogleWorld,
  account: ServiceAccountSeed,
  { scope = [], lifetime = '3600s' }: Request,
): HttpAnswer {
  if (scope.length === 0) throw googleRefusal('INVALID_ARGUMENT', 'The scope must be set.')
  const seconds = Number.parseFloat(lifetime)
  if (!(seconds > 0 && seconds <= 3_600))
    throw googleRefusal('INVALID_ARGUMENT', 'The lifetime must be at most 3600 seconds.')
  const { token } = tokens.accessToken(account, seconds)
  return jsonAnswer({
    accessToken: token,
    expireTime: new Date(clock.now() + seconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z'),
  })
}

function parsed(body: Buffer): Request {
  try {
    return JSON.parse(body.toString() || '{}') as Request
  } catch {
    throw googleRefusal('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  }
}
