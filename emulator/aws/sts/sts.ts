/** STS over its query protocol: a form comes in, XML goes out. */
import { randomUUID } from 'node:crypto'
import type { Sts } from '../../emulator.ts'
import type { Refusal } from '../../refusal.ts'
import type { Watch } from '../../watch.ts'
import type { HttpAnswer, HttpApi, HttpCall, HttpOperation } from '../../wire/http-api.ts'
import { stsFault, stsRefusal } from './errors.ts'
import { sessionNamed } from '../signature.ts'
import { xml } from '../xml.ts'
import { ACTIONS, type StsWorld } from './actions.ts'

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

export function stsControl(
  world: Omit<StsWorld, 'settings'>,
  watch: Watch,
): {
  readonly control: Sts
  readonly api: HttpApi
} {
  const { roles, sessions } = world
  const control: Sts = {
    clockSkewMs: 0,
    clockToleranceMs: 300_000,
    ...watch.control,
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
  return { control, api: stsApi({ ...world, settings: control }, watch) }
}

function stsApi(world: StsWorld, watch: Watch): HttpApi {
  return {
    watch,
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
