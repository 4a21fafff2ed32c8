/** STS over its query protocol: a form comes in, XML goes out. */
import { randomUUID } from 'node:crypto'
import { Calls, type CallLog } from '../../calls.ts'
import { Faults, type Faulty } from '../../faults.ts'
import type { RoleSeed } from '../../options.ts'
import type { Refusal } from '../../refusal.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from '../../wire/http-api.ts'
import { stsFault, stsRefusal } from '../errors.ts'
import { sessionNamed } from '../signature.ts'
import { xml } from '../xml.ts'
import { ACTIONS, type StsWorld } from './actions.ts'

/** Operations: `AssumeRoleWithWebIdentity`, `AssumeRole`, `GetCallerIdentity`. */
export interface Sts extends Faulty {
  readonly calls: CallLog
  /** How far the clock of all that is AWS here runs ahead of the emulator's. @default 0 */
  clockSkewMs: number
  /** How far ahead of that clock a token's `iat` may be. AWS's own figure is not documented. @default 300,000 */
  clockToleranceMs: number
  /** Makes or replaces a role. */
  putRole(role: RoleSeed): void
  setTrustPolicy(roleArn: string, trustPolicy: unknown): void
  deleteRole(roleArn: string): void
  /** AWS no longer knows the key, as when its role was deleted: `InvalidClientTokenId`, at S3 `InvalidAccessKeyId`. */
  revokeSession(accessKeyId: string): void
  /** Denies everything to sessions of a role that were issued before, as a revoking policy does: `AccessDenied`. */
  denySessions(roleArn: string, issuedBefore: Date | undefined): void
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

export function stsControl(world: Omit<StsWorld, 'settings'>): {
  readonly control: Sts
  readonly api: HttpApi
} {
  const calls = new Calls()
  const faults = new Faults()
  const { roles, sessions } = world
  const control: Sts = {
    clockSkewMs: 0,
    clockToleranceMs: 300_000,
    calls,
    fault: (rule) => faults.fault(rule),
    clearFaults: () => faults.clearFaults(),
    putRole: (role) => roles.put(role),
    setTrustPolicy: (arn, trustPolicy) => {
      const role = roles.find(arn)
      if (!role) throw new Error(`There is no role ${arn} in the emulator: putRole makes one.`)
      role.trustPolicy = trustPolicy
    },
    deleteRole: (arn) => roles.delete(arn),
    revokeSession: (accessKeyId) => sessions.forget(accessKeyId),
    denySessions: (arn, issuedBefore) => sessions.deny(arn, issuedBefore),
  }
  return { control, api: stsApi({ ...world, settings: control }, { calls, faults }) }
}

function stsApi(world: StsWorld, { calls, faults }: { calls: Calls; faults: Faults }): HttpApi {
  return {
    calls,
    faults,
    throttled: stsRefusal('Throttling'),
    refusalOf: stsFault,
    headers: () => ({ date: new Date(world.clock.now()).toUTCString(), 'x-amzn-requestid': randomUUID() }),
    refuse: errorAnswer,
    route: (call) => routed(world, call),
  }
}

function routed(world: StsWorld, call: HttpCall): HttpOperation {
  const form = new URLSearchParams(call.method === 'POST' ? call.body.toString() : call.rawQuery)
  const operation = form.get('Action') ?? ''
  const action = Object.hasOwn(ACTIONS, operation) ? ACTIONS[operation] : undefined
  if (!action) {
    throw stsRefusal('InvalidAction', `Could not find operation ${operation} for version 2011-06-15`)
  }
  return {
    operation,
    resource: form.get('RoleArn') ?? '',
    caller: sessionNamed(call, world.sessions)?.arn ?? subjectOf(form.get('WebIdentityToken')),
    act: async () => ({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: xml(
        `${operation}Response`,
        [
          [`${operation}Result`, await action(world, form, call)],
          ['ResponseMetadata', [['RequestId', randomUUID()]]],
        ],
        NAMESPACE,
      ),
    }),
  }
}

function errorAnswer({ code, status, message }: Refusal): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: xml(
      'ErrorResponse',
      [
        [
          'Error',
          [
            ['Type', status < 500 ? 'Sender' : 'Receiver'],
            ['Code', code],
            ['Message', message],
          ],
        ],
        ['RequestId', randomUUID()],
      ],
      NAMESPACE,
    ),
  }
}

/** Whom a token claims to be of: for the log, before anything is verified. */
function subjectOf(token: string | null): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()) as {
      sub?: unknown
    }
    return typeof claims.sub === 'string' ? claims.sub : undefined
  } catch {
    return undefined
  }
}
